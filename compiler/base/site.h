/*
 * Sites of a model: whose backends they are, and which bucket a path has.
 */
#ifndef COMPILER_SITE_H
#define COMPILER_SITE_H

#include "model.h"

/* Fills in the backends that the site's clauses name, and its mode. */
void site_settle(struct model *m, struct m_site *s);

/* The backends that an action may reach, *n of them: its own, those of its
 * site, or none. */
const uint32_t *site_backends(
	const struct model *m, const struct m_action *a, size_t *n);

/* The site's `under "/"`, or NULL while it is being read and lacks it. */
const struct m_path *site_root(const struct m_site *s);
/* The bucket of a path in one reading; as content_list. */
const struct m_path *site_path(
	const struct m_site *s, const char *text, size_t len);

/* Ascending by text, `is` before `under`. */
int site_path_cmp(const struct m_path *a, const struct m_path *b);

#endif
