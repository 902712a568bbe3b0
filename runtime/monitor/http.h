/*
 * The monitor's HTTP listener: GET /metrics and GET /healthz, and nothing
 * else.
 */
#ifndef RUNTIME_MONITOR_HTTP_H
#define RUNTIME_MONITOR_HTTP_H

#include <ev.h>

#include "metrics.h"
#include "runtime/common/board.h"

/* listen_fd: a nonblocking listening socket, the listener's from now on.  The
 * board must outlive it. */
void monitor_http_start(struct ev_loop *loop, int listen_fd, struct board *b);
/* What the live table is; the facts stay the caller's and must stay valid
 * until the next call.  NULL: none. */
void monitor_http_facts(const struct metrics_facts *f);
void monitor_http_stop(void);

#endif
