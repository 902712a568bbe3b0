/*
 * What the master tells the monitor.
 */
#ifndef RUNTIME_MASTER_CHILD_MONITOR_H
#define RUNTIME_MASTER_CHILD_MONITOR_H

#include "proc.h"

struct master;

extern const struct proc_kind child_monitor;

/* Starts the monitor if there is something for it to do, and sends it the live
 * table. */
void child_monitor_update(struct master *m);
/* Sends a worker the OCSP responses fetched so far. */
void child_monitor_tell_staples(struct child *worker);

#endif
