/*
 * The judge (judge.h).
 */
#include "compiler/base/site.h"
#include "judge.h"

#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/segment.h"
#include "compiler/base/suite.h"
#include "compiler/check/cert.h"
#include "grammar/table.h"
#include "grammar/words.h"
#include "runtime/table/hex.h"

#define FROM_POLICY "the compiled policy, which tlsd enforces"

struct walk {
	const struct comply_duty *d;
	comply_fn fn;
	void *arg;
	const struct m_clause *clause;
	const struct fact_scope *f; /* whose settings the clause has */
};

static const char *first(const char *text, const char *otherwise)
{
	return text ? text : otherwise;
}

/* bad: NULL where it holds. */
static void point(const struct walk *w, enum comply_check check, struct span at,
	const char *bad, const char *good, const char *how)
{
	struct comply_point p = {check, bad ? COMPLY_BROKEN : COMPLY_MET,
		w->clause, at, first(bad, good), how};

	if (comply_rule(w->d->s, check))
		w->fn(w->arg, w->d, &p);
}

static void verdict(const struct walk *w, enum comply_check check,
	enum comply_verdict v, struct span at, const char *what,
	const char *how)
{
	struct comply_point p = {check, v, w->clause, at, what, how};

	if (comply_rule(w->d->s, check))
		w->fn(w->arg, w->d, &p);
}

/* ---- profiles ---- */

static int negotiable(const struct m_profile *p, const struct suite *s)
{
	return s->flags & S_13 ? p->tls_max >= 0x0304 : p->tls_min <= 0x0303;
}

/* The first suite that `bad` finds among those that can be negotiated. */
static const char *suite(const struct walk *w, const struct m_profile *p,
	int (*bad)(const struct suite *))
{
	for (size_t i = 0; i < p->suites.n; i++) {
		const struct suite *s = suite_by_code(p->suites.v[i]);

		if (s && negotiable(p, s) && bad(s))
			return arena_printf(w->d->a, "profile '%s' offers %s",
				p->name.text, s->name);
	}
	return NULL;
}

static int weak(const struct suite *s)
{
	return !!(s->flags & S_WEAK);
}

static int unapproved(const struct suite *s)
{
	return !s->cipher || !(s->flags & S_FS) || !(s->flags & S_AEAD) ||
		strncmp(s->cipher, "AES-", 4) != 0;
}

static const char *unapproved_group(
	const struct walk *w, const struct m_profile *p)
{
	for (size_t i = 0; i < p->groups.n; i++)
		if (p->groups.v[i] == 29 || p->groups.v[i] == 30)
			return arena_printf(w->d->a,
				"profile '%s' offers "
				"group %s",
				p->name.text, suite_group_name(p->groups.v[i]));
	return NULL;
}

static const char *suites_text(
	const struct walk *w, const struct m_profile *p, const char *quality)
{
	unsigned n = 0;

	for (size_t i = 0; i < p->suites.n; i++) {
		const struct suite *s = suite_by_code(p->suites.v[i]);

		n += s && negotiable(p, s);
	}
	return arena_printf(w->d->a,
		"profile '%s' can agree on %u suite%s, "
		"%s",
		p->name.text, n, n == 1 ? "" : "s", quality);
}

static const char *versions_text(
	const struct walk *w, const struct m_profile *p)
{
	return arena_printf(w->d->a,
		p->tls_min == p->tls_max
			? "profile '%s' allows TLS 1.%u only"
			: "profile '%s' allows TLS 1.%u to 1.%u",
		p->name.text, p->tls_min - 0x0301u, p->tls_max - 0x0301u);
}

static void profile(
	const struct walk *w, const struct m_profile *p, struct span at)
{
	point(w, COMPLY_TLS_1_2, at,
		p->tls_min && p->tls_min < 0x0303
			? arena_printf(w->d->a, "profile '%s' allows TLS 1.%u",
				  p->name.text, p->tls_min - 0x0301u)
			: NULL,
		versions_text(w, p), FROM_POLICY);
	point(w, COMPLY_STRONG_SUITES, at, suite(w, p, weak),
		suites_text(w, p, "none of them weak"), FROM_POLICY);
	point(w, COMPLY_APPROVED_SUITES, at, suite(w, p, unapproved),
		suites_text(w, p, "all of them approved"), FROM_POLICY);
	point(w, COMPLY_APPROVED_GROUPS, at, unapproved_group(w, p),
		arena_printf(w->d->a,
			"profile '%s' offers approved groups "
			"only",
			p->name.text),
		FROM_POLICY);
}

/* ---- keys ---- */

static const char *bad_key(
	const struct walk *w, const struct m_cert *t, int approved)
{
	const struct cert *c = &t->info->certs[0];

	if ((c->key == CERT_RSA || c->key == CERT_RSA_PSS) && c->bits < 2048)
		return arena_printf(w->d->a,
			"certificate '%s' has an RSA key "
			"of %u bits",
			t->name.text, c->bits);
	if (c->key == CERT_EC && c->bits < 224)
		return arena_printf(w->d->a,
			"certificate '%s' has a key of %u "
			"bits",
			t->name.text, c->bits);
	if (c->key == CERT_DSA)
		return arena_printf(w->d->a, "certificate '%s' has a DSA key",
			t->name.text);
	if (approved && (c->key == CERT_ED25519 || c->key == CERT_ED448))
		return arena_printf(w->d->a,
			"certificate '%s' has an EdDSA key, which clients need "
			"not support",
			t->name.text);
	return NULL;
}

static const char *key_text(const struct walk *w, const struct m_cert *t)
{
	static const char *const kinds[] = {[CERT_RSA] = "RSA",
		[CERT_RSA_PSS] = "RSA-PSS",
		[CERT_EC] = "ECDSA",
		[CERT_ED25519] = "Ed25519",
		[CERT_ED448] = "Ed448"};
	const struct cert *c = &t->info->certs[0];
	const char *kind = (size_t)c->key < sizeof(kinds) / sizeof(*kinds)
		? kinds[c->key]
		: NULL;

	return arena_printf(w->d->a,
		"certificate '%s' has a key of %u bits%s%s", t->name.text,
		c->bits, kind ? ", " : "", first(kind, ""));
}

/* Which key it was, so that it can be found in an inventory. */
static const char *key_id(const struct walk *w, const struct m_cert *t)
{
	char hex[HEX_SHA256];

	return arena_printf(w->d->a, "read from %s, key SHA-256 %s", t->chain,
		hex_text(hex, t->info->certs[0].spki, 32));
}

static void key(const struct walk *w, const struct m_cert *t, struct span at)
{
	const char *how =
		t->info ? key_id(w, t) : arena_printf(w->d->a, "%s", t->chain);

	if (!t->info) {
		verdict(w, COMPLY_STRONG_KEY, COMPLY_UNREAD, at,
			arena_printf(w->d->a, "certificate '%s' was not read",
				t->name.text),
			how);
		verdict(w, COMPLY_APPROVED_KEY, COMPLY_UNREAD, at,
			arena_printf(w->d->a, "certificate '%s' was not read",
				t->name.text),
			how);
		return;
	}
	point(w, COMPLY_STRONG_KEY, at, bad_key(w, t, 0), key_text(w, t), how);
	point(w, COMPLY_APPROVED_KEY, at, bad_key(w, t, 1), key_text(w, t),
		how);
}

/* ---- servers ---- */

static void second_leg(
	const struct walk *w, const struct m_backend *b, struct span at)
{
	struct span tls = b->tls_span.file ? b->tls_span : at;

	if (!b->ca && !b->system_ca) {
		point(w, COMPLY_VERIFIED_HOP, at,
			arena_printf(w->d->a,
				"nothing verifies the servers of backend '%s'",
				b->name.text),
			NULL, FROM_POLICY);
		return;
	}
	point(w, COMPLY_VERIFIED_HOP, tls, NULL,
		arena_printf(w->d->a,
			"the servers of backend '%s' need a certificate of "
			"%s%s for "
			"%s%s%s",
			b->name.text, first(b->ca, "the system's CAs"),
			b->ca && b->system_ca ? " or the system's CAs" : "",
			b->verify_name ? "\"" : "",
			first(b->verify_name,
				b->sni ? b->sni
				       : "the name that the client asks for"),
			b->verify_name ? "\"" : ""),
		FROM_POLICY);
	profile(w, &w->d->m->profiles.v[b->profile], tls);
}

static int decrypts(const struct m_action *a)
{
	return a->mode == MODE_OFFLOAD || a->mode == MODE_BRIDGE;
}

static void action(const struct walk *w, const struct m_action *a)
{
	const struct model *m = w->d->m;
	const struct fact_scope *f = w->f;
	struct span at = w->clause->action_span;
	const uint32_t *v;
	size_t n;

	if (a->enforce != MODEL_NONE)
		profile(w, &m->profiles.v[a->enforce], at);
	if (!decrypts(a))
		return;
	profile(w, &m->profiles.v[a->profile],
		f->profile ? f->profile->span : at);
	for (size_t i = 0; i < a->certs.n; i++)
		key(w, &m->certs.v[a->certs.v[i]],
			f->certificate ? f->certificate->span : at);
	v = site_backends(m, a, &n);
	for (size_t i = 0; a->mode == MODE_BRIDGE && i < n; i++)
		second_leg(w, &m->backends.v[v[i]], at);
}

/* Each clause whose action is another than that of the one before. */
static void each(const struct comply_duty *d, comply_fn fn, void *arg,
	void (*judge)(const struct walk *w, const struct m_action *a))
{
	struct walk w = {d, fn, arg, NULL, NULL};
	uint32_t last = MODEL_NONE;

	for (size_t i = 0; i < d->clauses.n; i++) {
		w.clause = d->clauses.v[i].clause;
		if (w.f == d->clauses.v[i].f && w.clause->action == last)
			continue;
		w.f = d->clauses.v[i].f;
		last = w.clause->action;
		judge(&w, &d->m->actions.v[last]);
	}
}

void comply_tls(const struct comply_duty *d, comply_fn fn, void *arg)
{
	each(d, fn, arg, action);
}

/* ---- hops ---- */

int comply_unheld(const struct model *m, const struct m_action *a)
{
	return a->mode == MODE_PASSTHROUGH && a->enforce == MODEL_NONE;
}

uint32_t comply_bare_backend(const struct model *m, const struct m_action *a)
{
	size_t n;
	const uint32_t *v = site_backends(m, a, &n);

	for (size_t i = 0; a->mode == MODE_OFFLOAD && i < n; i++)
		if (!segment_protects(m, &m->backends.v[v[i]]))
			return v[i];
	return MODEL_NONE;
}

int comply_bare(const struct model *m, const struct m_action *a)
{
	return comply_bare_backend(m, a) != MODEL_NONE;
}

/* Its i-th server is the first that is in this segment. */
static int is_news(const struct walk *w, const struct m_backend *b, size_t i)
{
	const struct m_segment *s = segment_of(w->d->m, &b->servers.v[i]);

	for (size_t k = 0; k < i; k++)
		if (segment_of(w->d->m, &b->servers.v[k]) == s)
			return 0;
	return 1;
}

static void claimed(const struct walk *w, const struct m_backend *b)
{
	for (size_t i = 0; i < b->servers.n; i++) {
		const struct m_segment *s =
			segment_of(w->d->m, &b->servers.v[i]);

		if (s && is_news(w, b, i))
			verdict(w, COMPLY_ENCRYPTED_HOP, COMPLY_CLAIMED,
				s->link_span,
				arena_printf(w->d->a,
					"segment '%s' is encrypted by %s%s%s",
					s->name.text,
					words_text(words_link, s->link),
					s->note ? ": " : "",
					first(s->note, "")),
				"a claim of the policy about the network, to "
				"be attested by its operator");
	}
}

static void one_hop(const struct walk *w, const struct m_action *a,
	const struct m_backend *b)
{
	struct span at = w->clause->action_span;

	if (a->mode == MODE_PASSTHROUGH)
		point(w, COMPLY_ENFORCED, at,
			comply_unheld(w->d->m, a)
				? "it is passed through without enforcing a "
				  "profile"
				: NULL,
			"version and cipher suite "
			"are checked on the ServerHello",
			FROM_POLICY);
	if (a->mode == MODE_OFFLOAD && !segment_protects(w->d->m, b))
		point(w, COMPLY_ENCRYPTED_HOP, at,
			arena_printf(w->d->a, "clear text goes to backend '%s'",
				b->name.text),
			NULL, FROM_POLICY);
	else if (a->mode == MODE_OFFLOAD)
		claimed(w, b);
	else
		point(w, COMPLY_ENCRYPTED_HOP, at, NULL,
			arena_printf(w->d->a,
				a->mode == MODE_BRIDGE
					? "TLS is used to backend '%s' as well"
					: "it stays encrypted up to backend "
					  "'%s'",
				b->name.text),
			FROM_POLICY);
}

/* A site sends requests to several backends. */
static void hop(const struct walk *w, const struct m_action *a)
{
	size_t n;
	const uint32_t *v = site_backends(w->d->m, a, &n);

	for (size_t i = 0; i < n; i++)
		one_hop(w, a, &w->d->m->backends.v[v[i]]);
}

void comply_hops(const struct comply_duty *d, comply_fn fn, void *arg)
{
	each(d, fn, arg, hop);
}
