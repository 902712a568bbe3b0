/*
 * Watches the path to the policy.
 */
#ifndef RUNTIME_MASTER_WATCH_H
#define RUNTIME_MASTER_WATCH_H

struct master;

void watch_start(struct master *m);
void watch_stop(void);

#endif
