/*
 * What the files of this folder share.
 */
#ifndef COMPILER_LINT_PRIV_H
#define COMPILER_LINT_PRIV_H

#include "compiler/base/arena.h"
#include "compiler/check/check.h"
#include "grammar/table.h"
#include "grammar/words.h"
#include "lint.h"

struct lint_run {
	struct model *m;
	const struct facts *f;
	struct sources *s;
	struct diags *d;
	const struct options *o;
	const struct resolved *r;
	struct arena *a;
	enum diag_id id; /* of the lint that runs */
	uint32_t *names; /* lint_name_here: a list's first name; or NULL */
};

#define LINT_PREREQUISITES 5
struct lint {
	enum diag_id id;
	void (*function)(struct lint_run *r);
	enum diag_id needs[LINT_PREREQUISITES]; /* not reported */
};

#define LINT(id, function, ...) void function(struct lint_run *r);
#include "lint.def"

/* ca.c: TC0419 in files of CAs and CRLs. */
void lint_key_in_ca(struct lint_run *r);

/* clear.c: TC0313 for servers that get HTTP/2 in clear text. */
void lint_clear_h2(struct lint_run *r);

/* util.c */
/* Does the action terminate TLS? */
int lint_decrypts(const struct m_action *a);
/* The statement with the white space that would remain, for fixes. */
struct span lint_statement(struct lint_run *r, struct span span);
/* One element of a comma-separated list, with its comma. */
struct span lint_element(struct lint_run *r, struct span span);
/* The facts of a list's route or arm. */
const struct fact_scope *lint_scope(const struct lint_run *r, uint32_t list);
/* "[2001:db8::1]:443", "api.internal:80", unix:"/p"; arena-owned. */
const char *lint_server(struct lint_run *r, const struct m_server *v);
/* First clause of the scope's lists whose action satisfies `want`. */
const struct m_clause *lint_clause(const struct lint_run *r,
	const struct fact_scope *f, int (*want)(const struct m_action *a));
/* The declaring statement, for places inside it; linear: on findings only. */
const struct ast *lint_find(
	const struct lint_run *r, enum ast_kind kind, struct span name);
/* The first clause that sends to each backend in the mode, or NULL; made once
 * per lint: clauses are many. */
const struct m_clause **lint_first_uses(struct lint_run *r, uint8_t mode);
/* A map's clauses are written once and meant for backends that its lines name:
 * a label at the first name that is decided by this one. */
void lint_name_here(
	struct lint_run *r, struct diag *g, const struct m_clause *clause);
int lint_offloads(const struct m_action *a);
int lint_bridges(const struct m_action *a);

#endif
