/*
 * What the files of diff share; diff.h is for others.
 */
#ifndef COMPILER_DIFF_PRIV_H
#define COMPILER_DIFF_PRIV_H

#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/verify/names.h"
#include "compiler/verify/space.h"
#include "grammar/table.h"
#include "grammar/words.h"
#include "diff.h"

#define PUSH(arena, vec)                                                       \
	(*(arena_grow((arena), &(vec)->v, (vec)->n, &(vec)->cap,               \
		   sizeof(*(vec)->v)),                                         \
		&(vec)->v[(vec)->n++]))

/* The groups of a pair of lists: found[first .. first + count). */
struct pair {
	uint32_t lists[2];
	uint32_t first, count;
};

/* The names that a pair of lists is for. */
struct spot {
	const char *arm;                /* "no-sni", "malformed" or NULL */
	const struct name_entry *entry; /* NULL: matched by nothing */
};

/* Clients in words, each once. */
struct client_kinds {
	const char **v;
	size_t n, cap;
	int more; /* too many to tell */
};

/* With which clients a group's change is met: addresses, what they offer and
 * do not offer, frontends. */
struct reach {
	struct stretches at;
	size_t settled; /* how many of them are in order and merged */
	struct client_kinds with, without, places;
	int whole; /* in some region it is for all */
};

/* Spaces of differ.known: changes and groups, to the group; requirements lost
 * or broken (the last of them at the end), and names that moved, to the item;
 * counters that the same clients meet. */
enum {
	DIFF_CHANGES,
	DIFF_GROUPS,
	DIFF_LOSSES,
	DIFF_MOVES,
	DIFF_MET,
	DIFF_BREAKS,
	DIFF_BREAKS_END
};

/* What counts connections: blocks of limits and backends, by their numbers. */
enum diff_counts { DIFF_BY_LIMIT, DIFF_BY_BACKEND };
struct met {
	uint32_t what, old, new_;
};
/* An old one, and the new ones that share its clients. */
struct parts {
	enum diff_counts what;
	uint32_t old, *v;
	size_t n, cap;
};

struct differ {
	struct arena *a;
	struct model *m[2];
	uint32_t f[2]; /* the frontends being compared */
	const struct diff_options *o;
	struct space *s;
	struct diff *out;
	struct trust *trust; /* files read so far */
	VEC(struct pair) pairs;
	VEC(uint32_t) pair_table;
	VEC(uint32_t) found;     /* groups */
	VEC(struct reach) reach; /* per group */
	struct symbols *known;   /* what was met before */
	struct symbols *renames; /* diff_renames */
	struct symbols *words;   /* of the new side's assertions and tests */
	VEC(struct met) met;     /* each once */
	VEC(uint32_t) outcome_first, outcome_count; /* per outcome: groups */
	VEC(uint32_t) outcome_groups;
};

static inline const struct m_frontend *diff_side(
	const struct differ *d, unsigned i)
{
	return &d->m[i]->frontends.v[d->f[i]];
}

static inline int diff_text_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* walk.c: every name of the two frontends being compared. */
void diff_walk(struct differ *d);
void diff_walk_free(struct differ *d);

/* group.c */
#define GROUP_NONE 0xffffffffu
/* The group of a change from one clause to another, made when there is none;
 * c[0] NULL: nothing listened there.  GROUP_NONE: they do the same. */
uint32_t diff_group_of(struct differ *d, const struct m_clause *const c[2]);
/* The group of a comparison that is too large to make. */
uint32_t diff_group_gave_up(struct differ *d, const struct spot *at);
void diff_group_name(struct differ *d, uint32_t group, const struct spot *at);
/* Networks and suffixes in words, when all is collected. */
void diff_groups_finish(struct differ *d);

/* reach.c: a region of the group's clients; all of them in words. */
void diff_reach_add(
	struct differ *d, uint32_t group, const struct region *where);
void diff_reach_text(struct differ *d, uint32_t group);

/* clients.c: one more of them; what a cell of the space, or a clause of a new
 * frontend, is about; all of a group in words. */
void diff_clients_add(
	struct differ *d, struct client_kinds *all, const char *text);
const char *diff_clients_cell(struct differ *d, const struct cell *c);
const char *diff_clients_clause(struct differ *d, const struct m_clause *c);
void diff_clients_text(struct differ *d, uint32_t group);

/* listen.c */
struct matches {
	struct {
		uint32_t f[2];
	} * v;
	size_t n, cap;
};
/* Which frontends the same clients meet. */
void diff_match(struct differ *d, struct matches *out);
/* Listeners that came and went, and frontends that are new. */
void diff_listeners(struct differ *d, const struct matches *p);

/* comply.c: for one name, whose lists these are. */
void diff_comply(
	struct differ *d, const uint32_t lists[2], const struct spot *at);
void diff_comply_finish(struct differ *d);

void diff_segments(struct differ *d); /* segment.c */

/* route.c: the same, for assertions about routes. */
void diff_routes(
	struct differ *d, const uint32_t lists[2], const struct spot *at);

/* Every word of a side's assertions and tests, titles left out. */
struct symbols *diff_words(struct differ *d, unsigned side);

/* apart.c: clients whom the old one counted the new one counts. */
void diff_met(
	struct differ *d, enum diff_counts what, uint32_t old, uint32_t new_);
void diff_more_apart(struct differ *d, enum weaken_id kind,
	const struct parts *p, const char *old, const char *new_);
void diff_apart(struct differ *d);
/* limit.c */
void diff_limits_apart(struct differ *d, const struct parts *p);

/* renamed.c: names of old backends, to the number of the new one that has
 * taken the place. */
struct symbols *diff_renames(const struct differ *d);
/* An old assertion or test, title left out, with the names that
 * its backends have now; the text itself when none has another. */
const char *diff_renamed(const struct differ *d, const char *text);
/* ordered.c: the same text for assertions that differ only in order. */
const char *diff_ordered(struct arena *a, const char *text);
/* texts.c: assertions and tests; param.c; allow.c. */
void diff_texts(struct differ *d);
void diff_params(struct differ *d);
void diff_allows(struct differ *d);

/* server.c: those that are reached, in order; NULL: none. */
const char *diff_servers_text(
	const struct differ *d, const struct m_backend *b);
/* Has b one that a has not? */
int diff_servers_more(const struct m_backend *a, const struct m_backend *b);

/* row.c */
struct diff_item *diff_item(struct differ *d, enum weaken_id kind,
	const char *of, const char *old, const char *new_, const char *why);
void diff_unjudged(
	struct differ *d, enum weaken_id kind, const char *of, const char *why);
/* The same of a file that no change of the two sides touches. */
void diff_elsewhere(
	struct differ *d, enum weaken_id kind, const char *of, const char *why);
/* A list for people: "A, B and 3 more". */
struct listed {
	struct arena *a;
	const char *text;
	unsigned n, most, more;
};
void diff_listed_add(struct listed *l, const char *text);
const char *diff_listed_end(struct listed *l); /* NULL when there is nothing */
struct listed diff_listed(const struct differ *d, unsigned most);
/* The prefixes of b that are not wholly in a; how many. */
size_t diff_prefixes_gained(
	const struct m_set *a, const struct m_set *b, struct listed *l);
/* A pattern in words: "*.x.test", "(any other name)", "(no-sni)". */
const char *diff_spot_text(struct arena *a, const struct spot *at);

#endif
