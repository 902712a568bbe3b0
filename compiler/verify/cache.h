/*
 * Data that the verifier derives from a model once: sorted names, and which
 * actions are equal.  model.verify points to it; it is in the model's arena.
 */
#ifndef COMPILER_VERIFY_CACHE_H
#define COMPILER_VERIFY_CACHE_H

#include "compiler/base/model.h"

struct names;

struct verify_cache {
	const struct names **names; /* per frontend, or NULL yet */
	uint32_t *action_class;     /* per action: the first that is written
	                              * the same, by name */
	uint8_t (*action_hash)[32]; /* per action: SHA-256 of its content */
	uint8_t (*action_form)[32]; /* the same without what files hold */
};

struct verify_cache *verify_cache(struct model *m);
/* Equal for two actions that name the same things. */
uint32_t verify_action_class(struct model *m, uint32_t action);

#endif
