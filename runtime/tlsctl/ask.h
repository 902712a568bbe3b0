/*
 * Asks tlsd over its control socket.
 */
#ifndef RUNTIME_TLSCTL_ASK_H
#define RUNTIME_TLSCTL_ASK_H

/* The answer to one line, on the heap.  NULL, after a message, if tlsd cannot
 * be reached. */
char *ask_tlsd(const char *control, const char *line);

#endif
