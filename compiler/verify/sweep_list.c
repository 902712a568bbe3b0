/*
 * The lists of clauses that the sweep meets, and the outcome of each.  A list
 * is built in space.raw, which serves as a register: begin, append, then ask for
 * its outcome, which sorts and shortens what is there.  Equal lists have one
 * outcome; known_table finds them by open addressing.  Called by sweep.c.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sweep.h"

static uint32_t list_hash(const uint32_t *v, size_t n)
{
	uint64_t h = 0x9e3779b97f4a7c15u ^ n;

	for (size_t i = 0; i < n; i++)
		h = (h ^ v[i]) * 0xff51afd7ed558ccdu, h ^= h >> 32;
	return (uint32_t)(h ^ h >> 29);
}

static void grow_known(struct space *s)
{
	size_t size = s->known_table.n ? 2 * s->known_table.n : 16;

	SPACE_ROOM(s->known_table, size);
	s->known_table.n = size;
	memset(s->known_table.v, 0xff, size * sizeof(uint32_t));
	for (uint32_t i = 0; i < s->known.n; i++) {
		size_t at = s->known.v[i].hash & (size - 1);

		while (s->known_table.v[at] != SPACE_NONE)
			at = (at + 1) & (size - 1);
		s->known_table.v[at] = i;
	}
}

/* The slot of a list in known_table: taken by an equal one, or free. */
static size_t known_at(
	struct space *s, const uint32_t *v, size_t n, uint32_t hash)
{
	size_t at;

	if (s->known_table.n < 2 * (s->known.n + 1))
		grow_known(s);
	for (at = hash & (s->known_table.n - 1);
		s->known_table.v[at] != SPACE_NONE;
		at = (at + 1) & (s->known_table.n - 1)) {
		const struct space_known *k = &s->known.v[s->known_table.v[at]];

		if (k->hash == hash && k->length == n &&
			(n == 0 ||
				memcmp(s->lists.v + k->list, v,
					n * sizeof(*v)) == 0))
			break;
	}
	return at;
}

static uint32_t keep_list(struct space *s, const uint32_t *v, size_t n)
{
	uint32_t at = (uint32_t)s->lists.n;

	SPACE_ROOM(s->lists, s->lists.n + n);
	memcpy(s->lists.v + at, v, n * sizeof(*v));
	s->lists.n += n;
	return at;
}

static void learn(struct space *s, const uint32_t *v, size_t n, uint32_t hash,
	uint32_t outcome)
{
	size_t at = known_at(s, v, n, hash);

	SPACE_ROOM(s->known, s->known.n + 1);
	s->known.v[s->known.n] = (struct space_known){
		keep_list(s, v, n), (uint32_t)n, hash, outcome};
	s->known_table.v[at] = (uint32_t)s->known.n++;
}

static int by_code(const void *x, const void *y)
{
	uint32_t a = *(const uint32_t *)x ^ MARKER;
	uint32_t b = *(const uint32_t *)y ^ MARKER;

	return a < b ? -1 : a > b;
}

/* Sorted, markers first, each once; returns how many are left. */
static size_t tidy(uint32_t *v, size_t n)
{
	size_t k = 0;

	for (size_t i = 1; i < n; i++)
		if (by_code(&v[i - 1], &v[i]) >= 0) {
			qsort(v, n, sizeof(*v), by_code);
			break;
		}
	for (size_t i = 0; i < n; i++)
		if (k == 0 || v[k - 1] != v[i])
			v[k++] = v[i];
	return k;
}

/* Keeps of the list those clauses that are first or second for some client, and
 * all markers: no deeper clause can promote the others.  The list's cells are
 * those from `cells` on. */
static void reduce(struct space *s, size_t cells)
{
	size_t n = s->raw.n, k = 0, codes = 0;
	uint32_t *hit;

	for (size_t i = 0; i < n; i++)
		codes += !(s->raw.v[i] & MARKER);
	if (codes <= 1)
		return;
	/* After the list: two clauses of each cell, and the markers. */
	SPACE_ROOM(s->raw, n + 2 * (s->cells.n - cells) + n);
	hit = s->raw.v + n;
	for (size_t i = cells; i < s->cells.n; i++) {
		const struct cell *c = &s->cells.v[i];

		if (c->first != SPACE_NONE)
			hit[k++] = c->first;
		if (c->second != SPACE_NONE)
			hit[k++] = c->second;
	}
	k = tidy(hit, k);
	for (size_t i = 0; i < n; i++)
		if (s->raw.v[i] & MARKER)
			hit[k++] = s->raw.v[i];
	k = tidy(hit, k);
	assert(k <= n); /* all of them are of the list */
	memcpy(s->raw.v, hit, k * sizeof(*hit));
	s->raw.n = k;
}

void sweep_list_begin(struct space *s)
{
	SPACE_ROOM(s->raw, 1);
	s->raw.n = 0;
}

void sweep_list_code(struct space *s, uint32_t code)
{
	SPACE_ROOM(s->raw, s->raw.n + 1);
	s->raw.v[s->raw.n++] = code;
}

void sweep_list_append(struct space *s, uint32_t list, uint32_t length)
{
	SPACE_ROOM(s->raw, s->raw.n + length + 1);
	memcpy(s->raw.v + s->raw.n, s->lists.v + list,
		length * sizeof(uint32_t));
	s->raw.n += length;
}

/* The cells of the list, after all others. */
static void make_cells(struct space *s)
{
	size_t n = s->raw.n;

	space_cells_make(s, s->raw.v, n, NULL, &s->cells);
	assert(s->raw.n == n); /* it has its own scratch */
}

/* The outcome that a list leads to, or SPACE_NONE. */
static uint32_t seen(struct space *s, uint32_t hash)
{
	size_t at = known_at(s, s->raw.v, s->raw.n, hash);
	uint32_t known = s->known_table.v[at];

	return known == SPACE_NONE ? SPACE_NONE : s->known.v[known].outcome;
}

uint32_t sweep_list_outcome(struct space *s)
{
	size_t cells = s->cells.n, n = s->raw.n = tidy(s->raw.v, s->raw.n);
	uint32_t hash = list_hash(s->raw.v, n), id = seen(s, hash), fresh;

	if (id != SPACE_NONE)
		return id;
	make_cells(s);
	fresh = (uint32_t)s->outcomes.n;
	learn(s, s->raw.v, n, hash, fresh);
	reduce(s, cells);
	if (s->raw.n < n) {
		hash = list_hash(s->raw.v, s->raw.n);
		id = seen(s, hash);
		if (id != SPACE_NONE) {
			/* The long list leads where the short one does. */
			s->known.v[s->known.n - 1].outcome = id;
			s->cells.n = cells;
			return id;
		}
		learn(s, s->raw.v, s->raw.n, hash, fresh);
	}
	SPACE_ROOM(s->outcomes, s->outcomes.n + 1);
	s->outcomes.v[s->outcomes.n++] = (struct outcome){(uint32_t)cells,
		(uint32_t)(s->cells.n - cells), s->known.v[s->known.n - 1].list,
		(uint32_t)s->raw.n, 0};
	return fresh;
}

void sweep_list_keep(struct space *s, struct space_group *g)
{
	size_t cells = s->cells.n;

	s->raw.n = tidy(s->raw.v, s->raw.n);
	if (s->raw.n > 2) {
		make_cells(s);
		reduce(s, cells);
		s->cells.n = cells;
	}
	g->list = keep_list(s, s->raw.v, s->raw.n);
	g->length = (uint32_t)s->raw.n;
}
