/*
 * The children's log lines.
 */
#ifndef RUNTIME_MASTER_LOGS_H
#define RUNTIME_MASTER_LOGS_H

struct master;

/* The write end of a new pipe for a child's lines, or -1 with errno. */
int logs_pipe(struct master *m);
/* All children have ended: writes their last lines. */
void logs_finish(void);

#endif
