/*
 * One probe of one server: connect, send a PROXY header, then a TLS handshake
 * or an HTTP request or both, within a deadline, and an orderly end, so that
 * the server has nothing to log.
 */
#ifndef RUNTIME_MONITOR_PROBE_H
#define RUNTIME_MONITOR_PROBE_H

#include <ev.h>
#include <gnutls/gnutls.h>
#include <sys/socket.h>

#include "runtime/common/dial.h"

#define PROBE_ALPN_MAX 8

struct probe_plan {
	struct sockaddr_storage to;
	socklen_t to_len;
	struct dial from;
	double timeout; /* seconds */
	uint8_t proxy;  /* version of the header: 1, 2; 0: none */
	/* NULL: no TLS */
	gnutls_certificate_credentials_t tls;
	gnutls_priority_t priority; /* or NULL: GnuTLS's defaults */
	/* and profile: only its suites are allowed */
	const struct table *table;
	uint32_t profile; /* TBL_NONE: any suite */
	int verify;       /* the chain, and the name if there is one */
	const char *name; /* to verify, or NULL */
	const char *sni;  /* or NULL */
	gnutls_datum_t alpn[PROBE_ALPN_MAX];
	unsigned alpns;
	const char *path; /* HTTP GET, or NULL */
	const char *host; /* its Host header */
};

struct probe;
/* failure: NULL if it worked, otherwise a few words. */
typedef void probe_done(void *arg, const char *failure);

/* done is called once, later, unless the probe is cancelled before; the probe
 * is no longer the caller's then.  NULL if it could not begin (errno, and
 * plan->from.fault).  The plan is copied; what it points to must stay until
 * done is called. */
struct probe *probe_start(struct ev_loop *loop, struct probe_plan *plan,
	probe_done *done, void *arg);
void probe_cancel(struct probe **p);
/* Ends at once the probes that are still closing. */
void probe_end_all(void);

#endif
