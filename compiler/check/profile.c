/*
 * TLS profiles of the policy, resolved through `extends`; profile_builtin.c has
 * the built-in ones.  Versions, suites and groups come from our own vocabulary, never
 * from GnuTLS priority strings, which silently accept "+NULL" and misspelt
 * names.
 */
#include <string.h>
#include <strings.h>

#include "compiler/base/literal.h"
#include "compiler/base/spell.h"
#include "compiler/base/suite.h"
#include "priv.h"

static void tls(struct setting *s)
{
	struct m_profile *p = s->obj;
	uint16_t v[2] = {0, 0};

	p->tls_span = s->node->span;
	for (size_t i = 0; i < s->n; i++) {
		struct literal_why w = {{0}, {0}};
		if (literal_version(s->lit[i]->text, &v[i], &w) < 0) {
			struct diag *g = diag_add(s->c->d, DIAG_TC0103,
				check_span(s->lit[i]), "%s", w.why);
			diag_help(g, "%s", w.help);
			return;
		}
	}
	p->tls_min = v[0];
	p->tls_max = s->n > 1 ? v[1] : v[0];
	if (p->tls_min > p->tls_max) {
		struct diag *g = diag_add(s->c->d, DIAG_TC0503, s->node->span,
			"the lowest version is above the highest");
		diag_help(g, "write 'tls %s .. %s'", s->lit[1]->text,
			s->lit[0]->text);
		p->tls_min = v[1];
		p->tls_max = v[0];
	}
}

/* A list of code points under = += -=. */
struct codes {
	uint16_t *v;
	size_t n, cap;
};

static void edit(struct setting *s, struct codes *list, uint16_t code,
	const struct ast *at)
{
	size_t i = 0;

	while (i < list->n && list->v[i] != code)
		i++;
	if (s->node->op == OP_REMOVE) {
		if (i == list->n) {
			diag_add(s->c->d, DIAG_TC0207, check_span(at),
				"'%s' is removed from a list that does not "
				"have it",
				at->text);
			return;
		}
		list->n--;
		memmove(&list->v[i], &list->v[i + 1],
			(list->n - i) * sizeof(*list->v));
	} else if (i == list->n) {
		PUSH(s->c->a, list) = code;
	} else if (s->node->op != OP_ADD) {
		diag_add(s->c->d, DIAG_TC0312, check_span(at),
			"'%s' is in the list twice", at->text);
	}
}

/* The table's validator refuses what is refused here (invariant 57). */
static int no_secrecy(
	struct check *c, const struct ast *n, const struct suite *s)
{
	int anon = strstr(s->name, "_anon_") != NULL;

	if (s->flags & (S_13 | S_FS))
		return 0;
	struct diag *g = diag_add(c->d, DIAG_TC0509, check_span(n),
		!s->cipher     ? "tlsd does not implement '%s', which nobody "
				 "should use"
			: anon ? "'%s' does not authenticate the server"
			       : "'%s' has no forward secrecy: anybody who "
				 "gets the key later can read recorded traffic",
		s->name);
	diag_help(g,
		"use ECDHE, such as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256; "
		"clients without it can be passed through to a server of their "
		"own");
	return 1;
}

static uint16_t suite_code(struct check *c, const struct ast *n, int removed)
{
	const struct suite *found = suite_find(n->text);
	const char *words[512];
	size_t count = 0;

	if (found)
		return !removed && no_secrecy(c, n, found) ? 0xffff
							   : found->code;
	for (; count < suite_count() && count < 512; count++)
		words[count] = suite_at(count)->name;
	struct diag *g = diag_add(c->d, DIAG_TC0201, check_span(n),
		"no cipher suite is named '%s'", n->text);
	const char *best = spell_nearest(n->text, n->text_len, words, count);
	if (best)
		diag_help(g, "did you mean '%s'?", best);
	else
		diag_help(g,
			"suites have IANA names, such as "
			"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
	return 0xffff;
}

static void ciphers(struct setting *s)
{
	struct m_profile *p = s->obj;
	struct codes list = {p->suites.v, p->suites.n, p->suites.cap};

	p->suites_span = s->node->span;
	if (s->node->op != OP_ADD && s->node->op != OP_REMOVE)
		list = (struct codes){NULL, 0, 0};
	for (size_t i = 0; i < s->n; i++) {
		uint16_t code =
			suite_code(s->c, s->lit[i], s->node->op == OP_REMOVE);
		if (code != 0xffff)
			edit(s, &list, code, s->lit[i]);
	}
	p->suites.v = list.v;
	p->suites.n = list.n;
	p->suites.cap = list.cap;
}

static void groups(struct setting *s)
{
	struct m_profile *p = s->obj;
	struct codes list = {p->groups.v, p->groups.n, p->groups.cap};
	const char *words[16];
	size_t count = 0;

	p->groups_span = s->node->span;
	if (s->node->op != OP_ADD && s->node->op != OP_REMOVE)
		list = (struct codes){NULL, 0, 0};
	while (count < 15 && suite_group_at(count)) {
		words[count] = suite_group_at(count);
		count++;
	}
	words[count] = NULL;
	for (size_t i = 0; i < s->n; i++) {
		uint16_t code = suite_group_find(s->lit[i]->text);
		if (code) {
			edit(s, &list, code, s->lit[i]);
			continue;
		}
		struct diag *g = diag_add(s->c->d, DIAG_TC0201,
			check_span(s->lit[i]),
			"no key exchange group is named '%s'", s->lit[i]->text);
		check_hint(g, s->lit[i]->text, words);
	}
	p->groups.v = list.v;
	p->groups.n = list.n;
	p->groups.cap = list.cap;
}

static void prefer(struct setting *s)
{
	static const char *const words[] = {"client", "server", NULL};
	int i = check_word(s->c, s->lit[0], words);
	if (i >= 0)
		((struct m_profile *)s->obj)->server_preference = i;
}

static const char *const off_on[] = {"off", "on", NULL};

static void tickets(struct setting *s)
{
	int i = check_word(s->c, s->lit[0], off_on);
	if (i >= 0)
		((struct m_profile *)s->obj)->tickets = i;
}

static void early_data(struct setting *s)
{
	int i = check_word(s->c, s->lit[0], off_on);
	if (i >= 0)
		((struct m_profile *)s->obj)->early_data = i;
}

static const struct setting_key keys[] = {
	{"tls", tls, 1, 2, 0, NULL},
	{"ciphers", ciphers, 1, 0, 1, NULL},
	{"groups", groups, 1, 0, 1, NULL},
	{"prefer", prefer, 1, 1, 0, NULL},
	{"tickets", tickets, 1, 1, 0, NULL},
	{"early-data", early_data, 1, 1, 0, NULL},
	{NULL, NULL, 0, 0, 0, NULL},
};

/* Can anything be negotiated in every version that the range promises?  A
 * version without a suite would be off although the text says it is on. */
static void judge(struct check *c, const struct m_profile *p)
{
	struct span at = p->suites_span.file ? p->suites_span : p->name.span;

	if (!p->tls_min) {
		diag_add(c->d, DIAG_TC0503, p->name.span,
			"profile '%s' names no TLS versions", p->name.text);
		return;
	}
	/* A profile without `extends` has nothing yet: one fault. */
	if (!p->groups.n && !p->suites.n && !p->groups_span.file &&
		!p->suites_span.file) {
		struct diag *g = diag_add(c->d, DIAG_TC0503, p->name.span,
			"profile '%s' has neither cipher suites nor key "
			"exchange groups",
			p->name.text);
		diag_help(g,
			"start from a built-in one: 'profile %s extends "
			"intermediate { ... }'",
			p->name.text);
		return;
	}
	if (!p->groups.n)
		diag_help(diag_add(c->d, DIAG_TC0503,
				  p->groups_span.file ? p->groups_span
						      : p->name.span,
				  "profile '%s' has no key exchange group",
				  p->name.text),
			"add: groups = x25519, secp256r1;");
	/* Below 1.2, TC0501 says it all. */
	uint16_t v = p->tls_min < 0x0303 && p->tls_max >= 0x0303 ? 0x0303
								 : p->tls_min;
	for (; v <= p->tls_max; v++) {
		size_t usable = 0;
		for (size_t i = 0; i < p->suites.n; i++) {
			const struct suite *s = suite_by_code(p->suites.v[i]);
			if (suite_usable(s) &&
				(v == 0x0304) == !!(s->flags & S_13) &&
				(v >= 0x0303 || !(s->flags & S_12)))
				usable++;
		}
		if (usable)
			continue;
		/* A name that is none has emptied the list. */
		if (!p->suites.n &&
			(diag_has(c->d, DIAG_TC0201) ||
				diag_has(c->d, DIAG_TC0509)))
			return;
		struct diag *g = diag_add(c->d, DIAG_TC0503, at,
			p->suites.n ? "profile '%s' has no cipher suite for "
				      "TLS 1.%d"
				    : "profile '%s' has no cipher suite",
			p->name.text, v - 0x0301);
		if (p->tls_span.file && p->suites.n)
			diag_label(g, p->tls_span, "this allows that version");
		if (p->suites.n && !p->suites_span.file && v == 0x0303)
			diag_help(g,
				"'intermediate' has suites for TLS 1.2 and "
				"1.3: extend it, or add some with 'ciphers += "
				"...'");
		return;
	}
}

static void copy(
	struct check *c, struct m_profile *to, const struct m_profile *from)
{
	to->tls_min = from->tls_min;
	to->tls_max = from->tls_max;
	to->server_preference = from->server_preference;
	to->tickets = from->tickets;
	to->early_data = from->early_data;
	for (size_t i = 0; i < from->suites.n; i++)
		PUSH(c->a, &to->suites) = from->suites.v[i];
	for (size_t i = 0; i < from->groups.n; i++)
		PUSH(c->a, &to->groups) = from->groups.v[i];
}

static void resolve(struct check *c, uint32_t i);

/* The profile that another extends; MODEL_NONE after a report. */
static uint32_t base_of(struct check *c, uint32_t i, const struct ast *extends)
{
	uint32_t b = check_profile_builtin(c, extends->text);

	if (b != MODEL_NONE)
		return b;
	b = check_ref(c, SPACE_PROFILE, extends, "profile");
	if (b == SYMBOL_NONE)
		return MODEL_NONE;
	if (c->profile_state[b] == 1) {
		struct diag *g = diag_add(c->d, DIAG_TC0205,
			check_span(extends),
			b == i ? "profile '%s' extends itself"
			       : "profile '%s' extends itself through others",
			extends->text);
		diag_label(g, check_span(c->decls[SPACE_PROFILE].v[b]),
			"the cycle comes back here");
		return MODEL_NONE;
	}
	resolve(c, b);
	c->m->profiles.v[b].used = 1;
	return b;
}

static void resolve(struct check *c, uint32_t i)
{
	const struct ast *n = c->decls[SPACE_PROFILE].v[i];
	const struct ast *extends = ast_kid(n, AST_EXTENDS);
	int known = 1;

	if (c->profile_state[i])
		return;
	c->profile_state[i] = 1;
	struct m_profile p = {.name = {n->text, check_span(n)},
		.span = n->span,
		.used = c->m->profiles.v[i].used,
		.server_preference = 1,
		.tickets = 1};
	if (extends) {
		uint32_t b = base_of(c, i, extends);
		known = b != MODEL_NONE;
		/* Go on as if it were intermediate, so that nothing follows
		 * from it. */
		if (!known)
			b = check_profile_builtin(c, "intermediate");
		copy(c, &p, &c->m->profiles.v[b]);
	}
	check_settings(c, n, keys, &p);
	check_allow(c, n, n->span);
	if (known)
		judge(c, &p);
	c->m->profiles.v[i] = p;
	c->profile_state[i] = 2;
}

void check_profiles(struct check *c)
{
	size_t n = c->decls[SPACE_PROFILE].n;

	c->profile_state = arena_alloc(c->a, n + 1);
	for (size_t i = 0; i < n; i++)
		PUSH(c->a, &c->m->profiles) = (struct m_profile){
			.name = {
				c->decls[SPACE_PROFILE].v[i]->text, {0, 0, 0}}};
	c->profile_declared = (uint32_t)n;
	for (size_t i = 0; i < n; i++)
		resolve(c, (uint32_t)i);
}

uint32_t check_profile_ref(struct check *c, const struct ast *word)
{
	uint32_t i = check_profile_builtin(c, word->text);

	if (i == MODEL_NONE)
		i = check_ref(c, SPACE_PROFILE, word, "profile");
	if (i == SYMBOL_NONE)
		return MODEL_NONE;
	c->m->profiles.v[i].used = 1;
	return i;
}
