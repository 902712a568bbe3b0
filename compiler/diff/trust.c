/*
 * Whom the gateway trusts: CAs and names of servers, CAs and CRLs of clients.
 * The contents of files are compared by roots.c.
 */
#include "trust.h"

#include <string.h>

#include "action.h"
#include "roots.h"

static int set_text(const char *s)
{
	return s && *s;
}

static void block_roots(
	struct two *t, unsigned i, const struct m_backend *b, struct roots *r)
{
	*r = (struct roots){.system = b->has_tls && b->system_ca};
	if (b->has_tls && set_text(b->ca)) {
		r->path = b->ca;
		roots_read(t, i, r, b->ca_trust, b->ca_read);
	}
	r->anyone = !r->system && !r->path;
}

static const struct m_backend *backend(const struct two *t, unsigned i)
{
	return &t->m[i]->backends.v[t->a[i]->backend];
}

/* The name that is asked for, and the one that is verified, when the other
 * does not say (runtime/worker/bridge.c); NULL: the client's. */
static const char *asked(const struct m_backend *b)
{
	return set_text(b->sni)            ? b->sni
		: set_text(b->verify_name) ? b->verify_name
					   : NULL;
}

static const char *verified(const struct m_backend *b)
{
	return set_text(b->verify_name) ? b->verify_name : asked(b);
}

static const char *name_text(const char *name)
{
	return name ? name : "the client's";
}

/* Where anyone would do, a name that is verified from now on is not weaker,
 * whichever name it is. */
static void server_names(struct two *t, const struct roots r[2])
{
	const struct m_backend *a = backend(t, 0), *b = backend(t, 1);
	int was_verified = !r[0].anyone;

	if (!diff_text_same(verified(a), verified(b)))
		diff_row(t, WEAKEN_SERVER_NAME, name_text(verified(a)),
			name_text(verified(b)),
			was_verified ? "servers of another name are accepted"
				     : NULL);
	if (!diff_text_same(asked(a), asked(b)) &&
		(set_text(a->sni) || set_text(b->sni) || !was_verified))
		diff_row(t, WEAKEN_SERVER_SNI, name_text(asked(a)),
			name_text(asked(b)),
			was_verified || r[1].anyone
				? "another server may answer"
				: NULL);
	else if (diff_text_same(verified(a), verified(b)) &&
		(set_text(a->sni) != set_text(b->sni) ||
			set_text(a->verify_name) != set_text(b->verify_name)))
		diff_row(t, WEAKEN_SERVER_NAME, name_text(verified(a)),
			arena_printf(t->arena, "%s, said otherwise",
				name_text(verified(b))),
			NULL);
}

static const char *tokens(struct two *t, unsigned i)
{
	const struct m_backend *b = backend(t, i);
	struct listed l = diff_listed(t->d, UINT32_MAX);

	for (size_t k = 0; k < b->alpn.n; k++)
		diff_listed_add(&l, t->m[i]->alpns.v[b->alpn.v[k]]);
	return diff_listed_end(&l);
}

/* Both speak TLS with their servers. */
static void both_bridge(struct two *t, const struct roots r[2])
{
	const char *old = tokens(t, 0), *new_ = tokens(t, 1);

	roots_compare(t, WEAKEN_SERVER_CA, r, "servers are not verified");
	server_names(t, r);
	diff_profile(t, backend(t, 0)->profile, backend(t, 1)->profile, 1);
	if (!diff_text_same(old, new_))
		diff_row(t, WEAKEN_SERVER_ALPN, old, new_, NULL);
}

/* Neither uses what its backend says of TLS; told, for ids differ. */
static void idle_block(struct two *t)
{
	const struct m_backend *a = backend(t, 0), *b = backend(t, 1);
	struct diff_rows rows = {NULL, 0, 0};
	struct two as_bridge = *t;
	struct roots r[2];

	as_bridge.rows = &rows;
	if (a->has_tls && b->has_tls) {
		for (unsigned i = 0; i < 2; i++)
			block_roots(t, i, backend(t, i), &r[i]);
		both_bridge(&as_bridge, r);
	}
	if (rows.n || !a->has_tls != !b->has_tls)
		diff_row(t, WEAKEN_SERVER_CA, a->has_tls ? "a tls block" : NULL,
			b->has_tls ? "a tls block, without effect here" : NULL,
			NULL);
}

void diff_server_trust(struct two *t)
{
	const struct m_action *a = t->a[0];
	struct roots r[2];

	if (t->a[1]->mode != MODE_BRIDGE) {
		if (a && a->mode != MODE_BRIDGE && a->mode != MODE_REJECT)
			idle_block(t);
		return;
	}
	block_roots(t, 1, backend(t, 1), &r[1]);
	if (a && a->mode == MODE_BRIDGE) {
		block_roots(t, 0, backend(t, 0), &r[0]);
		both_bridge(t, r);
		return;
	}
	/* Out of clear text, whatever is better; of a client that looked
	 * itself, or was not there, unverified is worse. */
	diff_row(t, WEAKEN_SERVER_CA, NULL, roots_with_names(t, &r[1]),
		r[1].anyone && !(a && a->mode == MODE_OFFLOAD)
			? "servers are not verified"
			: NULL);
}

/* ---- clients ---- */

static uint8_t auth(const struct m_action *a)
{
	return a && words_decrypts(a->mode) ? a->client_auth : 0;
}

static void client_cas(struct two *t)
{
	struct roots r[2];

	for (unsigned i = 0; i < 2; i++) {
		const struct m_action *a = t->a[i];

		r[i] = (struct roots){.path = a->client_ca ? a->client_ca : ""};
		roots_read(t, i, &r[i], a->client_trust, a->client_ca_read);
	}
	roots_compare_files(t, WEAKEN_CLIENT_CA, r);
}

static const char *crl_text(struct two *t, const char *path)
{
	return set_text(path) ? arena_printf(t->arena, "crl \"%s\"", path)
			      : NULL;
}

/* Both have a file. */
static void both_crls(struct two *t, const char *path[2])
{
	const struct trust_file *f[2] = {
		roots_file(t, 0, t->a[0]->client_crl_read, path[0], 1),
		roots_file(t, 1, t->a[1]->client_crl_read, path[1], 1)};
	struct listed l = diff_listed(t->d, ROOTS_SHOWN);
	const char *why = NULL;

	/* Their issuers renew them: no table holds what they say. */
	if (roots_judged(t, WEAKEN_CLIENT_CRL, path, f,
		    !t->m[0]->facts && !t->m[1]->facts)) {
		if (roots_list(&l, "- ", f[1], f[0]))
			why = "what was revoked is not";
		roots_list(&l, "+ ", f[0], f[1]);
	} else if (!diff_text_same(path[0], path[1])) {
		why = "another file, which cannot be judged";
	}
	if (!l.n && diff_text_same(path[0], path[1]))
		return;
	diff_row(t, WEAKEN_CLIENT_CRL, crl_text(t, path[0]),
		arena_printf(t->arena, "%s%s%s", crl_text(t, path[1]),
			l.n ? ": " : "", l.n ? diff_listed_end(&l) : ""),
		why);
}

static void client_crls(struct two *t)
{
	const char *path[2] = {t->a[0]->client_crl, t->a[1]->client_crl};

	if (set_text(path[0]) && set_text(path[1]))
		both_crls(t, path);
	else if (set_text(path[0]) || set_text(path[1]))
		diff_row(t, WEAKEN_CLIENT_CRL, crl_text(t, path[0]),
			crl_text(t, path[1]),
			set_text(path[1])
				? NULL
				: "revoked certificates are no longer refused");
}

void diff_client_trust(struct two *t)
{
	uint8_t old = auth(t->a[0]), new_ = auth(t->a[1]);

	if (old != new_)
		diff_row(t, WEAKEN_CLIENT_AUTH,
			words_text(words_client_auth, old),
			words_text(words_client_auth, new_),
			new_ >= old ? NULL
				: new_
				? "client certificates are no longer required"
				: "client certificates are no longer asked "
				  "for");
	if (!old || !new_)
		return;
	client_cas(t);
	client_crls(t);
}
