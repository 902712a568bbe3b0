/*
 * The space of one bucket, solved: which clause is the first to apply, for
 * every source address, offered ALPN set and TLS version.  The core of the
 * verifier; clause.c, assert.c, canon.c and diff.c read its result.  Method:
 * see verify.c.
 *
 * One object is reused for many buckets: space_begin forgets the last one.
 */
#ifndef COMPILER_VERIFY_SPACE_H
#define COMPILER_VERIFY_SPACE_H

#include "compiler/base/model.h"

__extension__ typedef unsigned __int128 vaddr;

#define SPACE_TOKENS 64        /* ALPN tokens mentioned in one space */
#define SPACE_CELLS (1u << 17) /* of one outcome: more are not computed */
#define SPACE_NONE 0xffffffffu
#define SPACE_IMPOSSIBLE 0xffffffffu /* outcome of ::ffff:0:0/96, see below */

/* Clients: all that offer the tokens of need and none of deny, and whose
 * version is in tls. */
struct guard {
	uint64_t need, deny; /* bits of space's tokens */
	uint8_t tls;         /* bits of enum tls_class */
};

/* A clause in the space, called by its number there ("code"): clause `model`
 * of the layer's model. */
struct space_clause {
	struct guard guard;
	uint32_t model;
	uint8_t layer;
};

/* Clients that fare alike: which clause is the first to apply; which is the
 * second (one layer) or the first of layer 1; which markers hold; and the
 * simplest of them as an example. */
/* Some clients with the same outcome, and one of them as an example. */
struct cell {
	uint32_t first, second, marks;
	uint8_t tls;      /* the example's: one bit of enum tls_class */
	uint8_t versions; /* of all of them */
	uint64_t alpn;    /* the example's */
};
struct cells {
	struct cell *v;
	size_t n, cap;
};

/* An outcome: its cells, together all clients, and the clauses and markers
 * that can matter in it. */
struct outcome {
	uint32_t cells, count;
	uint32_t list, length; /* in space.lists */
	uint8_t used;          /* some region has it */
};

/* Addresses where every client's outcome is the same.  v4-mapped addresses are
 * v4 clients (route.h), so their v6 block is impossible and belongs to no
 * outcome. */
struct region {
	vaddr lo, hi;
	uint32_t outcome;
	uint8_t family;
};

struct space {
	struct arena *arena; /* of the model: keeps expanded sets */
	unsigned layers;
	int overflow; /* too many tokens, or cells of one outcome */

	const char *tokens[SPACE_TOKENS];
	unsigned token_count;
	int8_t token_of[2][64]; /* layer and model's alpn index -> token */

	VEC(struct space_clause) clauses;
	VEC(struct guard) marks;

	/* Clauses and markers with one source test are one group: linked by
	 * next, in order.  everywhere is the group of any source; `not in` a
	 * large set is a group of holes instead of a huge complement. */
	VEC(struct space_group) groups;
	VEC(uint32_t) group_table;
	VEC(struct space_code) codes;
	uint32_t everywhere;
	unsigned holed; /* groups of holes */
	VEC(struct space_entry) entries, merged;

	VEC(struct region) regions; /* ascending, v4 first, all of both */
	VEC(struct outcome) outcomes;
	struct cells cells;            /* of all outcomes */
	VEC(uint32_t) lists;           /* codes, markers before clauses */
	VEC(struct space_known) known; /* lists and their outcomes */
	VEC(uint32_t) known_table;
	VEC(uint32_t) raw; /* the register of sweep_list.c */
	struct cells scratch;
};

struct space *space_new(struct arena *a);
void space_free(struct space **s);

void space_begin(struct space *s, unsigned layers);
/* The next clauses of a layer, in the order of precedence; all of layer 0
 * before layer 1. */
void space_add(struct space *s, struct model *m, unsigned layer, uint32_t first,
	uint32_t count);
/* A guard that decides nothing but is recorded (a predicate): the number of
 * its bit.  prefixes NULL: any source.  prefixes must be canonical. */
struct token_test {
	const char *token;
	int negated;
};
unsigned space_mark(struct space *s, const struct m_prefix *prefixes, size_t n,
	const struct token_test *tests, size_t test_count, uint8_t tls);
/* 0, or -1 on overflow: then there is no result. */
int space_solve(struct space *s);

static inline const struct outcome *space_outcome(
	const struct space *s, const struct region *g)
{
	return &s->outcomes.v[g->outcome];
}
static inline const struct cell *space_cell(
	const struct space *s, const struct outcome *o, uint32_t i)
{
	return &s->cells.v[o->cells + i];
}
/* Every cell that occurs: for (i = 0; (c = space_next(s, &i));). */
struct space_iter {
	uint32_t outcome, cell;
};
const struct cell *space_next(const struct space *s, struct space_iter *i);
/* The outcome's cells among the clients of a clause's guard; valid until the
 * next call. */
const struct cells *space_within(
	struct space *s, const struct outcome *o, uint32_t code);
/* The outcome's cells among the clients of these versions; as above. */
const struct cells *space_of_versions(
	struct space *s, const struct outcome *o, uint8_t versions);
/* Who is first for one client; *marks may be NULL. */
uint32_t space_at(const struct space *s, const struct outcome *o, uint64_t alpn,
	uint8_t tls, uint32_t *marks);

/* Applies to every query. */
int space_unconditional(const struct m_clause *c);
/* A clause's sources as maximal stretches of addresses, ascending, v4 first.
 * The caller frees out->v. */
struct stretch {
	vaddr lo, hi;
	uint8_t family;
};
struct stretches {
	struct stretch *v;
	size_t n, cap;
};
void space_stretches(
	const struct model *m, const struct m_clause *c, struct stretches *out);

struct m_prefix space_address(uint8_t family, vaddr a);
vaddr space_number(const struct m_prefix *p);
vaddr space_last(const struct m_prefix *p);

/* Memory for n elements in a malloc'd vector; its content is kept. */
#define SPACE_ROOM(vec, want)                                                  \
	((vec).v = space_room((vec).v, &(vec).cap, (want), sizeof(*(vec).v)))
void *space_room(void *v, size_t *cap, size_t want, size_t elem);

#endif
