/*
 * The monitor's HTTP listener: GET /metrics, GET /healthz, and nothing else.
 */
#ifndef RUNTIME_MONITOR_HTTP_H
#define RUNTIME_MONITOR_HTTP_H

#include <ev.h>

#include "metrics.h"
#include "runtime/common/board.h"

/* listen_fd: a nonblocking listening socket, which becomes the listener's.  The
 * board must outlive it. */
void monitor_http_start(struct ev_loop *loop, int listen_fd, struct board *b);
/* Describes the live table; NULL: there is none.  The facts stay the caller's
 * and must stay valid until the next call. */
void monitor_http_facts(const struct metrics_facts *f);
void monitor_http_stop(void);

#endif
