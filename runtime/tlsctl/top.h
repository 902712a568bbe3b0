/*
 * tlsctl top.
 */
#ifndef RUNTIME_TLSCTL_TOP_H
#define RUNTIME_TLSCTL_TOP_H

/* "top [SECONDS [COUNT]]"; the exit status. */
int top_run(const char *control, int argc, char **argv);

#endif
