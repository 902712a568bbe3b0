/*
 * The canonical decision function.  A bucket becomes: its distinct actions,
 * sorted; then the address line cut where the outcome changes, each stretch
 * naming an outcome; an outcome is a reduced ordered decision tree over the
 * ALPN tokens (sorted by name; a token that changes nothing is not there) with
 * the five versions at its leaves.  Two buckets that decide alike give the
 * same octets.
 *
 * A frontend becomes its limits and arms, then its name patterns in order of
 * reversed labels, without those that decide as the next less
 * specific pattern does: by freshness (verify.c) every pattern's own region
 * has names, so what is left is determined by the function alone.  Names of
 * routes, backends, profiles, certificates and frontends are not part of it.
 */
#include "verify_canon.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "../runtime/table.h"
#include "verify.h"
#include "verify_names.h"

struct shape {
	struct model *m;
	struct space *s;
	VEC(const uint8_t *) actions;    /* distinct hashes, sorted */
	unsigned order[SPACE_TOKENS];    /* the space's tokens by name */
	VEC(uint32_t) tree_of;           /* outcome -> tree */
	struct canon trees, out;
	VEC(size_t) ends;                /* of tree i in trees */
	VEC(uint32_t) table;             /* of trees, open addressing */
};

static int bytes_cmp(const void *a, const void *b)
{
	return memcmp(*(const uint8_t *const *)a, *(const uint8_t *const *)b,
		32);
}

static const uint8_t *action_of(const struct shape *h, uint32_t code)
{
	static const uint8_t undecided[32];

	if (code == SPACE_NONE)
		return undecided;
	return canon_action(h->m,
		h->m->clauses.v[h->s->clauses.v[code].model].action);
}

static void list_actions(struct shape *h)
{
	const struct cell *c;
	size_t k = 0;

	for (struct space_iter i = { 0, 0 }; (c = space_next(h->s, &i));) {
		const uint8_t *a = action_of(h, c->first);

		SPACE_ROOM(h->actions, k + 1);
		if (k == 0 || h->actions.v[k - 1] != a)
			h->actions.v[k++] = a;
	}
	qsort(h->actions.v, k, sizeof(*h->actions.v), bytes_cmp);
	h->actions.n = 0;
	for (size_t i = 0; i < k; i++)
		if (i == 0 || memcmp(h->actions.v[i],
			h->actions.v[h->actions.n - 1], 32) != 0)
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

		for (; k > 0 && strcmp(h->s->tokens[h->order[k - 1]],
			h->s->tokens[i]) > 0; k--)
			h->order[k] = h->order[k - 1];
		h->order[k] = i;
	}
}

/* Clients about whom so much is known: what they offer and do not. */
struct known { uint64_t has, lacks; };

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
		const struct guard *g = &h->s->clauses.v[
			h->s->lists.v[o->list + i]].guard;

		bits |= g->need | g->deny;
	}
	return bits;
}

/* Reduced and ordered: a token is asked about only where it makes a
 * difference, always in the order of names. */
static void tree(struct shape *h, const struct outcome *o, uint64_t tokens,
	unsigned depth, struct known k)
{
	static const uint8_t versions[5] = { 0x01, 0x02, 0x04, 0x08, 0x10 };
	uint32_t by[5];
	size_t start, lo, hi;
	unsigned v = 0;
	uint64_t bit;

	while (v < 5 && certain(h, o, &k, versions[v], &by[v]))
		v++;
	if (v == 5) {
		for (v = 0; v < 5; v++)
			canon_u32(&h->trees, action_ref(h,
				action_of(h, by[v])));
		return;
	}
	while (!(tokens >> h->order[depth] & 1))
		depth++;
	bit = (uint64_t)1 << h->order[depth];
	start = h->trees.n;
	canon_u32(&h->trees, 0xffffffffu);
	canon_text(&h->trees, h->s->tokens[h->order[depth]]);
	lo = h->trees.n;
	tree(h, o, tokens, depth + 1, (struct known){ k.has, k.lacks | bit });
	hi = h->trees.n;
	tree(h, o, tokens, depth + 1, (struct known){ k.has | bit, k.lacks });
	if (h->trees.n - hi != hi - lo || memcmp(h->trees.v + lo,
		h->trees.v + hi, hi - lo) != 0)
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
	tree(h, o, mentioned(h, o), 0, (struct known){ 0, 0 });
	n = h->trees.n - from;
	if (h->table.n < 2 * (h->ends.n + 1))
		grow_table(h);
	for (at = home(h, from, from + n); h->table.v[at] != SPACE_NONE;
	     at = (at + 1) & (h->table.n - 1)) {
		uint32_t i = h->table.v[at];
		size_t b = tree_begin(h, i);

		if (h->ends.v[i] - b == n && memcmp(h->trees.v + b,
			h->trees.v + from, n) == 0) {
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

/* A policy tells at most 12 tokens apart in a frontend.  A table from another
 * hand may hold more, and its trees could be as large as 2^tokens: then the
 * clauses as they stand are hashed, which is only canonical for themselves. */
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
		const struct m_set *set = c->src_test == TBL_SRC_ANY ? NULL :
			&h->m->sets.v[c->set];

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

void canon_bucket(struct model *m, struct space *s, uint32_t frontend,
	uint32_t list, uint8_t out[32])
{
	struct shape h = { .m = m, .s = s };

	load(&h, frontend, list);
	shape_bucket(&h, out);
	shape_free(&h);
}

/* Hashes of buckets by list, made when first asked for. */
struct policy {
	struct shape h;
	uint32_t frontend;
	uint8_t (*bucket)[32];
	uint8_t *known;
	uint32_t *number;  /* per list: of its hash in the stream, from 1 */
	VEC(uint32_t) seen; /* lists whose hash has a number, by hash */
	uint32_t next;
	struct canon out;
	gnutls_hash_hd_t hash;
};

static const uint8_t *bucket(struct policy *p, uint32_t list)
{
	if (!p->known[list]) {
		load(&p->h, p->frontend, list);
		shape_bucket(&p->h, p->bucket[list]);
		p->known[list] = 1;
	}
	return p->bucket[list];
}

static int row_cmp(const void *a, const void *b)
{
	return memcmp(a, b, 64);
}

/* Rows of (listener, what its clients meet): how listeners are spread over
 * frontends that do the same makes no difference. */
struct rows { uint8_t (*v)[64]; size_t n, cap; };

static void put_listeners(struct rows *rows, const struct m_frontend *f,
	const uint8_t function[32])
{
	for (size_t i = 0; i < f->listeners.n; i++) {
		const struct m_listener *l = &f->listeners.v[i];
		struct canon one = { 0 };

		canon_u32(&one, (uint32_t)l->family << 16 | l->port);
		canon_put(&one, l->addr, 16);
		canon_text(&one, l->path);
		SPACE_ROOM(*rows, rows->n + 1);
		canon_hash(&one, rows->v[rows->n]);
		memcpy(rows->v[rows->n++] + 32, function, 32);
		canon_free(&one);
	}
}

static void put_settings(struct policy *p, const struct m_frontend *f)
{
	struct model *m = p->h.m;
	uint8_t h[32];

	canon_limit(m, f->limit, h);
	canon_put(&p->out, h, 32);
	canon_u32(&p->out, f->proxy_set != MODEL_NONE);
	for (size_t i = 0; f->proxy_set != MODEL_NONE &&
	     i < m->sets.v[f->proxy_set].prefixes.n; i++) {
		const struct m_prefix *x =
			&m->sets.v[f->proxy_set].prefixes.v[i];

		canon_u32(&p->out, (uint32_t)x->family << 8 | x->len);
		canon_put(&p->out, x->addr, 16);
	}
	canon_put(&p->out, bucket(p, f->no_sni), 32);
	canon_put(&p->out, bucket(p, f->default_), 32);
	canon_put(&p->out, bucket(p, f->malformed), 32);
}

static void flush(struct policy *p)
{
	gnutls_hash(p->hash, p->out.v, p->out.n);
	p->out.n = 0;
}

static void remember(struct policy *p, uint32_t list);

static void grow_seen(struct policy *p)
{
	size_t n = p->seen.n;
	uint32_t *old = p->seen.v;

	p->seen.v = NULL;
	p->seen.cap = 0;
	p->seen.n = n ? 2 * n : 64;
	SPACE_ROOM(p->seen, p->seen.n);
	memset(p->seen.v, 0xff, p->seen.n * sizeof(*old));
	for (size_t i = 0; i < n; i++)
		if (old[i] != SPACE_NONE)
			remember(p, old[i]);
	free(old);
}

static size_t seen_at(const struct policy *p, const uint8_t *hash)
{
	uint32_t x;
	size_t at;

	memcpy(&x, hash, 4);
	for (at = x & (p->seen.n - 1); p->seen.v[at] != SPACE_NONE &&
	     memcmp(p->bucket[p->seen.v[at]], hash, 32) != 0;
	     at = (at + 1) & (p->seen.n - 1))
		;
	return at;
}

static void remember(struct policy *p, uint32_t list)
{
	p->seen.v[seen_at(p, p->bucket[list])] = list;
}

/* Lists that do the same have one number; a new one brings its hash. */
static uint32_t number(struct policy *p, uint32_t list)
{
	const uint8_t *hash = bucket(p, list);
	uint32_t other;

	if (p->number[list])
		return p->number[list];
	if (p->seen.n < 2 * ((size_t)p->next + 1))
		grow_seen(p);
	other = p->seen.v[seen_at(p, hash)];
	if (other != SPACE_NONE)
		return p->number[list] = p->number[other];
	remember(p, list);
	canon_put(&p->out, hash, 32);
	return p->number[list] = ++p->next;
}

static void put_name(struct policy *p, const struct name_entry *e,
	uint32_t list)
{
	uint8_t head[2] = { e->kind, e->len };

	canon_put(&p->out, head, 2);
	canon_put(&p->out, e->base, e->len);
	canon_u32(&p->out, number(p, list));
	if (p->out.n > 65536)
		flush(p);
}

static void put_names(struct policy *p, uint32_t default_)
{
	struct name_walk w;
	struct name_walk *const walks[1] = { &w };
	const struct name_entry *e;

	names_walk(&w, names_of(p->h.m, p->frontend));
	while ((e = names_next(walks, 1))) {
		uint32_t less, list = names_at(&w, e, &less);

		if (less == NAMES_NONE)
			less = default_;
		if (list != less &&
		    memcmp(bucket(p, list), bucket(p, less), 32) != 0)
			put_name(p, e, list);
	}
}

static void hash_frontend(struct policy *p, uint8_t out[32])
{
	struct model *m = p->h.m;
	const struct m_frontend *f = &m->frontends.v[p->frontend];

	memset(p->known, 0, m->lists.n + 1);
	memset(p->number, 0, (m->lists.n + 1) * sizeof(*p->number));
	p->next = 0;
	p->seen.n = 0;
	p->out.n = 0;
	gnutls_hash_init(&p->hash, GNUTLS_DIG_SHA256);
	put_settings(p, f);
	put_names(p, f->default_);
	flush(p);
	gnutls_hash_deinit(p->hash, out);
}

void verify_semantic(struct model *m)
{
	struct policy p = { .h = { .m = m, .s = space_new(m->arena) } };
	struct canon all = { 0 };
	struct rows rows = { NULL, 0, 0 };
	size_t c[3] = { 0 };
	uint8_t h[32];

	p.bucket = space_room(NULL, &c[0], m->lists.n + 1, 32);
	p.known = space_room(NULL, &c[1], m->lists.n + 1, 1);
	p.number = space_room(NULL, &c[2], m->lists.n + 1, sizeof(*p.number));
	for (p.frontend = 0; p.frontend < m->frontends.n; p.frontend++) {
		hash_frontend(&p, h);
		put_listeners(&rows, &m->frontends.v[p.frontend], h);
	}
	if (rows.n)
		qsort(rows.v, rows.n, sizeof(*rows.v), row_cmp);
	canon_text(&all, "tlsp semantic 1");
	canon_put(&all, rows.v, rows.n * sizeof(*rows.v));
	canon_hash(&all, m->semantic);
	canon_free(&all);
	canon_free(&p.out);
	shape_free(&p.h);
	space_free(&p.h.s);
	free(p.seen.v);
	free(rows.v);
	free(p.number);
	free(p.known);
	free(p.bucket);
}
