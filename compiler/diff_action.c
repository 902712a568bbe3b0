/*
 * The lattice of actions and the parts of an action.  A client's protection
 * goes down when the gateway sees more than before (passthrough >= bridge >=
 * offload), when a refused client is let in, or, in one mode, when one of the
 * things that weakened() looks at is given up.
 */
#include "diff_action.h"

#include <string.h>

#include "arena.h"
#include "prefix.h"
#include "suites.h"
#include "verify_canon.h"

#define PUSH(arena, vec) \
	(*(arena_grow((arena), &(vec)->v, (vec)->n, &(vec)->cap, \
		sizeof(*(vec)->v)), &(vec)->v[(vec)->n++]))

enum {
#define WORD_MODE(id, value, word) MODE_##id = value,
#include "../grammar/words.def"
};

struct two {
	struct arena *arena;
	const struct model *m[2];
	const struct m_action *a[2];
};

static int rank(uint8_t mode)
{
	switch (mode) {
	case MODE_OFFLOAD:
		return 0;
	case MODE_BRIDGE:
		return 1;
	case MODE_PASSTHROUGH:
		return 2;
	}
	return 3; /* reject */
}

static const char *join(struct arena *a, const char *list, const char *part)
{
	return list ? arena_printf(a, "%s, %s", list, part) : part;
}

static int decrypts(const struct m_action *a)
{
	return a->mode == MODE_OFFLOAD || a->mode == MODE_BRIDGE;
}

static int differ(void (*hash)(const struct model *, uint32_t, uint8_t *),
	const struct two *t, uint32_t x, uint32_t y)
{
	uint8_t h[2][32];

	hash(t->m[0], x, h[0]);
	hash(t->m[1], y, h[1]);
	return memcmp(h[0], h[1], 32) != 0;
}

static int certs_differ(const struct two *t)
{
	uint8_t h[2][32];

	for (unsigned i = 0; i < 2; i++)
		canon_certs(t->m[i], t->a[i]->certs.v, t->a[i]->certs.n, h[i]);
	return memcmp(h[0], h[1], 32) != 0;
}

static int alpn_differs(const struct two *t)
{
	if (t->a[0]->alpn.n != t->a[1]->alpn.n)
		return 1;
	for (size_t i = 0; i < t->a[0]->alpn.n; i++)
		if (strcmp(t->m[0]->alpns.v[t->a[0]->alpn.v[i]],
			t->m[1]->alpns.v[t->a[1]->alpn.v[i]]) != 0)
			return 1;
	return 0;
}

static int text_differs(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") != 0;
}

static int clients_differ(const struct two *t)
{
	return t->a[0]->client_auth != t->a[1]->client_auth ||
		(t->a[0]->client_auth &&
		 (text_differs(t->a[0]->client_ca, t->a[1]->client_ca) ||
		  text_differs(t->a[0]->client_crl, t->a[1]->client_crl)));
}

static const char *parts(const struct two *t)
{
	const struct m_action *a = t->a[0], *b = t->a[1];
	const char *list = NULL;

	if (a->mode != MODE_REJECT &&
	    differ(canon_backend, t, a->backend, b->backend))
		list = join(t->arena, list, "backend");
	if (a->mode == MODE_PASSTHROUGH &&
	    differ(canon_profile, t, a->enforce, b->enforce))
		list = join(t->arena, list, "enforced profile");
	if (decrypts(a) && differ(canon_profile, t, a->profile, b->profile))
		list = join(t->arena, list, "profile");
	if (decrypts(a) && certs_differ(t))
		list = join(t->arena, list, "certificates");
	if (decrypts(a) && alpn_differs(t))
		list = join(t->arena, list, "alpn");
	if (decrypts(a) && clients_differ(t))
		list = join(t->arena, list, "client certificates");
	if (differ(canon_limit, t, a->limit, b->limit))
		list = join(t->arena, list, "limits");
	return list;
}

static uint16_t oldest(const struct model *m, uint32_t profile)
{
	return profile == MODEL_NONE ? 0 : m->profiles.v[profile].tls_min;
}

static int offers(const struct model *m, uint32_t profile, uint16_t code)
{
	const struct m_profile *p;

	if (profile == MODEL_NONE)
		return 0;
	p = &m->profiles.v[profile];
	for (size_t i = 0; i < p->suites.n; i++)
		if (p->suites.v[i] == code)
			return 1;
	return 0;
}

/* A suite that TC0502 objects to and the old profile did not have. */
static int weak_gained(const struct two *t, uint32_t x, uint32_t y)
{
	const struct m_profile *p;

	if (y == MODEL_NONE)
		return 0;
	p = &t->m[1]->profiles.v[y];
	for (size_t i = 0; i < p->suites.n; i++) {
		const struct suite *s = suite_by_code(p->suites.v[i]);

		if (s && s->flags & S_WEAK && !offers(t->m[0], x, s->code))
			return 1;
	}
	return 0;
}

static int set_text(const char *s)
{
	return s && *s;
}

/* By which measure the connection to the server protects less. */
static const char *server_weakened(const struct two *t, const char *list)
{
	const struct m_backend *a = &t->m[0]->backends.v[t->a[0]->backend];
	const struct m_backend *b = &t->m[1]->backends.v[t->a[1]->backend];

	if (!a->has_tls)
		return list;
	if (!b->has_tls)
		return join(t->arena, list, "server not verified");
	if ((set_text(a->ca) || a->system_ca) && !set_text(b->ca) &&
	    !b->system_ca)
		list = join(t->arena, list, "server not verified");
	else if (set_text(a->verify_name) && !set_text(b->verify_name))
		list = join(t->arena, list, "server's name not verified");
	if (oldest(t->m[1], b->profile) < oldest(t->m[0], a->profile))
		list = join(t->arena, list, "older TLS versions to the server");
	if (weak_gained(t, a->profile, b->profile))
		list = join(t->arena, list, "weak cipher suites to the server");
	return list;
}

/* In one mode: why the new one protects less, or NULL. */
static const char *weakened(const struct two *t)
{
	const struct m_action *a = t->a[0], *b = t->a[1];
	const char *list = NULL;

	if (a->mode == MODE_REJECT)
		return NULL;
	if (decrypts(a) && b->client_auth < a->client_auth)
		list = join(t->arena, list, "client certificates");
	else if (decrypts(a) && a->client_auth && set_text(a->client_crl) &&
		 !set_text(b->client_crl))
		list = join(t->arena, list, "revoked client certificates");
	if (decrypts(a) && weak_gained(t, a->profile, b->profile))
		list = join(t->arena, list, "weak cipher suites");
	if (decrypts(a) && oldest(t->m[1], b->profile) <
		oldest(t->m[0], a->profile))
		list = join(t->arena, list, "older TLS versions");
	if (a->mode == MODE_PASSTHROUGH && oldest(t->m[1], b->enforce) <
		oldest(t->m[0], a->enforce))
		list = join(t->arena, list, "older TLS versions");
	if (a->mode == MODE_PASSTHROUGH && a->enforce != MODEL_NONE &&
	    weak_gained(t, a->enforce, b->enforce))
		list = join(t->arena, list, "weak cipher suites");
	return a->mode == MODE_BRIDGE ? server_weakened(t, list) : list;
}

void diff_action(struct arena *a, struct model *om, uint32_t old,
	struct model *nm, uint32_t new_, struct diff_group *g)
{
	struct two t = { a, { om, nm }, { &om->actions.v[old],
		&nm->actions.v[new_] } };

	if (t.a[0]->mode != t.a[1]->mode) {
		g->weaker = rank(t.a[1]->mode) < rank(t.a[0]->mode);
		g->weakened = !g->weaker ? NULL :
			t.a[0]->mode == MODE_REJECT ? "was refused" :
			"the gateway sees more";
		return;
	}
	g->changed = parts(&t);
	g->weakened = weakened(&t);
	g->weaker = g->weakened != NULL;
}

static int sets_differ(const struct model *om, uint32_t old,
	const struct model *nm, uint32_t new_)
{
	const struct m_set *a, *b;

	if (old == MODEL_NONE || new_ == MODEL_NONE)
		return old != new_;
	a = &om->sets.v[old];
	b = &nm->sets.v[new_];
	if (a->prefixes.n != b->prefixes.n)
		return 1;
	for (size_t i = 0; i < a->prefixes.n; i++)
		if (a->prefixes.v[i].family != b->prefixes.v[i].family ||
		    a->prefixes.v[i].len != b->prefixes.v[i].len ||
		    memcmp(a->prefixes.v[i].addr, b->prefixes.v[i].addr, 16))
			return 1;
	return 0;
}

/* Is an address believed about its clients that was not before? */
static int set_grows(const struct model *om, uint32_t old,
	const struct model *nm, uint32_t new_)
{
	const struct m_set *a, *b;

	if (new_ == MODEL_NONE)
		return 0;
	b = &nm->sets.v[new_];
	if (old == MODEL_NONE)
		return b->prefixes.n > 0;
	a = &om->sets.v[old];
	for (size_t i = 0; i < b->prefixes.n; i++)
		if (!prefix_covers(a->prefixes.v, a->prefixes.n,
			&b->prefixes.v[i]))
			return 1;
	return 0;
}

void diff_settings(struct arena *a, const struct model *om,
	const struct m_frontend *old, const struct model *nm,
	const struct m_frontend *new_, struct diff *out)
{
	struct two t = { .m = { om, nm } };

	if (differ(canon_limit, &t, old->limit, new_->limit))
		PUSH(a, &out->settings) = arena_printf(a,
			"%s: limits before a route is known",
			new_->name.text);
	if (sets_differ(om, old->proxy_set, nm, new_->proxy_set)) {
		int weaker = set_grows(om, old->proxy_set, nm,
			new_->proxy_set);

		PUSH(a, &out->settings) = arena_printf(a,
			"%s: accept-proxy%s", new_->name.text, weaker ?
			" (WEAKER: more sources may name a client)" : "");
		out->settings_weaker += weaker != 0;
	}
}
