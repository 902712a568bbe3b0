/*
 * What the readers of sites share: site.c (paths, clauses), site_term.c (guards),
 * site_answer.c (answers and header edits), site_path.c (the text of a path).
 */
#ifndef COMPILER_CHECK_SITE_H
#define COMPILER_CHECK_SITE_H

#include "priv.h"

/* One clause's guard as bits of the site's terms. */
struct site_guard {
	uint64_t need, deny;
	int never;  /* it contradicts itself: reported */
	int unsure; /* part of it could not be read, or was not opened */
	struct span span;
};

/* site_term.c: terms that the site does not have yet are added to it. */
void check_site_guard(struct check *c, struct m_site *s,
	const struct ast *guard, struct site_guard *g);

/* site_answer.c: the number of the answer, or MODEL_NONE with a report. */
uint32_t check_answer(struct check *c, const struct ast *n);
/* The edits among a block's children. */
struct edit_vec {
	struct m_edit *v;
	size_t n, cap;
};
void check_edits(
	struct check *c, const struct ast *block, struct edit_vec *out);

/* site_path.c: is it in its normal form?  0, or -1 with a report. */
int check_path_text(struct check *c, const struct ast *n, int is_exact);

/* The name of a header field in lower case, or NULL with a report; of a cookie,
 * as it is. */
const char *check_field_name(struct check *c, const struct ast *n);
const char *check_cookie_name(struct check *c, const struct ast *n);
/* A text that goes into or is compared with what HTTP carries; or NULL. */
const char *check_http_text(
	struct check *c, const struct ast *n, const char *what);

#endif
