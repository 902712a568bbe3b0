/*
 * An assertion's predicate, prepared: a conjunction of tests on the query
 * (name, source, ALPN, version) and on the decision (mode, backend, ...).
 */
#ifndef COMPILER_VERIFY_PRED_H
#define COMPILER_VERIFY_PRED_H

#include "compiler/base/model.h"
#include "compiler/base/prefix.h"
#include "compiler/diag/diag.h"
#include "compiler/syntax/ast.h"
#include "names.h"
#include "space.h"

/* sni ...: in these patterns, or (no_sni) none at all. */
struct pred_names {
	struct names set;
	int no_sni, negated;
};

enum pred_about {
	PRED_LISTENER,
	PRED_MODE,
	PRED_BACKEND,
	PRED_REASON,
	PRED_ROUTE,
	PRED_CERTIFICATE,
	PRED_LINK,
	PRED_SEGMENT,
	PRED_CLIENT_AUTH,
	PRED_FLOOR /* the profile's oldest version */,
	PRED_ENFORCING,
	PRED_VERIFY
};

struct pred_fact {
	enum pred_about about;
	int negated;
	VEC(uint32_t) values;    /* mode, reason, client-auth, or an index */
	uint8_t tls;             /* of PRED_FLOOR: bits of enum tls_class */
	VEC(const char *) texts; /* of route */
};

struct pred {
	VEC(struct pred_names) names;
	VEC(struct pred_fact) facts;
	int any_source; /* else: sources */
	struct prefix_vec sources;
	VEC(struct token_test) tokens;
	uint8_t tls;
	int unknown; /* a set that --no-fs left unread */
};

int pred_has(const struct pred_fact *f, uint32_t v);
/* pred_fact.c: what is decided, by numbers of the model.  backend: the action's,
 * one of its site's, or MODEL_NONE, for what goes to none. */
int pred_fact_holds(const struct model *m, const struct pred_fact *f,
	uint32_t list, const struct m_action *a, uint32_t backend);
/* Does it ask which backend it is? */
int pred_asks_backend(const struct pred *p);

/* 0, or -1 when something in it is wrong (reported). */
int pred_read(
	struct model *m, struct diags *d, const struct ast *n, struct pred *p);
/* The decision's half; the listener's own test apart, because it is known
 * before. */
int pred_listener(
	const struct model *m, const struct pred *p, uint32_t frontend);
int pred_decision(const struct model *m, const struct pred *p, uint32_t list,
	uint32_t action, uint32_t backend);

#endif
