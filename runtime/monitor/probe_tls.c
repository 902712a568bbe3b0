/*
 * The TLS session of a probe (probe_tls.h).
 */
#include "probe_tls.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "runtime/tls/peer.h"
#include "runtime/tls/peer_cost.h"
#include "runtime/tls/priority.h"

/* GnuTLS combines key exchanges and ciphers freely.  Connections refuse a suite
 * that the profile does not name (bridge.c), so checks do, too. */
int probe_tls_suite_allowed(const struct probe_tls *t)
{
	const char *name = gnutls_ciphersuite_get(t->session);
	uint16_t code = name ? priority_suite_code(name) : 0;

	return t->plan->profile == TBL_NONE ||
		(code &&
			priority_has_suite(
				t->plan->table, t->plan->profile, code));
}

static int check_server(gnutls_session_t s)
{
	struct probe_tls *t = gnutls_session_get_ptr(s);
	struct peer_question q = {.role = PEER_SERVER,
		.name = t->plan->name,
		.now = (int64_t)time(NULL)};
	struct peer_answer a;
	int r = peer_verify(s, &q, &a);

	t->why = a.why;
	return r;
}

static int heard(gnutls_session_t s, unsigned type, unsigned post,
	unsigned incoming, const gnutls_datum_t *msg)
{
	struct probe_tls *t = gnutls_session_get_ptr(s);

	return incoming && peer_cost(s, type, msg, &t->why)
		? GNUTLS_E_ILLEGAL_PARAMETER
		: 0;
}

/* GnuTLS's own function calls sendmsg, which can pass descriptors: no child may
 * use it (privdrop_filter.c). */
static ssize_t push(gnutls_transport_ptr_t to, const void *data, size_t n)
{
	return send((int)(intptr_t)to, data, n, MSG_NOSIGNAL);
}

int probe_tls_begin(struct probe_tls *t, const struct probe_plan *q, int fd)
{
	uint8_t octets[16];

	if (gnutls_init(&t->session,
		    GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
		return -1;
	t->plan = q;
	gnutls_session_set_ptr(t->session, t);
	if (q->priority)
		gnutls_priority_set(t->session, q->priority);
	else
		gnutls_set_default_priority(t->session);
	gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, q->tls);
	gnutls_transport_set_int(t->session, fd);
	gnutls_transport_set_push_function(t->session, push);
	gnutls_handshake_set_timeout(t->session, 0);
	gnutls_handshake_set_hook_function(
		t->session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST, heard);
	if (q->sni && !peer_address(q->sni, octets))
		gnutls_server_name_set(
			t->session, GNUTLS_NAME_DNS, q->sni, strlen(q->sni));
	if (q->verify)
		gnutls_session_set_verify_function(t->session, check_server);
	if (q->alpns > 0)
		gnutls_alpn_set_protocols(t->session, q->alpn, q->alpns, 0);
	return 0;
}
