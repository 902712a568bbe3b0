/*
 * TC0315: clauses that send clients into a handshake that cannot succeed.
 *
 * Versions.  tlsd answers with the lower of the client's highest version and
 * the profile's last one, so a client is certainly refused only when its
 * highest is below the profile's first, or when it names no known version; a
 * client above the range may well offer a version inside it (RFC 8446 4.2.1).
 * A clause is reported when all the clients that reach it are refused, whatever
 * its guard says, so an "otherwise" that only old clients reach is one as well.
 *
 * ALPN.  A guard asks for protocols, and the action's list has none of them.  A
 * client that also offers one of the list is served, but not with what the
 * clause asks for; another gets no_application_protocol (RFC 7301 3.2).
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/check/check.h"
#include "grammar/words.h"
#include "bucket.h"
#include "runtime/table/table.h"
#include "sweep.h"
#include "text.h"
#include "verify.h"

#define TOLD 100 /* of one policy: more are one habit */

/* The profile that judges the clients of an action, or none. */
static uint32_t judging(const struct m_action *a)
{
	if (words_decrypts(a->mode))
		return a->profile;
	return a->mode == MODE_PASSTHROUGH ? a->enforce : MODEL_NONE;
}

/* Classes of clients that are not lost for certain. */
static uint8_t fitting(const struct model *m, uint32_t action)
{
	const struct m_action *a = &m->actions.v[action];
	uint32_t p = judging(a);
	uint8_t fit = 0;

	if (p == MODEL_NONE)
		return TLSV_ALL;
	for (unsigned i = 0; i < WORDS_TLS; i++)
		if (words_tls[i].wire >= m->profiles.v[p].tls_min)
			fit |= words_tls[i].bit;
	/* A server that does not know supported_versions answers with TLS 1.2
	 * all the same. */
	if (!words_decrypts(a->mode) && m->profiles.v[p].tls_min <= 0x0303)
		fit |= TLSV_UNKNOWN;
	return fit;
}

uint8_t verify_let_in(const struct model *m, uint32_t action)
{
	return words_decrypts(m->actions.v[action].mode) ? fitting(m, action)
							 : TLSV_ALL;
}

struct serve_place {
	const struct region *where;
	struct cell cell;
};

/* The first, but rather the one with 192.0.2.1, which witnesses show. */
static const struct region *region_with(const struct space *s, uint32_t o)
{
	const vaddr shown = 0xc0000201;
	const struct region *first = NULL;

	for (size_t i = 0; i < s->regions.n; i++) {
		const struct region *g = &s->regions.v[i];

		if (g->outcome != o)
			continue;
		if (g->family == TBL_V4 && g->lo <= shown && g->hi >= shown)
			return g;
		first = first ? first : g;
	}
	return first;
}

/* Does the code (or nobody: SPACE_NONE) decide for a client of the guard's?
 * The place is an example. */
static int decides(struct verify_run *r, uint32_t code, struct guard of,
	struct serve_place *out)
{
	struct space *s = r->s;

	for (uint32_t i = 0; i < s->outcomes.n && r->steps; i++) {
		const struct outcome *o = &s->outcomes.v[i];

		if (!o->used)
			continue;
		s->scratch.n = 0;
		space_cells_make(
			s, s->lists.v + o->list, o->length, &of, &s->scratch);
		r->steps -= r->steps > s->scratch.n ? s->scratch.n : r->steps;
		for (size_t k = 0; k < s->scratch.n; k++)
			if (s->scratch.v[k].first == code) {
				*out = (struct serve_place){
					region_with(s, i), s->scratch.v[k]};
				return 1;
			}
	}
	return 0;
}

/* Of these classes, those whose clients the code decides for. */
static uint8_t taken(struct verify_run *r, uint32_t code, struct guard of)
{
	const uint8_t classes = of.tls;
	struct serve_place at;
	uint8_t out = 0;

	for (unsigned i = 0; i < WORDS_TLS; i++) {
		of.tls = classes & words_tls[i].bit;
		if (of.tls && decides(r, code, of, &at))
			out |= of.tls;
	}
	return out;
}

uint8_t verify_versions_left(struct verify_run *r)
{
	return taken(r, SPACE_NONE, (struct guard){0, 0, TLSV_ALL});
}

int verify_may_serve(const struct verify_run *r, uint32_t list, uint8_t classes)
{
	const struct m_list *l = &r->m->lists.v[list];

	return fitting(r->m, r->m->clauses.v[l->first].action) & classes;
}

/* "TLS 1.1 and older", "TLS 1.2, and unknown versions". */
static const char *classes_text(struct model *m, uint8_t classes)
{
	const char *text = "";

	for (unsigned i = 0; i + 1 < WORDS_TLS; i++) {
		int older = i == 0 && classes & words_tls[0].bit;

		if (!(classes & words_tls[i].bit))
			continue;
		while (older && classes & words_tls[i + 1].bit & ~TLSV_UNKNOWN)
			i++;
		text = arena_printf(m->arena, "%s%s%s%s", text,
			*text ? ", " : "TLS ", words_tls[i].word,
			older ? " and older" : "");
	}
	if (!(classes & TLSV_UNKNOWN))
		return text;
	return *text ? arena_printf(m->arena, "%s, and unknown versions", text)
		     : "unknown TLS versions";
}

static const char *range_text(struct model *m, const struct m_profile *p)
{
	return p->tls_min == p->tls_max
		? words_version(p->tls_min)
		: arena_printf(m->arena, "%s to %s", words_version(p->tls_min),
			  words_version(p->tls_max));
}

/* The setting that is in force for the bucket's list: its own, else the
 * frontend's. */
enum setting { PROFILE, ALPN };

static const struct ast *setting_of(
	const struct fact_scope *f, enum setting what)
{
	return what == PROFILE ? f->profile : f->alpn;
}

static void label_setting(struct verify_run *r, struct diag *g, int own,
	enum setting what, const char *text)
{
	const struct facts *f = r->m->facts;
	const struct ast *n = NULL;

	if (f && !own)
		n = setting_of(&f->scopes.v[f->list_scope.v[r->list]], what);
	for (size_t i = 0; f && !n && i < f->scopes.n; i++)
		if (f->scopes.v[i].node->kind == AST_FRONTEND &&
			f->scopes.v[i].frontend == r->frontend) {
			n = setting_of(&f->scopes.v[i], what);
			break;
		}
	if (n)
		diag_label(g, n->span, "%s", text);
}

static struct span guard_of(const struct m_clause *c)
{
	return c->guard_span.end > c->guard_span.begin ? c->guard_span
						       : c->span;
}

static void note_last(const struct verify_run *r, struct diag *g)
{
	if (r->unserved == TOLD)
		diag_note(g, "only the first %u of these are listed", TOLD);
}

static void report_versions(struct verify_run *r, uint32_t code,
	uint8_t classes, const struct serve_place *at)
{
	struct model *m = r->m;
	const struct m_clause *c = verify_clause_at(r, code);
	const struct m_action *a = &m->actions.v[c->action];
	const struct m_profile *p = &m->profiles.v[judging(a)];
	int open = words_decrypts(a->mode);
	struct diag *g = diag_add(r->d, DIAG_TC0315, guard_of(c),
		"no client of this clause can complete its handshake: it "
		"chooses %s, but profile '%s' allows only TLS %s",
		classes_text(m, classes), p->name.text, range_text(m, p));

	if (open)
		label_setting(r, g, code < r->own, PROFILE,
			"the profile is chosen here");
	verify_report_witness(r, at->where, &at->cell,
		open ? "alert protocol_version" : "cut at the ServerHello", g);
	if (classes & TLSV_1_2)
		diag_help(g,
			"write 'reject handshake-failure', or %s a profile "
			"that starts at TLS 1.2, such as intermediate",
			open ? "choose" : "enforce");
	else
		diag_help(g, "write 'reject handshake-failure'");
	note_last(r, g);
}

/* The action's list, as bits of the space's tokens. */
static uint64_t list_tokens(
	const struct verify_run *r, const struct m_action *a)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < a->alpn.n; i++) {
		int token = r->s->token_of[0][a->alpn.v[i]];

		if (token >= 0)
			bits |= (uint64_t)1 << token;
	}
	return bits;
}

/* Is it the action's list that ALPN is agreed from?  A bridge's client hears
 * what the server chose from the backend's, where there is one. */
static int lists_alpn(const struct model *m, const struct m_action *a)
{
	return a->alpn.n &&
		(a->mode == MODE_OFFLOAD || a->site != MODEL_NONE ||
			(a->mode == MODE_BRIDGE &&
				!m->backends.v[a->backend].alpn.n));
}

/* Can one who is taken offer something of the list as well?  What no guard of
 * the frontend names everybody can. */
static int agrees_else(struct verify_run *r, uint32_t code, struct guard of,
	const struct m_action *a)
{
	uint64_t need = of.need;
	struct serve_place at;

	for (size_t i = 0; i < a->alpn.n && r->steps; i++) {
		int token = r->s->token_of[0][a->alpn.v[i]];

		if (token < 0)
			return 1;
		of.need = need | (uint64_t)1 << token;
		if (!(of.need & of.deny) && decides(r, code, of, &at))
			return 1;
	}
	return !r->steps;
}

static const char *alpn_text(struct model *m, const struct m_action *a)
{
	const char *text = "";

	for (size_t i = 0; i < a->alpn.n; i++)
		text = arena_printf(m->arena, "%s%s\"%s\"", text, i ? ", " : "",
			m->alpns.v[a->alpn.v[i]]);
	return text;
}

static void report_alpn(struct verify_run *r, uint32_t code, struct guard of,
	const struct serve_place *at)
{
	struct model *m = r->m;
	const struct m_clause *c = verify_clause_at(r, code);
	const struct m_action *a = &m->actions.v[c->action];
	const char *asked = r->s->tokens[__builtin_ctzll(of.need)];
	struct diag *g = diag_add(r->d, DIAG_TC0315, guard_of(c),
		"this clause requires ALPN '%s', which its action never "
		"negotiates",
		asked);

	diag_caret(g, "the list in force has only %s", alpn_text(m, a));
	label_setting(r, g, code < r->own, ALPN, "the list in force");
	diag_note(g,
		agrees_else(r, code, of, a)
			? "a client that offers nothing else from that list "
			  "cannot complete the handshake"
			: "none of its clients can complete the handshake");
	verify_report_witness(
		r, at->where, &at->cell, "alert no_application_protocol", g);
	diag_help(g,
		"add '%s' to the list, or use 'passthrough to' a server that "
		"speaks it",
		asked);
	note_last(r, g);
}

enum { TAKES = 1, FITS = 2 };

static void judge_one(struct verify_run *r, uint32_t code, int fits)
{
	const struct guard of = r->s->clauses.v[code].guard;
	const struct m_clause *c = verify_clause_at(r, code);
	const struct m_action *a = &r->m->actions.v[c->action];
	uint8_t fit = fitting(r->m, c->action);
	struct guard lost = of, none = of;
	struct serve_place at;

	lost.tls &= (uint8_t)~fit;
	none.tls &= fit;
	if (!fits && !decides(r, code, none, &at)) {
		if (!decides(r, code, lost, &at))
			return;
		r->unserved++;
		report_versions(r, code, taken(r, code, lost), &at);
		return;
	}
	if (!of.need || !lists_alpn(r->m, a) || of.need & list_tokens(r, a))
		return;
	none.deny |= list_tokens(r, a);
	if (!decides(r, code, none, &at))
		return;
	r->unserved++;
	report_alpn(r, code, of, &at);
}

void verify_judge_service(struct verify_run *r, uint32_t from)
{
	const struct space *s = r->s;
	size_t n = s->clauses.n, c0 = 0;
	const struct cell *c;
	uint8_t *found;

	if (s->overflow || r->unserved >= TOLD)
		return;
	found = space_room(NULL, &c0, n + 1, 1);
	memset(found, 0, n + 1);
	/* Nearly always an example shows that all is well. */
	for (struct space_iter i = {0, 0}; (c = space_next(s, &i));) {
		if (c->first == SPACE_NONE || c->first < from)
			continue;
		found[c->first] |= TAKES;
		if (c->tls &
			fitting(r->m, verify_clause_at(r, c->first)->action))
			found[c->first] |= FITS;
	}
	for (uint32_t code = from; code < n && r->unserved < TOLD; code++)
		if (found[code])
			judge_one(r, code, found[code] & FITS);
	free(found);
}
