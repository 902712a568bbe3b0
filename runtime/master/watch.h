/*
 * The path to the policy is watched.
 */
#ifndef RUNTIME_MASTER_WATCH_H
#define RUNTIME_MASTER_WATCH_H

struct master;

void watch_start(struct master *m);
void watch_stop(void);

#endif
