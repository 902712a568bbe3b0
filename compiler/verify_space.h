/*
 * The space of one bucket, solved: which clause is the first to apply, for
 * every source address, offered ALPN set and TLS version.  The heart of the
 * verifier; verify_clause.c, verify_assert.c, verify_canon.c and diff.c read
 * its result.  Method: see verify.c.
 *
 * One object is reused for many buckets: space_begin forgets the last one.
 */
#ifndef COMPILER_VERIFY_SPACE_H
#define COMPILER_VERIFY_SPACE_H

#include "model.h"

__extension__ typedef unsigned __int128 vaddr;

/* ALPN tokens that one space may tell apart: a frontend's guards at most 12
 * (check.c), an assertion's or another policy's come on top. */
#define SPACE_TOKENS 16
#define SPACE_NONE 0xffffffffu
#define SPACE_IMPOSSIBLE 0xffffffffu /* leaf of ::ffff:0:0/96, see below */

/* What a client is besides its address: offered tokens and version. */
struct atom {
	uint32_t alpn; /* bits of space_token */
	uint8_t tls;   /* one WORD_TLSV bit */
};

struct guard {
	uint32_t need, deny; /* bits of space_token */
	uint8_t tls;
};

/* A clause in the space: clause `model` of layer's model. */
struct space_clause {
	uint32_t model;
	uint32_t guard;
	uint8_t layer;
};

/* Addresses from lo up to the next region's (or the family's end), where
 * every class has the same outcome: leaf.  v4-mapped addresses are v4 clients
 * (route.h), so their v6 block is impossible and belongs to no outcome. */
struct region {
	vaddr lo, hi;
	uint32_t leaf;
	uint8_t family;
};

struct space {
	struct arena *arena; /* of the model: keeps expanded sets */
	unsigned layers;
	int overflow; /* more than SPACE_TOKENS were mentioned */

	const char *tokens[SPACE_TOKENS];
	unsigned token_count;
	int8_t token_of[2][64]; /* layer and model's alpn index -> token */

	VEC(struct space_clause) clauses;
	VEC(struct guard) guards;
	VEC(uint32_t) guard_table;
	unsigned markers;

	/* Atoms that no guard tells apart are one class. */
	unsigned classes, words;
	VEC(struct atom) reps;      /* per class: the simplest atom */
	VEC(uint64_t) masks;        /* per guard: words of class bits */
	VEC(uint32_t) class_of;     /* per atom */

	/* Clauses and markers with one source test are one group: linked by
	 * next, in order.  everywhere is the group of any source; `not in` a
	 * large set is a group of holes instead of a huge complement. */
	VEC(struct space_group) groups;
	VEC(uint32_t) group_table;
	VEC(struct space_code) codes;
	uint32_t everywhere;
	unsigned holed;             /* groups of holes */
	VEC(struct space_entry) entries, merged;
	VEC(uint32_t) levels;       /* the sweep's stack of outcomes */

	VEC(struct region) regions; /* ascending, v4 first, all of both */
	/* Leaf i is outcomes[i * 3 * classes]: per class the first clause;
	 * then per class the second (one layer) or layer 1's first; then per
	 * class the markers that hold. */
	VEC(uint32_t) outcomes;
	uint32_t leaf_count;
	VEC(uint32_t) leaf_table;
};

struct space *space_new(struct arena *a);
void space_free(struct space **s);

void space_begin(struct space *s, unsigned layers);
/* The next clauses of a layer, in the order of precedence; all of layer 0
 * before layer 1. */
void space_add(struct space *s, struct model *m, unsigned layer,
	uint32_t first, uint32_t count);
/* A guard that decides nothing but is recorded (a predicate): the number of
 * its bit.  prefixes NULL: any source.  prefixes must be canonical. */
struct token_test { const char *token; int negated; };
unsigned space_mark(struct space *s, const struct m_prefix *prefixes, size_t n,
	const struct token_test *tests, size_t test_count, uint8_t tls);
/* 0, or -1 when too many tokens are mentioned. */
int space_solve(struct space *s);

static inline const uint32_t *space_first(const struct space *s, uint32_t leaf)
{
	return s->outcomes.v + (size_t)leaf * 3 * s->classes;
}
static inline const uint32_t *space_second(const struct space *s,
	uint32_t leaf)
{
	return space_first(s, leaf) + s->classes;
}
static inline const uint32_t *space_marks(const struct space *s, uint32_t leaf)
{
	return space_first(s, leaf) + 2 * s->classes;
}
/* Does clause i (of s->clauses) apply to this class, source aside? */
static inline int space_guard_has(const struct space *s, uint32_t i,
	unsigned class_)
{
	return s->masks.v[(size_t)s->clauses.v[i].guard * s->words +
		class_ / 64] >> (class_ % 64) & 1;
}

/* Applies to every query. */
int space_unconditional(const struct m_clause *c);
/* A clause's sources as maximal stretches of addresses, ascending, v4 first.
 * The caller frees out->v. */
struct stretch {
	vaddr lo, hi;
	uint8_t family;
};
struct stretches { struct stretch *v; size_t n, cap; };
void space_stretches(const struct model *m, const struct m_clause *c,
	struct stretches *out);

struct m_prefix space_address(uint8_t family, vaddr a);
vaddr space_number(const struct m_prefix *p);
vaddr space_last(const struct m_prefix *p);

/* verify_atoms.c: the distinct guards, and the classes they make. */
uint32_t atoms_guard(struct space *s, struct guard g);
void atoms_classes(struct space *s);

/* Room for n elements in a malloc'd vector; what is there is kept. */
#define SPACE_ROOM(vec, want) \
	((vec).v = space_room((vec).v, &(vec).cap, (want), sizeof(*(vec).v)))
void *space_room(void *v, size_t *cap, size_t want, size_t elem);

#endif
