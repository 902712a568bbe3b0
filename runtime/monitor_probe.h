/*
 * One probe of one server: connect, then a TLS handshake or an HTTP request or
 * both, within a deadline.
 */
#ifndef RUNTIME_MONITOR_PROBE_H
#define RUNTIME_MONITOR_PROBE_H

#include <ev.h>
#include <gnutls/gnutls.h>
#include <sys/socket.h>

#define PROBE_ALPN_MAX 8

struct probe_plan {
	struct sockaddr_storage to;
	socklen_t to_len;
	double timeout;            /* seconds */
	/* NULL: no TLS */
	gnutls_certificate_credentials_t tls;
	int verify;                /* the chain, and the name if there is one */
	const char *name;          /* to verify, or NULL */
	const char *sni;           /* or NULL */
	gnutls_datum_t alpn[PROBE_ALPN_MAX];
	unsigned alpns;
	const char *path;          /* HTTP GET, or NULL */
	const char *host;          /* its Host header */
};

struct probe;
/* reason: "" when it worked, else a few words. */
typedef void probe_done(void *arg, int ok, const char *reason);

/* done is called later, once, unless the probe is cancelled first; the probe
 * is freed by then.  NULL when it could not begin (errno).  The plan is copied,
 * what it points to must stay. */
struct probe *probe_start(struct ev_loop *loop, const struct probe_plan *plan,
	probe_done *done, void *arg);
void probe_cancel(struct probe **p);

#endif
