/*
 * What the master tells the monitor.
 */
#ifndef RUNTIME_MASTER_CHILD_MONITOR_H
#define RUNTIME_MASTER_CHILD_MONITOR_H

#include "proc.h"

struct master;

extern const struct proc_kind child_monitor;

/* Starts the monitor if there is something for it to do, and gives it what is
 * live. */
void child_monitor_update(struct master *m);
/* Tells a worker the OCSP responses that have been fetched. */
void child_monitor_tell_staples(struct child *worker);

#endif
