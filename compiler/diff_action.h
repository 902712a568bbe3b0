/*
 * What differs between two actions, or two frontends' settings, in words.
 */
#ifndef COMPILER_DIFF_ACTION_H
#define COMPILER_DIFF_ACTION_H

#include "diff.h"

/* Fills changed, weaker and weakened. */
void diff_action(struct arena *a, struct model *om, uint32_t old,
	struct model *nm, uint32_t new_, struct diff_group *g);
void diff_settings(struct arena *a, const struct model *om,
	const struct m_frontend *old, const struct model *nm,
	const struct m_frontend *new_, struct diff *out);

#endif
