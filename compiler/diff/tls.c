/*
 * Profiles, field by field: versions, suites, groups and switches.  Settings
 * that a profile's versions cannot use are not compared.
 */
#include <string.h>

#include "action.h"
#include "strength.h"
#include "compiler/base/suite.h"

#define SUITES_MAX 512 /* more than there are */

/* A profile as it works. */
struct works {
	const struct m_profile *p;
	uint16_t suites[SUITES_MAX];
	size_t n;
};

/* Code points and how strong each is. */
struct code_list {
	const uint16_t *v;
	size_t n;
	const char *(*name)(uint16_t code);
	unsigned (*strength)(uint16_t code);
};

static const char *suite_text(uint16_t code)
{
	const struct suite *s = suite_by_code(code);

	return s ? s->name : "?";
}

static const char *group_text(uint16_t code)
{
	const char *name = suite_group_name(code);

	return name ? name : "?";
}

static int works_with(const struct m_profile *p, uint16_t code)
{
	const struct suite *s = suite_by_code(code);

	return s && s->flags & S_13 ? p->tls_max >= 0x0304
				    : p->tls_min <= 0x0303;
}

static void works(const struct m_profile *p, struct works *w)
{
	w->p = p;
	w->n = 0;
	for (size_t i = 0; i < p->suites.n && w->n < SUITES_MAX; i++)
		if (works_with(p, p->suites.v[i]))
			w->suites[w->n++] = p->suites.v[i];
}

static size_t position(const struct code_list *c, uint16_t code)
{
	size_t i = 0;

	while (i < c->n && c->v[i] != code)
		i++;
	return i;
}

/* "+ A, + B, - C, another order" from a to b; NULL when they are the same. */
static const char *edits(
	struct two *t, const struct code_list *a, const struct code_list *b)
{
	struct listed l = diff_listed(t->d, UINT32_MAX);

	for (size_t i = 0; i < b->n; i++)
		if (position(a, b->v[i]) == a->n)
			diff_listed_add(&l,
				arena_printf(
					t->arena, "+ %s", b->name(b->v[i])));
	for (size_t i = 0; i < a->n; i++)
		if (position(b, a->v[i]) == b->n)
			diff_listed_add(&l,
				arena_printf(
					t->arena, "- %s", a->name(a->v[i])));
	if (!l.n && a->n && memcmp(a->v, b->v, a->n * sizeof(*a->v)) != 0)
		diff_listed_add(&l, "another order");
	return diff_listed_end(&l);
}

/* A suite of a version that is new, and newer, replaces nothing. */
static int newer(
	const struct m_profile *old, const struct code_list *c, uint16_t code)
{
	const struct suite *s = suite_by_code(code);

	return c->name == suite_text && s && s->flags & S_13 &&
		old->tls_max < 0x0304;
}

static int gains(const struct m_profile *old, const struct code_list *a,
	const struct code_list *b, int weak)
{
	for (size_t i = 0; i < b->n; i++)
		if (position(a, b->v[i]) == a->n && !newer(old, b, b->v[i]) &&
			(!weak || b->strength(b->v[i]) == 0))
			return 1;
	return 0;
}

/* Is one taken instead of the other?  Suites of TLS 1.3 and of before it are
 * not: the version is agreed first. */
static int rivals(const struct code_list *c, uint16_t a, uint16_t b)
{
	const struct suite *x = suite_by_code(a), *y = suite_by_code(b);

	return c->name != suite_text ||
		!(x && x->flags & S_13) == !(y && y->flags & S_13);
}

static int weaker(const struct code_list *c, uint16_t a, uint16_t b)
{
	return rivals(c, a, b) && c->strength(a) < c->strength(b);
}

/* What was preferred over a weaker one no longer is. */
static int sinks(const struct code_list *a, const struct code_list *b)
{
	for (size_t i = 0; i < b->n; i++)
		for (size_t k = i + 1; k < b->n; k++)
			if (weaker(b, b->v[i], b->v[k]) &&
				position(a, b->v[i]) < a->n &&
				position(a, b->v[k]) < position(a, b->v[i]))
				return 1;
	return 0;
}

/* Who had it in common with us is left with something weaker, which he did not
 * get anyway by our order. */
static int loses(
	const struct code_list *a, const struct code_list *b, int ordered)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (position(b, a->v[i]) == b->n &&
				weaker(b, b->v[k], a->v[i]) &&
				(!ordered || i < position(a, b->v[k])))
				return 1;
	return 0;
}

static const char *joined(struct two *t, const char *what, int to_server)
{
	return what && to_server
		? arena_printf(t->arena, "%s to the server", what)
		: what;
}

static void codes(struct two *t, const struct m_profile *p[2],
	const struct code_list c[2], const char *what, int to_server)
{
	const char *text = edits(t, &c[0], &c[1]), *why = NULL;
	int suites = c[0].name == suite_text;
	/* Where the client's order of suites counts, ours does not. */
	int ordered =
		!suites || (p[0]->server_preference && p[1]->server_preference);

	if (!text)
		return;
	if (suites && gains(p[0], &c[0], &c[1], 1))
		why = "weak cipher suites";
	else if (gains(p[0], &c[0], &c[1], 0))
		why = arena_printf(t->arena, "%s that were refused", what);
	else if (loses(&c[0], &c[1], suites && p[0]->server_preference))
		why = arena_printf(t->arena, "stronger %s are lost", what);
	else if (ordered && sinks(&c[0], &c[1]))
		why = arena_printf(t->arena, "weaker %s are preferred", what);
	diff_row(t, suites ? WEAKEN_CIPHERS : WEAKEN_GROUPS,
		arena_printf(t->arena, "profile %s", p[0]->name.text),
		arena_printf(t->arena, "profile %s: %s", p[1]->name.text, text),
		joined(t, why, to_server));
}

/* What the versions cannot use is told all the same. */
static void idle_suites(struct two *t, const struct m_profile *p[2])
{
	struct code_list c[2];
	const char *text;

	for (unsigned i = 0; i < 2; i++)
		c[i] = (struct code_list){p[i]->suites.v, p[i]->suites.n,
			suite_text, strength_of_suite};
	text = edits(t, &c[0], &c[1]);
	if (text)
		diff_row(t, WEAKEN_CIPHERS,
			arena_printf(t->arena, "profile %s", p[0]->name.text),
			arena_printf(t->arena, "profile %s: without effect: %s",
				p[1]->name.text, text),
			NULL);
}

static void suites(struct two *t, const struct m_profile *p[2], int to_server)
{
	struct works w[2];
	struct code_list c[2];

	for (unsigned i = 0; i < 2; i++) {
		works(p[i], &w[i]);
		c[i] = (struct code_list){
			w[i].suites, w[i].n, suite_text, strength_of_suite};
	}
	codes(t, p, c, "cipher suites", to_server);
	if (!edits(t, &c[0], &c[1]))
		idle_suites(t, p);
}

static void groups(struct two *t, const struct m_profile *p[2], int to_server)
{
	struct code_list c[2];

	for (unsigned i = 0; i < 2; i++)
		c[i] = (struct code_list){p[i]->groups.v, p[i]->groups.n,
			group_text, strength_of_group};
	codes(t, p, c, "groups", to_server);
}

static const char *versions_text(struct two *t, const struct m_profile *p)
{
	return arena_printf(t->arena, "profile %s: %s .. %s", p->name.text,
		words_version(p->tls_min), words_version(p->tls_max));
}

static void versions(struct two *t, const struct m_profile *p[2], int to_server)
{
	const char *why = p[1]->tls_min < p[0]->tls_min ? "older TLS versions"
		: p[1]->tls_max < p[0]->tls_max ? "newer TLS versions are lost"
						: NULL;

	if (p[0]->tls_min != p[1]->tls_min || p[0]->tls_max != p[1]->tls_max)
		diff_row(t, WEAKEN_TLS, versions_text(t, p[0]),
			versions_text(t, p[1]), joined(t, why, to_server));
}

static const char *on(int set)
{
	return set ? "on" : "off";
}

/* Some suite comes before one of a better class.  That short keys come before
 * long ones, as in all built-in profiles, is on purpose. */
static int disordered(const struct m_profile *p)
{
	struct works w;
	struct code_list c = {w.suites, 0, suite_text, strength_class};

	works(p, &w);
	c.n = w.n;
	for (size_t i = 0; i < c.n; i++)
		for (size_t k = i + 1; k < c.n; k++)
			if (weaker(&c, c.v[i], c.v[k]))
				return 1;
	return 0;
}

static void prefer(struct two *t, const struct m_profile *p[2], int to_server)
{
	int ours = p[1]->server_preference;
	const char *why = !ours    ? "the client's order counts"
		: disordered(p[1]) ? "the server's order puts weaker ones first"
				   : NULL;

	if (!p[0]->server_preference != !ours)
		diff_row(t, WEAKEN_PREFER, ours ? "client" : "server",
			ours ? "server" : "client", joined(t, why, to_server));
}

static void switches(struct two *t, const struct m_profile *p[2], int to_server)
{
	prefer(t, p, to_server);
	if (!p[0]->tickets != !p[1]->tickets)
		diff_row(t, WEAKEN_TICKETS, on(p[0]->tickets),
			on(p[1]->tickets),
			p[1]->tickets
				? joined(t, "sessions are resumed", to_server)
				: NULL);
	if (!p[0]->early_data != !p[1]->early_data)
		diff_row(t, WEAKEN_EARLY_DATA, on(p[0]->early_data),
			on(p[1]->early_data),
			p[1]->early_data
				? joined(t, "0-RTT, which may be replayed",
					  to_server)
				: NULL);
}

void diff_profile(struct two *t, uint32_t old, uint32_t new_, int to_server)
{
	const struct m_profile *p[2] = {
		&t->m[0]->profiles.v[old], &t->m[1]->profiles.v[new_]};

	versions(t, p, to_server);
	suites(t, p, to_server);
	groups(t, p, to_server);
	switches(t, p, to_server);
}

/* Of a ServerHello that passes by, version and suite are seen; by whose order
 * the suite was chosen is not ours to say. */
static void enforced(struct two *t, uint32_t old, uint32_t new_)
{
	struct m_profile copy[2] = {
		t->m[0]->profiles.v[old], t->m[1]->profiles.v[new_]};
	const struct m_profile *p[2] = {&copy[0], &copy[1]};

	copy[0].server_preference = copy[1].server_preference = 0;
	versions(t, p, 0);
	suites(t, p, 0);
}

/* The rest of an enforced profile is not looked at; told, for ids differ. */
static void unseen(struct two *t, uint32_t old, uint32_t new_)
{
	struct diff_rows seen = {NULL, 0, 0};
	struct two rest = *t;

	rest.rows = &seen;
	diff_profile(&rest, old, new_, 0);
	for (size_t i = 0; i < seen.n; i++)
		if (seen.v[i].kind != WEAKEN_TLS &&
			seen.v[i].kind != WEAKEN_CIPHERS)
			diff_row(t, seen.v[i].kind, seen.v[i].old,
				seen.v[i].new_, NULL);
}

/* What we enforce between the client and its TLS peer. */
static uint32_t held(const struct two *t, unsigned i)
{
	const struct m_action *a = t->a[i];

	return !a || a->mode == MODE_REJECT ? MODEL_NONE
		: words_decrypts(a->mode)   ? a->profile
					    : a->enforce;
}

static const char *profile_text(struct two *t, unsigned i, uint32_t p)
{
	return p == MODEL_NONE ? NULL
			       : arena_printf(t->arena, "profile %s",
					 t->m[i]->profiles.v[p].name.text);
}

/* Between modes: versions and suites hold on both sides, the rest where the
 * gateway takes part. */
static void across(struct two *t, uint32_t old, uint32_t new_)
{
	enforced(t, old, new_);
	if (words_decrypts(t->a[0]->mode))
		diff_row(t, WEAKEN_ENFORCING, profile_text(t, 0, old),
			arena_printf(t->arena,
				"only versions and suites of "
				"%s",
				profile_text(t, 1, new_)),
			"groups are the server's choice");
}

void diff_client_tls(struct two *t)
{
	uint32_t old = held(t, 0), new_ = held(t, 1);

	if (!t->a[0] || t->a[0]->mode == MODE_REJECT)
		return;
	if (old == MODEL_NONE || new_ == MODEL_NONE) {
		if (old != new_)
			diff_row(t, WEAKEN_ENFORCING, profile_text(t, 0, old),
				profile_text(t, 1, new_),
				new_ == MODEL_NONE
					? "no profile applies any more"
					: NULL);
	} else if (words_decrypts(t->a[0]->mode) !=
		words_decrypts(t->a[1]->mode)) {
		across(t, old, new_);
	} else if (words_decrypts(t->a[0]->mode)) {
		diff_profile(t, old, new_, 0);
	} else {
		enforced(t, old, new_);
		unseen(t, old, new_);
	}
}
