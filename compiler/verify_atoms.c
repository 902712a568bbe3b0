/*
 * The finite half of a bucket's space: 2^k offered ALPN sets x 5 version
 * classes, called atoms, cut into the classes that the bucket's guards can
 * tell apart.  Most buckets have one to six classes, so everything behind this
 * file costs a handful of steps per region, whatever k is.
 */
#include <stdlib.h>
#include <string.h>

#include "verify_space.h"

/* Nicest first: a witness shows the newest client that fits. */
static const uint8_t versions[5] = {
#define WORD_TLSV(id, bit, word, wire) bit,
#include "../grammar/words.def"
};

static uint8_t version(unsigned i)
{
	return i < 4 ? versions[3 - i] : versions[4];
}

static uint32_t guard_hash(struct guard g)
{
	uint64_t h = ((uint64_t)g.need << 32 | g.deny) * 0x9e3779b97f4a7c15u;

	h = (h ^ h >> 29 ^ g.tls) * 0xbf58476d1ce4e5b9u;
	return (uint32_t)(h >> 32);
}

static void rehash(struct space *s, size_t size)
{
	SPACE_ROOM(s->guard_table, size);
	s->guard_table.n = size;
	memset(s->guard_table.v, 0xff, size * sizeof(uint32_t));
	for (uint32_t i = 0; i < s->guards.n; i++) {
		size_t at = guard_hash(s->guards.v[i]) & (size - 1);

		while (s->guard_table.v[at] != SPACE_NONE)
			at = (at + 1) & (size - 1);
		s->guard_table.v[at] = i;
	}
}

/* The number of an equal guard; a new one when there is none. */
uint32_t atoms_guard(struct space *s, struct guard g)
{
	size_t mask, at;

	if (s->guard_table.n < 2 * (s->guards.n + 1))
		rehash(s, s->guard_table.n ? 2 * s->guard_table.n : 16);
	mask = s->guard_table.n - 1;
	for (at = guard_hash(g) & mask; s->guard_table.v[at] != SPACE_NONE;
	     at = (at + 1) & mask) {
		struct guard *o = &s->guards.v[s->guard_table.v[at]];

		if (o->need == g.need && o->deny == g.deny && o->tls == g.tls)
			return s->guard_table.v[at];
	}
	SPACE_ROOM(s->guards, s->guards.n + 1);
	s->guards.v[s->guards.n] = g;
	s->guard_table.v[at] = (uint32_t)s->guards.n;
	return (uint32_t)s->guards.n++;
}

static int guard_matches(const struct guard *g, struct atom a)
{
	return (a.alpn & g->need) == g->need && !(a.alpn & g->deny) &&
		(a.tls & g->tls);
}

static struct atom atom_at(size_t i)
{
	struct atom a = { (uint32_t)(i / 5), version((unsigned)(i % 5)) };

	return a;
}

/* Split every class that the guard cuts in two. */
static void refine(struct space *s, const struct guard *g, size_t atoms,
	uint32_t *in, uint32_t *all, uint32_t *half)
{
	unsigned before = s->classes;

	memset(in, 0, before * sizeof(*in));
	memset(all, 0, before * sizeof(*all));
	for (size_t i = 0; i < atoms; i++) {
		all[s->class_of.v[i]]++;
		in[s->class_of.v[i]] += (uint32_t)guard_matches(g, atom_at(i));
	}
	for (unsigned c = 0; c < before; c++)
		half[c] = in[c] && in[c] < all[c] ? s->classes++ : c;
	if (s->classes == before)
		return;
	for (size_t i = 0; i < atoms; i++)
		if (guard_matches(g, atom_at(i)))
			s->class_of.v[i] = half[s->class_of.v[i]];
}

/* Fewest tokens, then the lowest tokens, then the newest version. */
static int simpler(struct atom a, struct atom b)
{
	int pa = __builtin_popcount(a.alpn), pb = __builtin_popcount(b.alpn);

	return pa != pb ? pa < pb : a.alpn < b.alpn;
}

static void pick_reps(struct space *s, size_t atoms)
{
	SPACE_ROOM(s->reps, s->classes);
	s->reps.n = s->classes;
	memset(s->reps.v, 0, s->classes * sizeof(*s->reps.v));
	for (size_t i = 0; i < atoms; i++) {
		struct atom *r = &s->reps.v[s->class_of.v[i]];
		struct atom a = atom_at(i);

		if (r->tls == 0 || simpler(a, *r))
			*r = a;
	}
}

static void make_masks(struct space *s)
{
	size_t n;

	s->words = (s->classes + 63) / 64;
	n = s->guards.n * s->words;
	SPACE_ROOM(s->masks, n);
	memset(s->masks.v, 0, n * sizeof(uint64_t));
	for (size_t g = 0; g < s->guards.n; g++)
		for (unsigned c = 0; c < s->classes; c++)
			if (guard_matches(&s->guards.v[g], s->reps.v[c]))
				s->masks.v[g * s->words + c / 64] |=
					(uint64_t)1 << c % 64;
}

void atoms_classes(struct space *s)
{
	size_t atoms = (size_t)5 << s->token_count, most = atoms + 1, cap = 0;
	uint32_t small[3 * 41];
	uint32_t *room = most <= 41 ? small :
		space_room(NULL, &cap, 3 * most, sizeof(*room));

	SPACE_ROOM(s->class_of, atoms);
	memset(s->class_of.v, 0, atoms * sizeof(*s->class_of.v));
	s->classes = 1;
	for (size_t g = 0; g < s->guards.n && s->classes < atoms; g++)
		refine(s, &s->guards.v[g], atoms, room, room + most,
			room + 2 * most);
	pick_reps(s, atoms);
	make_masks(s);
	if (room != small)
		free(room);
}
