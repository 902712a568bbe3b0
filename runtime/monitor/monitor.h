/*
 * The monitor process: asks the network what the master must not: resolves
 * host names, checks servers, answers metrics.  One for all workers; like
 * them it sees no file.
 */
#ifndef RUNTIME_MONITOR_H
#define RUNTIME_MONITOR_H

#include <ev.h>

#include "runtime/common/board.h"
#include "runtime/common/ipc.h"

struct generation;

/* What needs files, before rights are given up. */
void monitor_init(void);
/* Runs until the master is gone; the exit status. */
int monitor_main(int ipc_fd, int board_fd);

/* To the master. */
void monitor_send(enum ipc_type type, const void *body, size_t len);

/* ---- resolve.c ---- */

void monitor_resolve_init(void);
void monitor_resolve_start(struct ev_loop *loop);
void monitor_resolve(const char *host);
void monitor_forget(const char *host);
void monitor_resolve_stop(void);
/* What a host's last answer was, one address a line; NULL: none. */
const char *monitor_known(const char *host);

/* ---- ocsp.c ---- */

void monitor_ocsp_start(struct ev_loop *loop);
/* Fetches staples for this generation from now on (NULL: none); takes a
 * reference of its own. */
void monitor_ocsp_use(struct generation *g);
void monitor_ocsp_stop(void);
/* For the metrics (monitor.c): until when a certificate has one. */
void monitor_staple_until(const char *certificate, int64_t until);

/* ---- check.c ---- */

void monitor_check_start(struct ev_loop *loop, struct board *board);
/* Checks the servers of this generation from now on (NULL: of none); takes the
 * reference over. */
void monitor_check_use(struct generation *g);
/* This process ends, and another one goes on: nothing is said of servers. */
void monitor_check_stop(void);

#endif
