/*
 * The monitor process talks to the network for the master: it resolves host
 * names, checks servers, fetches OCSP responses and answers metrics.  There is
 * one for all workers.  Like them it has no access to files.
 */
#ifndef RUNTIME_MONITOR_H
#define RUNTIME_MONITOR_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/ipc.h"

/* Does what needs files, before rights are given up. */
void monitor_init(void);
/* Runs until the master ends; returns the exit status. */
int monitor_main(int ipc_fd, int board_fd);

/* Sends a message to the master. */
void monitor_send(enum ipc_type type, const void *body, size_t len);
/* For the metrics: until when a certificate has a staple. */
void monitor_staple_until(const char *certificate, int64_t until);

#endif
