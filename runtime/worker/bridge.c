/*
 * TLS towards the server of a bridge, before the client's handshake is
 * answered.  So a server that fails or cannot be verified gives the client an
 * alert, and the client is told the protocol (ALPN) that the server chose.
 */
#include "bridge.h"

#include "backend.h"
#include "conn.h"
#include "connect.h"
#include "leg.h"
#include "runtime/table/wire.h"
#include "runtime/tls/credentials.h"
#include "runtime/tls/priority.h"
#include "runtime/tls/sessions.h"
#include "runtime/tls/tls.h"
#include "worker_state.h"

static const struct tbl_backend *backend(const struct leg *l)
{
	return &l->conn->gen->table.backend[l->backend];
}

static void names(const struct leg *l, struct tls_client *s)
{
	const struct table *t = &l->conn->gen->table;
	const struct tbl_backend *b = backend(l);
	const char *verify = table_str(t, b->verify_name_str);
	const char *sni = table_str(t, b->sni_str);

	if (!*sni)
		sni = *verify ? verify : conn_sni(l->conn);
	if (!*verify)
		verify = sni;
	s->sni = *sni ? sni : NULL;
	if (b->ca_str || (b->flags & TBL_BACKEND_SYSTEM_CA))
		s->verify = verify;
}

void bridge_start(struct leg *l, const uint8_t *alpn, size_t n)
{
	const struct generation *g = l->conn->gen;
	struct tls_client s = {
		.alpn = n ? alpn : NULL, .alpn_len = (uint16_t)n};

	names(l, &s);
	s.slot = sessions_slot(g->sessions, l->backend, s.sni ? s.sni : "");
	s.priority = credentials_priority(g->credentials,
		&(struct priority_wish){.profile = backend(l)->profile,
			.group = sessions_group(s.slot)});
	s.credentials = credentials_client(g->credentials, l->backend);
	if (!s.priority || !s.credentials || tls_start_client(&l->io, &s) < 0) {
		l->owner->failed(l, CLOSE_NO_MEMORY, "second leg");
		return;
	}
	leg_enter(l, LEG_TLS);
	/* The client speaks first, and here that is us. */
	io_quiet(&l->io);
	bridge_event(l);
	if (l->state == LEG_TLS)
		io_acknowledge(&l->io);
}

/* GnuTLS crosses key exchanges with ciphers, so a server could choose a suite
 * below TLS 1.3 that the profile does not name. */
static int suite_allowed(const struct leg *l)
{
	const char *name = tls_suite(l->io.tls);
	uint16_t code = priority_suite_code(name);

	return code &&
		priority_has_suite(
			&l->conn->gen->table, backend(l)->profile, code);
}

static void failed(struct leg *l, int why)
{
	const struct tls *t = l->io.tls;
	const char *detail = why == IO_TRUNCATED ? "server left"
		: why == IO_RESET                ? "server reset"
						 : tls_error(t);

	/* Nothing that counts came from it, and nothing of the client's went to
	 * it: another server may do better. */
	if (why == IO_TRUNCATED || why == IO_RESET) {
		connect_failed(l, CLOSE_BACKEND_HANDSHAKE, detail);
		return;
	}
	/* An alert is an answer: what one client asks for must not take a
	 * server away from the others. */
	if (l->io.alert_got >= 0)
		backend_answered(l);
	l->owner->failed(l,
		tls_unverified(t) ? CLOSE_BACKEND_UNVERIFIED
				  : CLOSE_BACKEND_HANDSHAKE,
		detail);
}

void bridge_event(struct leg *l)
{
	struct io *io = &l->io;
	int r;

	if (io->out && io_flush(io) == IO_RESET) {
		failed(l, IO_RESET);
		return;
	}
	r = tls_handshake(io);
	if (r == IO_AGAIN) {
		io_watch(io, l->conn->worker->loop,
			io->out ? EV_READ | EV_WRITE : EV_READ);
		return;
	}
	if (r != IO_DONE) {
		failed(l, r);
		return;
	}
	backend_answered(l);
	if (!suite_allowed(l)) {
		tls_alert(io, ALERT_HANDSHAKE_FAILURE);
		l->owner->failed(l, CLOSE_BACKEND_HANDSHAKE,
			"suite outside the profile");
	} else {
		leg_enter(l, LEG_READY);
		l->owner->secured(l);
	}
}
