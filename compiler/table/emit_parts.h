/*
 * Between the files of emit only: emit.c (order, layout, sealing), emit_parts.c
 * (the parts of actions), emit_rules.c (the rules), emit_extra.c (rarely used
 * settings), emit_names.c (names and index), emit_content.c (sites), emit_paths.c
 * (their paths and index), emit_index.c (indices), emit_buf.c (growing sections,
 * strings once each).
 */
#ifndef COMPILER_EMIT_PARTS_H
#define COMPILER_EMIT_PARTS_H

#include "compiler/base/model.h"
#include "grammar/table.h"

struct emit_buf {
	uint8_t *p;
	size_t n, cap;
};

/* Content to offset or number: open addressing over hashes. */
struct intern {
	uint32_t *slot; /* value + 1; 0 is free */
	uint64_t *hash;
	size_t n, cap;
};

/* An index as TABLE.md has it: hashes of all keys, and the slot of the first key
 * of each home. */
struct emit_plan {
	uint64_t *hash;
	uint32_t *start;
	uint32_t buckets;
};

struct emit {
	const struct model *m;
	struct emit_buf section[TBL_CLIMIT + 1]; /* not NAMEREC, NAMEIDX */
	uint64_t name_size;                      /* of NAMEREC */
	uint64_t name_count;
	struct intern strings, sets;
	struct emit_plan *plan; /* of the names */
	struct emit_plan paths; /* of the paths */
	uint64_t path_count;
	/* Old index to new, MODEL_NONE: nothing reachable needs it. */
	uint32_t *profile, *cert, *limit, *backend, *action, *list;
	uint32_t *site, *caction;
	uint32_t set_count;
	const char *err;
};

/* n zeroed octets at the end; valid until the next call. */
void *emit_buf_add(struct emit_buf *b, size_t n);
void *emit_alloc(size_t n); /* zeroed; ends tlsc when there is none */
uint32_t emit_str(struct emit *e, const char *s); /* NULL: the empty one */
/* Where to look for the next candidate of this hash; see intern_next. */
uint32_t *emit_intern_slot(struct intern *t, uint64_t hash, size_t *at);
uint64_t emit_hash(const void *data, size_t len);
void emit_free(struct emit *e);

/* What frontends reach, and its new numbers. */
void emit_reach(struct emit *e);
/* Every section but the names', in e->section. */
void emit_parts(struct emit *e);
/* EXTRA and TRUST; after emit_parts's others. */
void emit_extra(struct emit *e);
/* Clauses, lists, sets, source map; then frontends and listeners. */
void emit_rules(struct emit *e);

/* A set's prefixes in SRC, once; where they begin. */
uint32_t emit_set(struct emit *e, const struct m_set *s);

/* What is reached through sites; emit_reach's.  Marks: the numbers come later. */
void emit_reach_sites(struct emit *e);
/* TERM to CLIMIT, of a model that reaches a site; after all others. */
void emit_content(struct emit *e);
/* PATHREC of a site, whose lists' numbers begin with *list, behind the root. */
void emit_paths(struct emit *e, const struct m_site *s, uint32_t number,
	struct tbl_site *t, uint32_t *list);
/* As for names, below; write after the records are complete. */
uint32_t emit_paths_plan(
	struct emit *e, const uint64_t seed[2], uint32_t buckets);
void emit_paths_write(struct emit *e, struct tbl_bucket *b);

/* Of n hashes; the longest way, or 0: longer than TBL_PROBE_MAX. */
uint32_t emit_index_plan(struct emit_plan *p, uint64_t n, uint32_t buckets);
uint32_t emit_index_home(const struct emit_plan *p, uint64_t key);
/* Key number `key` into the next slot of its home. */
void emit_index_put(
	struct emit_plan *p, struct tbl_bucket *b, uint64_t key, uint32_t off);
void emit_index_free(struct emit_plan *p);

/* Size and number of the names into e, counts and depths into FRONTEND. */
void emit_names_measure(struct emit *e);
/* Hashes the names and returns the longest probe of an index with that many
 * buckets (more slots than names), or 0 when it would exceed TBL_PROBE_MAX. */
uint32_t emit_names_plan(
	struct emit *e, const uint64_t seed[2], uint32_t buckets);
/* Records and index by the last plan; b is zero. */
void emit_names_write(const struct emit *e, uint8_t *rec, struct tbl_bucket *b);
void emit_names_unplan(struct emit *e);

#endif
