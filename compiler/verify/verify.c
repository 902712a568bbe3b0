/*
 * The verifier: exact and complete, without a solver, in nearly linear time.
 *
 * The queries.  frontend x name x source x client.  Names: none, "malformed"
 * (no ClientHello), or any of the valid names.  Sources: IPv4 and IPv6.  A
 * client is a set of offered ALPN tokens and a class of TLS version; only the
 * k tokens that guards mention can matter (k <= 12: check.c), so there
 * are 2^k x 5 clients, called atoms.
 *
 * Names.  exact > "*.p" > "**.p" (longer p first) > default.  The own region
 * of a pattern is what matches it and nothing more specific.
 * Freshness: a wildcard's suffix has at most 240 octets (TC0306), so its
 * region holds more names than any table can: it is never empty.  Hence the
 * clauses of one pattern, the frontend's own before them, are a bucket that
 * can be judged alone: a clause is reachable iff its guard is not covered by
 * the earlier guards of its own bucket.  Shadowing across names needs no
 * search, it is a duplicate key (TC0303).  Own clauses come first in every
 * bucket but malformed's, so they are judged once.
 *
 * A bucket (space.c).  CIDRs are nested or disjoint: sorted, they are a
 * walk of their tree, and one sweep over the addresses (sweep.c) yields
 * the regions where the same clauses hold.  Among clients, the first match is
 * found by splitting only where a guard is still open (space_cells.c): a cell
 * is a set of clients with the same first and the same second clause.  A
 * clause that is neither anywhere at one prefix is neither deeper, so the lists
 * stay short on the way down.  From the cells:
 *   TC0301, TC0302  clauses that are first nowhere; the first ones are the
 *                   blockers                           (clause.c)
 *   TC0302          clauses whose second always does the same
 *                                                      (prune.c)
 *   TC0304          cells without a first: the gap, its lowest address and
 *                   fewest tokens the witness
 *   TC0305          first and second of crossing guards
 *   TC0315          clauses that are first only for clients whom their profile
 *                   refuses                            (serve.c)
 *   assertions      predicates are markers in the sweep (assert.c)
 *   diff            two policies are two layers of it  (diff.c)
 *   semantic id     regions with their actions by content, merged where equal,
 *                   clients as a reduced ordered tree  (canon.c)
 * Cost: merging the sets, then prefixes x cells; a million clauses take a few
 * seconds.  Lists of one unconditional clause, the rule in a map of millions,
 * cost one test, and names share their lists.
 *
 * v4-mapped sources are v4 clients (route.h), so no query has one of
 * ::ffff:0:0/96.  The result is compared with brute force twice: tests/unit
 * and, in another language and through the runtime's lookup, tests/oracle.
 */
#include "verify.h"

#include <stdlib.h>
#include <string.h>

#include "grammar/words.h"
#include "bucket.h"
#include "runtime/table/table.h"

/* The distinct lists of a frontend, in the order of the model. */
static size_t collect(struct verify_run *r, uint32_t *lists)
{
	struct model *m = r->m;
	const struct m_frontend *f = &m->frontends.v[r->frontend];
	size_t n = 0;

	memset(r->pattern, 0xff, m->lists.n * sizeof(*r->pattern));
	for (size_t i = f->pattern_count; i-- > 0;) {
		size_t p = f->pattern_first + i;

		r->pattern[m->patterns.v[p].list] = (uint32_t)p;
	}
	for (uint32_t l = 0; l < m->lists.n; l++)
		if (r->pattern[l] != MODEL_NONE || l == f->no_sni ||
			l == f->default_ || l == f->malformed ||
			(!m->lists.v[l].is_arm &&
				m->lists.v[l].frontend == r->frontend))
			lists[n++] = l;
	return n;
}

static int trivial(const struct model *m, uint32_t list)
{
	const struct m_list *l = &m->lists.v[list];

	return l->count == 1 && space_unconditional(&m->clauses.v[l->first]);
}

/* No gap although the end is conditional: the end may as well apply to
 * everything that gets there, which is what the table asks for.  The last thing
 * that is done, since an own clause may be what leaves it nothing else. */
static void close_list(struct model *m, uint32_t list)
{
	const struct m_list *l = &m->lists.v[list];
	struct m_clause *last;

	if (!l->count)
		return;
	last = &m->clauses.v[l->first + l->count - 1];
	last->src_test = TBL_SRC_ANY;
	last->set = MODEL_NONE;
	last->alpn_need = last->alpn_deny = 0;
	last->tls_mask = TLSV_ALL;
}

/* whole: per list, zero. */
static void judge_frontend(
	struct verify_run *r, uint32_t *lists, uint8_t *whole)
{
	const struct m_frontend *f = &r->m->frontends.v[r->frontend];
	size_t n = collect(r, lists);
	const struct region *where;
	const struct cell *cell;
	uint8_t left = TLSV_ALL; /* version classes */
	int open;

	if (f->torn == MODEL_DISORDER)
		return;
	verify_bucket(r, MODEL_NONE);
	open = verify_find_gap(r->s, &where, &cell);
	if (f->pre_count) {
		left = verify_versions_left(r);
		verify_judge_reach(r, 0);
	}
	for (size_t i = 0; i < n; i++)
		if (r->m->lists.v[lists[i]].torn == MODEL_DISORDER)
			whole[i] = 0;
		else if (!trivial(r->m, lists[i]) ||
			(lists[i] != f->malformed &&
				(!open ||
					!verify_may_serve(r, lists[i], left))))
			whole[i] = (uint8_t)verify_judge_list(r, lists[i]);
	/* Last, so that an own clause does not count as superfluous because of
	 * a clause that it makes unreachable. */
	if (f->pre_count && !r->m->faulty && !f->torn) {
		verify_prune_own(r, lists, n);
		verify_bucket(r, MODEL_NONE);
		verify_judge_service(r, 0);
	}
	for (size_t i = 0; i < n; i++)
		if (whole[i])
			close_list(r->m, lists[i]);
}

void verify_clauses(struct model *m, struct diags *d)
{
	struct verify_run r = {.m = m, .d = d, .steps = 200000000};
	size_t c0 = 0, c1 = 0, c2 = 0, c3 = 0;
	uint32_t *lists = space_room(NULL, &c0, m->lists.n + 1, sizeof(*lists));
	uint8_t *whole;

	r.s = space_new(m->arena);
	r.dropped = space_room(NULL, &c1, m->clauses.n + 1, 1);
	memset(r.dropped, 0, m->clauses.n + 1);
	r.pattern = space_room(NULL, &c2, m->lists.n + 1, sizeof(*r.pattern));
	whole = space_room(NULL, &c3, m->lists.n + 1, 1);
	for (r.frontend = 0; r.frontend < m->frontends.n; r.frontend++) {
		memset(whole, 0, m->lists.n + 1);
		judge_frontend(&r, lists, whole);
	}
	space_free(&r.s);
	free(r.pattern);
	free(r.dropped);
	free(whole);
	free(lists);
}
