/*
 * The TLS session of a probe: like a connection's, but by GnuTLS alone.
 */
#ifndef RUNTIME_MONITOR_PROBE_TLS_H
#define RUNTIME_MONITOR_PROBE_TLS_H

#include <gnutls/gnutls.h>

#include "probe.h"

struct probe_tls {
	gnutls_session_t session; /* NULL: none; free it with gnutls_deinit */
	const struct probe_plan *plan;
	const char *why; /* why the certificate is refused, or NULL */
};

/* A session on a connected socket.  t must stay where it is, and the plan must
 * stay valid until the handshake is done.  0, or -1: no memory. */
int probe_tls_begin(struct probe_tls *t, const struct probe_plan *plan, int fd);
/* After the handshake: does the profile allow the suite? */
int probe_tls_suite_allowed(const struct probe_tls *t);

#endif
