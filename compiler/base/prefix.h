/*
 * Address prefixes and canonical sets of them (model.h's m_set): parsing,
 * printing and set algebra.  CIDRs are nested or disjoint, which keeps all of
 * it linear merges over sorted arrays.
 */
#ifndef COMPILER_PREFIX_H
#define COMPILER_PREFIX_H

#include "model.h"

struct prefix_vec {
	struct m_prefix *v;
	size_t n, cap;
};

enum prefix_parse { PREFIX_OK, PREFIX_BAD, PREFIX_HOST_BITS };
/* "10.0.0.0/8", "2001:db8::1"; no length is the full one.  HOST_BITS: *out is
 * the masked prefix.  One inside ::ffff:0:0/96 comes out as the v4 prefix that
 * it maps. */
enum prefix_parse prefix_parse(
	const char *text, size_t len, struct m_prefix *out);
/* buf of at least 64 octets; "/32" and "/128" are left out. */
const char *prefix_text(const struct m_prefix *p, char *buf);
int prefix_contains(const struct m_prefix *outer, const struct m_prefix *inner);
int prefix_cmp(const struct m_prefix *a, const struct m_prefix *b);

unsigned prefix_width(uint8_t family); /* 32 or 128 */
/* Clears the bits after the first len. */
void prefix_mask(uint8_t addr[16], unsigned len);

/* Sort, drop covered ones, merge siblings, in place. */
void prefix_canonical(struct prefix_vec *s);
/* Results are new canonical vectors in the arena. */
struct prefix_vec prefix_union(struct arena *a, const struct prefix_vec *x,
	const struct prefix_vec *y);
struct prefix_vec prefix_intersect(struct arena *a, const struct prefix_vec *x,
	const struct prefix_vec *y);
struct prefix_vec prefix_minus(struct arena *a, const struct prefix_vec *x,
	const struct prefix_vec *y);
/* Everything else, of v4 and v6; ::ffff:0:0/96 alone, which no client has, is
 * in neither. */
struct prefix_vec prefix_complement(
	struct arena *a, const struct prefix_vec *x);
/* Is the address (a full-length prefix), or the prefix, wholly in the
 * canonical set v[0..n)? */
int prefix_covers(
	const struct m_prefix *v, size_t n, const struct m_prefix *address);

#endif
