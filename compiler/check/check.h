/*
 * From the tree to the checked model: names to declarations, types, ranges,
 * defaults.  Reports TC01xx literals, TC02xx, and the structural TC03xx (0303,
 * 0304 for a route without an action, 0306, 0309, 0310), TC0503, TC0701.
 */
#ifndef COMPILER_CHECK_H
#define COMPILER_CHECK_H

#include "compiler/base/model.h"
#include "compiler/base/options.h"
#include "compiler/diag/diag.h"
#include "compiler/syntax/ast.h"
#include "resolve.h"

/* The model holds whatever was sound; NULL never.  Emit it only when no error
 * was reported.  Its facts are filled for the lints. */
struct model *check_model(struct arena *a, struct sources *s, struct diags *d,
	const struct options *o, const struct resolved *r);

/* A requirement set that a route is to comply with (lint/comply.c). */
struct fact_comply {
	const char *name; /* "pci-dss-4.0" */
	struct span span;
};

/* A route, an arm, or a frontend's own `when` clauses: what the model does not
 * keep of the text. */
struct fact_scope {
	const char *name;
	const struct ast *node;
	uint32_t frontend;
	uint32_t own;                        /* the scope of its own clauses */
	uint32_t list_first, list_count;     /* its lists; none: own clauses */
	uint32_t clause_first, clause_count; /* of its first list */
	/* Its own settings, or NULL when it inherits or has none. */
	const struct ast *certificate, *profile, *alpn, *client_auth;
	uint32_t profile_index; /* in force; TBL_NONE when none was named */
	VEC(uint32_t) certs;    /* in force */
	VEC(struct fact_comply) comply;         /* the frontend's too */
	const char *client_ca, *client_ca_open; /* in force, or NULL */
	struct span client_ca_span;
	const char *client_crl, *client_crl_open; /* in force, or NULL */
	struct span client_crl_span;
	struct span name_span;
	uint8_t from_map; /* its names come from a map */
};

/* A set of names. */
struct fact_names {
	struct m_name name;
	struct span span;
	int used;
};

struct check;
struct facts {
	struct check *check; /* what check_dropped looks names up in */
	VEC(struct fact_scope) scopes;
	VEC(uint32_t) list_scope; /* per list: its scope */
	VEC(struct fact_names) names;
	const struct ast *root;
	const struct ast *params; /* resolve.h */
	struct sources *sources;
	uint32_t root_file;
	int unknown_files; /* --no-fs left list files out */
	/* Hash set over the model's patterns: number + 1 under the number
	 * mask, a piece of the hash above it; 0 is free. */
	uint32_t *slots;
	uint32_t number_mask;
	size_t slot_mask;
};

/* dropped.c: TC0201 in branches of `where` that were not chosen.  Comes last,
 * because nothing in such a branch changes the meaning of the chosen ones. */
void check_dropped(struct model *m);

/* The pattern's place: its text as written, with the quotes. */
struct span check_pattern_span(
	const struct sources *s, const struct m_pattern *p);
/* The pattern with exactly this key, or MODEL_NONE. */
uint32_t check_pattern_find(
	const struct model *m, uint32_t frontend, const char *key, size_t len);

/* Is the name one of the built-in profiles'?  And is the profile what that
 * name means without a declaration? */
int check_profile_reserved(const char *name);
int check_profile_is_builtin(const struct m_profile *p);

#endif
