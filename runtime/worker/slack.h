/*
 * Memory after a peak: a worker keeps what it may need again soon, and gives it
 * back if it has not.
 */
#ifndef RUNTIME_SLACK_H
#define RUNTIME_SLACK_H

struct worker;

/* A connection is gone. */
void slack_conn_gone(struct worker *w);
/* Something large is gone: a generation. */
void slack_ask(struct worker *w);

#endif
