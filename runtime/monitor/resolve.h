/*
 * Resolves host names with c-ares and sends their addresses to the master.
 */
#ifndef RUNTIME_MONITOR_RESOLVE_H
#define RUNTIME_MONITOR_RESOLVE_H

struct ev_loop;

void monitor_resolve_init(void);
void monitor_resolve_start(struct ev_loop *loop);
void monitor_resolve_host(const char *host);
void monitor_resolve_forget(const char *host);
void monitor_resolve_stop(void);
/* The last answer for a host, one address per line; NULL: none. */
const char *monitor_resolve_known(const char *host);

#endif
