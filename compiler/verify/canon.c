/*
 * The canonical form of a bucket: its distinct actions, sorted; then the
 * address line cut where the outcome changes, each stretch naming an outcome;
 * an outcome is a reduced ordered decision tree over the ALPN tokens (sorted by
 * name; a token that changes nothing is left out) with the five versions at its
 * leaves.  Two buckets that decide equally give the same octets.
 */
#include "canon.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/table/table.h"

struct shape {
	struct model *m;
	struct space *s;
	VEC(const uint8_t *) actions; /* distinct hashes, sorted */
	unsigned order[SPACE_TOKENS]; /* the space's tokens by name */
	VEC(uint32_t) tree_of;        /* outcome -> tree */
	struct canon trees, out;
	VEC(size_t) ends;    /* of tree i in trees */
	VEC(uint32_t) table; /* of trees, open addressing */
};

static int bytes_cmp(const void *a, const void *b)
{
	return memcmp(
		*(const uint8_t *const *)a, *(const uint8_t *const *)b, 32);
}

static const uint8_t *action_of(const struct shape *h, uint32_t code)
{
	static const uint8_t undecided[32];

	if (code == SPACE_NONE)
		return undecided;
	return canon_action(
		h->m, h->m->clauses.v[h->s->clauses.v[code].model].action);
}

static void list_actions(struct shape *h)
{
	const struct cell *c;
	size_t k = 0;

	for (struct space_iter i = {0, 0}; (c = space_next(h->s, &i));) {
		const uint8_t *a = action_of(h, c->first);

		SPACE_ROOM(h->actions, k + 1);
		if (k == 0 || h->actions.v[k - 1] != a)
			h->actions.v[k++] = a;
	}
	qsort(h->actions.v, k, sizeof(*h->actions.v), bytes_cmp);
	h->actions.n = 0;
	for (size_t i = 0; i < k; i++)
		if (i == 0 ||
			memcmp(h->actions.v[i], h->actions.v[h->actions.n - 1],
				32) != 0)
			h->actions.v[h->actions.n++] = h->actions.v[i];
}

static uint32_t action_ref(const struct shape *h, const uint8_t *a)
{
	size_t lo = 0, hi = h->actions.n;

	while (hi - lo > 1) {
		size_t mid = (lo + hi) / 2;

		if (memcmp(h->actions.v[mid], a, 32) <= 0)
			lo = mid;
		else
			hi = mid;
	}
	return (uint32_t)lo;
}

static void sort_tokens(struct shape *h)
{
	for (unsigned i = 0; i < h->s->token_count; i++) {
		unsigned k = i;

		for (; k > 0 &&
			strcmp(h->s->tokens[h->order[k - 1]], h->s->tokens[i]) >
				0;
			k--)
			h->order[k] = h->order[k - 1];
		h->order[k] = i;
	}
}

/* Clients about whom so much is known: what they offer and do not. */
struct known {
	uint64_t has, lacks;
};

/* The first clause for them at a version.  0: it depends on more. */
static int certain(const struct shape *h, const struct outcome *o,
	const struct known *k, uint8_t tls, uint32_t *by)
{
	*by = SPACE_NONE;
	for (uint32_t i = 0; i < o->length; i++) {
		uint32_t code = h->s->lists.v[o->list + i];
		const struct guard *g = &h->s->clauses.v[code].guard;

		if ((g->need & k->lacks) || (g->deny & k->has) ||
			!(g->tls & tls))
			continue;
		if ((g->need & ~k->has) || (g->deny & ~k->lacks))
			return 0;
		*by = code;
		return 1;
	}
	return 1;
}

static uint64_t mentioned(const struct shape *h, const struct outcome *o)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < o->length; i++) {
		const struct guard *g =
			&h->s->clauses.v[h->s->lists.v[o->list + i]].guard;

		bits |= g->need | g->deny;
	}
	return bits;
}

/* Reduced and ordered: a token is asked about only where it makes a
 * difference, always in the order of names. */
static void tree(struct shape *h, const struct outcome *o, uint64_t tokens,
	unsigned depth, struct known k)
{
	static const uint8_t versions[5] = {0x01, 0x02, 0x04, 0x08, 0x10};
	uint32_t by[5];
	size_t start, lo, hi;
	unsigned v = 0;
	uint64_t bit;

	while (v < 5 && certain(h, o, &k, versions[v], &by[v]))
		v++;
	if (v == 5) {
		for (v = 0; v < 5; v++)
			canon_u32(
				&h->trees, action_ref(h, action_of(h, by[v])));
		return;
	}
	while (!(tokens >> h->order[depth] & 1))
		depth++;
	bit = (uint64_t)1 << h->order[depth];
	start = h->trees.n;
	canon_u32(&h->trees, 0xffffffffu);
	canon_text(&h->trees, h->s->tokens[h->order[depth]]);
	lo = h->trees.n;
	tree(h, o, tokens, depth + 1, (struct known){k.has, k.lacks | bit});
	hi = h->trees.n;
	tree(h, o, tokens, depth + 1, (struct known){k.has | bit, k.lacks});
	if (h->trees.n - hi != hi - lo ||
		memcmp(h->trees.v + lo, h->trees.v + hi, hi - lo) != 0)
		return;
	memmove(h->trees.v + start, h->trees.v + lo, hi - lo);
	h->trees.n = start + (hi - lo);
}

static size_t tree_begin(const struct shape *h, uint32_t i)
{
	return i ? h->ends.v[i - 1] : 0;
}

static size_t home(const struct shape *h, size_t from, size_t to)
{
	uint64_t x = 0x9e3779b97f4a7c15u;

	for (size_t i = from; i < to; i++)
		x = (x ^ h->trees.v[i]) * 0x100000001b3u;
	return (size_t)(x ^ x >> 32) & (h->table.n - 1);
}

static void grow_table(struct shape *h)
{
	size_t size = h->table.n ? 2 * h->table.n : 16;

	SPACE_ROOM(h->table, size);
	h->table.n = size;
	memset(h->table.v, 0xff, size * sizeof(*h->table.v));
	for (uint32_t i = 0; i < h->ends.n; i++) {
		size_t at = home(h, tree_begin(h, i), h->ends.v[i]);

		while (h->table.v[at] != SPACE_NONE)
			at = (at + 1) & (size - 1);
		h->table.v[at] = i;
	}
}

/* The number of an outcome's tree, in the order of first use. */
static uint32_t tree_number(struct shape *h, uint32_t outcome)
{
	const struct outcome *o = &h->s->outcomes.v[outcome];
	size_t from = h->trees.n, n, at;

	if (h->tree_of.v[outcome] != SPACE_NONE)
		return h->tree_of.v[outcome];
	tree(h, o, mentioned(h, o), 0, (struct known){0, 0});
	n = h->trees.n - from;
	if (h->table.n < 2 * (h->ends.n + 1))
		grow_table(h);
	for (at = home(h, from, from + n); h->table.v[at] != SPACE_NONE;
		at = (at + 1) & (h->table.n - 1)) {
		uint32_t i = h->table.v[at];
		size_t b = tree_begin(h, i);

		if (h->ends.v[i] - b == n &&
			memcmp(h->trees.v + b, h->trees.v + from, n) == 0) {
			h->trees.n = from;
			return h->tree_of.v[outcome] = i;
		}
	}
	h->table.v[at] = (uint32_t)h->ends.n;
	SPACE_ROOM(h->ends, h->ends.n + 1);
	h->ends.v[h->ends.n] = h->trees.n;
	return h->tree_of.v[outcome] = (uint32_t)h->ends.n++;
}

static void put_regions(struct shape *h)
{
	struct space *s = h->s;
	uint32_t last = SPACE_NONE;
	uint8_t family = 0;

	for (size_t i = 0; i < s->regions.n; i++) {
		const struct region *g = &s->regions.v[i];
		struct m_prefix at = space_address(g->family, g->lo);
		uint32_t l;

		if (g->outcome == SPACE_IMPOSSIBLE)
			continue;
		l = tree_number(h, g->outcome);
		if (l == last && g->family == family)
			continue;
		last = l;
		family = g->family;
		canon_u32(&h->out, family);
		canon_put(&h->out, at.addr, 16);
		canon_u32(&h->out, l);
	}
}

/* A policy tells at most 12 tokens apart in a frontend.  A table that tlsc did
 * not write may hold more, and its trees could be as large as 2^tokens: then
 * the clauses are hashed as they are, which is canonical for this text only. */
#define TREE_TOKENS 16

static int too_large(const struct shape *h)
{
	return h->s->overflow || h->s->token_count > TREE_TOKENS;
}

static void put_tokens(struct shape *h, uint64_t bits)
{
	canon_u32(&h->out, (uint32_t)__builtin_popcountll(bits));
	for (; bits; bits &= bits - 1)
		canon_text(&h->out, h->s->tokens[__builtin_ctzll(bits)]);
}

static void put_clauses(struct shape *h)
{
	for (size_t i = 0; i < h->s->clauses.n; i++) {
		const struct space_clause *x = &h->s->clauses.v[i];
		const struct m_clause *c = &h->m->clauses.v[x->model];
		const struct m_set *set = c->src_test == TBL_SRC_ANY
			? NULL
			: &h->m->sets.v[c->set];

		put_tokens(h, x->guard.need);
		put_tokens(h, x->guard.deny);
		canon_u32(&h->out, (uint32_t)c->src_test << 8 | c->tls_mask);
		for (size_t k = 0; set && k < set->prefixes.n; k++) {
			canon_u32(&h->out, set->prefixes.v[k].len);
			canon_put(&h->out, set->prefixes.v[k].addr, 16);
		}
		canon_put(&h->out, canon_action(h->m, c->action), 32);
	}
}

static void shape_bucket(struct shape *h, uint8_t out[32])
{
	struct space *s = h->s;

	if (too_large(h)) {
		h->out.n = 0;
		put_clauses(h);
		canon_hash(&h->out, out);
		return;
	}
	list_actions(h);
	sort_tokens(h);
	SPACE_ROOM(h->tree_of, s->outcomes.n);
	memset(h->tree_of.v, 0xff, s->outcomes.n * sizeof(*h->tree_of.v));
	h->ends.n = h->table.n = h->trees.n = h->out.n = 0;
	put_regions(h);
	canon_u32(&h->out, (uint32_t)h->ends.n);
	canon_put(&h->out, h->trees.v, h->trees.n);
	canon_u32(&h->out, (uint32_t)h->actions.n);
	for (size_t i = 0; i < h->actions.n; i++)
		canon_put(&h->out, h->actions.v[i], 32);
	canon_hash(&h->out, out);
}

static void shape_free(struct shape *h)
{
	free(h->actions.v);
	free(h->tree_of.v);
	free(h->ends.v);
	free(h->table.v);
	canon_free(&h->trees);
	canon_free(&h->out);
}

static void load(struct shape *h, uint32_t frontend, uint32_t list)
{
	struct model *m = h->m;
	const struct m_frontend *f = &m->frontends.v[frontend];

	space_begin(h->s, 1);
	if (list != f->malformed)
		space_add(h->s, m, 0, f->pre_first, f->pre_count);
	space_add(h->s, m, 0, m->lists.v[list].first, m->lists.v[list].count);
	space_solve(h->s);
}

struct shape *canon_shape(struct model *m)
{
	size_t cap = 0;
	struct shape *h = space_room(NULL, &cap, 1, sizeof(*h));

	memset(h, 0, sizeof(*h));
	h->m = m;
	h->s = space_new(m->arena);
	return h;
}

void canon_shape_free(struct shape **h)
{
	space_free(&(*h)->s);
	shape_free(*h);
	free(*h);
	*h = NULL;
}

void canon_bucket(
	struct shape *h, uint32_t frontend, uint32_t list, uint8_t out[32])
{
	load(h, frontend, list);
	shape_bucket(h, out);
}
