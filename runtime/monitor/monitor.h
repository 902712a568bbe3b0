/*
 * The monitor process: asks the network what the master must not: resolves
 * host names, checks servers, answers metrics.  One for all workers; like
 * them it sees no file.
 */
#ifndef RUNTIME_MONITOR_H
#define RUNTIME_MONITOR_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/ipc.h"

/* What needs files, before rights are given up. */
void monitor_init(void);
/* Runs until the master is gone; the exit status. */
int monitor_main(int ipc_fd, int board_fd);

/* To the master. */
void monitor_send(enum ipc_type type, const void *body, size_t len);
/* For the metrics: until when a certificate has one. */
void monitor_staple_until(const char *certificate, int64_t until);

#endif
