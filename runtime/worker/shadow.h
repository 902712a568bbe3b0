/*
 * A table that is tried beside the live one: every decision is made in both,
 * the live one is followed, and differences are counted, each with an example.
 */
#ifndef RUNTIME_SHADOW_H
#define RUNTIME_SHADOW_H

#include <jansson.h>
#include <stdint.h>

#include "runtime/table/hello.h"
#include "runtime/table/route.h"

struct conn;
struct shadow;

/* From a sealed table's descriptor, which stays the caller's.  NULL: not
 * usable. */
struct shadow *shadow_new(int table_fd);
void shadow_free(struct shadow **s);

/* c was decided by q in its own table; h is NULL if the hello was malformed. */
void shadow_compare(struct shadow *s, const struct conn *c,
	const struct route_query *q, const struct hello *h);

uint64_t shadow_decisions(const struct shadow *s);
uint64_t shadow_different(const struct shadow *s);
/* The i-th group of differences: live and shadow action, count, an example;
 * the caller's.  NULL: no more. */
json_t *shadow_group(const struct shadow *s, unsigned i);

#endif
