/*
 * Canonical forms: what an action, a bucket and a policy do, by content, as
 * SHA-256.  Equal functions have equal hashes, whatever their text.
 */
#ifndef COMPILER_VERIFY_CANON_H
#define COMPILER_VERIFY_CANON_H

#include "compiler/base/model.h"
#include "space.h"

/* Octets being collected for a hash; canon_free when done. */
struct canon {
	uint8_t *v;
	size_t n, cap;
};
void canon_put(struct canon *c, const void *data, size_t n);
void canon_u32(struct canon *c, uint32_t v);
void canon_text(struct canon *c, const char *s); /* NULL is "" */
void canon_hash(const struct canon *c, uint8_t out[32]);
void canon_free(struct canon *c);

/* canon_content.c: objects by what they do, never by name. */
const uint8_t *canon_action(struct model *m, uint32_t action);
/* The same without what files of CAs hold, which diff compares by itself. */
const uint8_t *canon_form(struct model *m, uint32_t action);
void canon_limit(const struct model *m, uint32_t limit, uint8_t out[32]);
void canon_backend(const struct model *m, uint32_t backend, uint8_t out[32]);
/* canon_site.c: zeros for MODEL_NONE. */
void canon_site(const struct model *m, uint32_t site, uint8_t out[32]);

/* canon.c: what a list does after the frontend's own clauses.  The shape is
 * working memory for many buckets. */
struct shape;
struct shape *canon_shape(struct model *m);
void canon_shape_free(struct shape **h);
void canon_bucket(
	struct shape *h, uint32_t frontend, uint32_t list, uint8_t out[32]);

#endif
