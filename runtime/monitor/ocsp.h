/*
 * OCSP responses for the live table's certificates, fetched before the old ones
 * end.
 */
#ifndef RUNTIME_MONITOR_OCSP_H
#define RUNTIME_MONITOR_OCSP_H

struct ev_loop;
struct generation;

void monitor_ocsp_start(struct ev_loop *loop);
/* Fetches staples for this generation from now on (NULL: for none).  Takes a
 * reference of its own. */
void monitor_ocsp_use(struct generation *g);
void monitor_ocsp_stop(void);

#endif
