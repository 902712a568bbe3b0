/*
 * Sites as octets to hash: by content, so neither the names of sites nor the
 * numbers of terms count.  Within a path the order of clauses does.
 */
#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "grammar/table.h"

static void put_set(struct canon *c, const struct model *m, uint32_t set)
{
	const struct m_set *s = &m->sets.v[set];

	canon_u32(c, (uint32_t)s->prefixes.n);
	for (size_t i = 0; i < s->prefixes.n; i++) {
		canon_u32(c,
			(uint32_t)s->prefixes.v[i].family << 8 |
				s->prefixes.v[i].len);
		canon_put(c, s->prefixes.v[i].addr, 16);
	}
}

static void finish(struct canon *c, uint8_t out[32])
{
	canon_hash(c, out);
	canon_free(c);
}

static int hash_cmp(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static void put_sorted(struct canon *c, uint8_t (*h)[32], size_t n)
{
	if (n)
		qsort(h, n, sizeof(*h), hash_cmp);
	canon_u32(c, (uint32_t)n);
	canon_put(c, h, n * sizeof(*h));
}

static void row(const struct model *m, const struct m_term *t, uint8_t out[32])
{
	struct canon c = {0};

	canon_u32(&c, t->kind);
	canon_text(&c, t->name);
	canon_text(&c, t->value);
	if (t->set != MODEL_NONE)
		put_set(&c, m, t->set);
	finish(&c, out);
}

/* Of each term of the site; h has room for TBL_TERMS_MAX. */
static void terms(
	const struct model *m, const struct m_site *s, uint8_t (*h)[32])
{
	uint8_t(*rows)[32] = NULL;
	size_t cap = 0, i = 0, n;

	rows = space_room(NULL, &cap, s->terms.n + 1, sizeof(*rows));
	while (i < s->terms.n) {
		unsigned bit = s->terms.v[i].bit;
		struct canon c = {0};

		for (n = 0; i < s->terms.n && s->terms.v[i].bit == bit; i++)
			row(m, &s->terms.v[i], rows[n++]);
		put_sorted(&c, rows, n);
		finish(&c, h[bit]);
	}
	free(rows);
}

static void put_bits(struct canon *c, uint64_t bits, uint8_t (*terms_)[32])
{
	uint8_t h[TBL_TERMS_MAX][32];
	size_t n = 0;

	for (; bits; bits &= bits - 1)
		memcpy(h[n++], terms_[__builtin_ctzll(bits)], 32);
	put_sorted(c, h, n);
}

static void put_splits(
	struct canon *c, const struct model *m, const struct m_caction *a)
{
	uint8_t h[TBL_SPLITS_MAX][32], backend[32];
	size_t i;

	for (i = 0; i < a->splits.n && i < TBL_SPLITS_MAX; i++) {
		const struct m_split *s = &a->splits.v[i];
		struct canon one = {0};

		canon_backend(m, s->backend, backend);
		canon_put(&one, backend, 32);
		canon_u32(&one, a->splits.n > 1 ? s->weight : 1);
		/* What clients remember is made of the name. */
		if (a->sticky)
			canon_text(&one, m->backends.v[s->backend].name.text);
		finish(&one, h[i]);
	}
	put_sorted(c, h, i);
}

static void put_answer(
	struct canon *c, const struct model *m, const struct m_caction *a)
{
	canon_u32(c, (uint32_t)a->kind << 16 | a->status);
	canon_text(c, a->text);
	canon_text(c, a->sticky);
	put_splits(c, m, a);
}

static void put_edits(struct canon *c, const struct m_edit *v, size_t n)
{
	canon_u32(c, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		canon_u32(c,
			(uint32_t)v[i].side << 16 | (uint32_t)v[i].op << 8 |
				v[i].value);
		canon_text(c, v[i].name);
		canon_text(c, v[i].text);
	}
}

static void put_path(struct canon *c, const struct model *m,
	const struct m_path *p, uint8_t (*terms_)[32])
{
	canon_u32(c, p->is_exact);
	canon_u32(c, p->len);
	canon_put(c, p->text, p->len);
	put_edits(c, p->edits.v, p->edits.n);
	canon_u32(c, p->count);
	for (uint32_t i = 0; i < p->count; i++) {
		const struct m_cclause *t = &m->cclauses.v[p->first + i];

		put_bits(c, t->need, terms_);
		put_bits(c, t->deny, terms_);
		put_answer(c, m, &m->cactions.v[t->action]);
	}
}

void canon_site(const struct model *m, uint32_t site, uint8_t out[32])
{
	const struct m_site *s;
	uint8_t h[TBL_TERMS_MAX][32];
	struct canon c = {0};

	memset(out, 0, 32);
	if (site == MODEL_NONE)
		return;
	s = &m->sites.v[site];
	terms(m, s, h);
	put_edits(&c, s->edits.v, s->edits.n);
	canon_u32(&c, (uint32_t)s->paths.n);
	for (size_t i = 0; i < s->paths.n; i++)
		put_path(&c, m, &s->paths.v[i], h);
	finish(&c, out);
}
