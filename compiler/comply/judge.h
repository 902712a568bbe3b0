/*
 * Does a route meet a standard's requirements?  One judge for the lints, which
 * report what is not met, and for `tlsc comply`, which also reports what is.
 */
#ifndef COMPILER_COMPLY_JUDGE_H
#define COMPILER_COMPLY_JUDGE_H

#include "compiler/check/check.h"
#include "compiler/check/comply.h"

/* A clause, and the scope whose settings it has. */
struct comply_clause {
	const struct m_clause *clause;
	const struct fact_scope *f;
};

/* One route, arm or frontend's own clauses under one standard. */
struct comply_duty {
	struct arena *a;
	struct model *m;
	const struct fact_scope *f;
	const struct comply_standard *s;
	VEC(struct comply_clause) clauses;
};

/* Whether a frontend's own clauses are judged with a route: they decide for its
 * names, too, and perhaps for others. */
enum comply_own { COMPLY_OWN, COMPLY_WITHOUT_OWN };

/* Every clause by which a connection of the scope can be decided, the
 * frontend's own before the route first.  Those are left out when the frontend
 * is under the standard itself: then they are the frontend's to answer for. */
struct comply_duty comply_begin(struct arena *a, struct model *m,
	const struct fact_scope *f, const struct comply_standard *s,
	enum comply_own own);

enum comply_verdict {
	COMPLY_MET,
	COMPLY_BROKEN,
	COMPLY_CLAIMED, /* it rests on what somebody says of the network */
	COMPLY_UNREAD,  /* a file was not read */
};

/* One thing that was looked at. */
struct comply_point {
	enum comply_check check;
	enum comply_verdict verdict;
	const struct m_clause *clause;
	struct span at;   /* what satisfies or breaks it */
	const char *what; /* "profile 'old' allows TLS 1.0" */
	const char *how;  /* how that is known */
};

typedef void (*comply_fn)(
	void *arg, const struct comply_duty *d, const struct comply_point *p);

/* Versions, suites, groups, keys, and who the server is (TC0601). */
void comply_tls(const struct comply_duty *d, comply_fn fn, void *arg);
/* What passes through, and what leaves in the clear (TC0602, TC0603). */
void comply_hops(const struct comply_duty *d, comply_fn fn, void *arg);

/* It is passed through, and nothing is held against it. */
int comply_unheld(const struct model *m, const struct m_action *a);
/* The first of its backends that gets clear text where no segment encrypts it, or
 * MODEL_NONE. */
uint32_t comply_bare_backend(const struct model *m, const struct m_action *a);
/* It leaves in clear text where no segment encrypts it. */
int comply_bare(const struct model *m, const struct m_action *a);

#endif
