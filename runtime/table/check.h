/*
 * Between the files of the validator only: check.c (header, directory, order
 * of the passes), check_parts.c (STR to ACTION), check_rules.c (SRC to LIST,
 * FRONTEND to TESTS), check_names.c (NAMEREC and NAMEIDX), check_extra.c (EXTRA
 * and TRUST), check_content.c (TERM to CLIST), check_sites.c (PATHREC to
 * CLIMIT).  Every pass is linear in its section, recurses nowhere, and relies
 * only on what earlier passes have established.
 */
#ifndef RUNTIME_TABLE_CHECK_H
#define RUNTIME_TABLE_CHECK_H

#include "table.h"

struct check {
	struct table *t;
	struct table_fault *why;
	uint32_t edit; /* runs of EDIT seen so far end here */
};

enum table_error check_parts(struct check *c);
enum table_error check_rules(struct check *c);
enum table_error check_names(struct check *c);
enum table_error check_extra(struct check *c);
enum table_error check_trust(struct check *c);
/* Only of a table with sites. */
enum table_error check_content(struct check *c);
enum table_error check_content_sites(struct check *c);

/* Record where it is: `at` points into the table. */
static inline enum table_error check_fail(
	struct check *c, enum table_error e, unsigned section, const void *at)
{
	c->why->error = e;
	c->why->section = section;
	c->why->offset = (uint64_t)((const uint8_t *)at - c->t->base);
	return e;
}

/* A *_str field: the start of a string in STR; of an empty one only the first,
 * so that "not given" has one spelling. */
static inline int check_str(const struct check *c, uint32_t off)
{
	const char *str = c->t->str;

	return off < c->t->str_size && (!off || (!str[off - 1] && str[off]));
}

/* The name of an element, a string by check_str: it goes into logs, metrics and
 * reports as it is.  None is a name, too. */
int check_name_text(const struct check *c, uint32_t off);
/* The same of at most so many octets. */
int check_text(const struct check *c, uint32_t off, size_t most);

/* Names an ACTION a site?  Before CONTENT has been looked at: so much is known
 * of it that it can be read. */
static inline int check_has_site(const struct check *c, uint32_t action)
{
	return action < c->t->content_count &&
		c->t->content[action] != TBL_NONE;
}

/* Lists that are ranges of another section's elements follow each other there:
 * *next is where this one must begin.  So none overlaps, and all passes over
 * ranges together cost one pass over the elements. */
static inline int check_run(
	uint32_t *next, uint32_t first, uint32_t count, uint32_t total)
{
	if (first != *next || count > total - first)
		return 0;
	*next = first + count;
	return 1;
}

/* A family, a length that it has, and no bit after that. */
int check_prefix_fits(uint8_t family, unsigned len, const uint8_t addr[16]);

/* A range of SRC that is one whole set; the empty set is 0, 0. */
static inline int check_set(
	const struct check *c, uint32_t first, uint32_t count)
{
	const struct tbl_prefix *p = c->t->src;
	uint32_t n = c->t->src_count, end;

	if (!count)
		return !first;
	if (first >= n || count > n - first)
		return 0;
	end = first + count;
	return p[first].set == p[end - 1].set &&
		(!first || p[first - 1].set != p[first].set) &&
		(end == n || p[end].set != p[first].set);
}

#endif
