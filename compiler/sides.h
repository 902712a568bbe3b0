/*
 * One side of a comparison: a table, or a policy with all values of its
 * enumerations (variants.h), each as an input of its own.
 */
#ifndef COMPILER_SIDES_H
#define COMPILER_SIDES_H

#include "input.h"
#include "variants.h"

struct side {
	struct variants runs; /* of a policy; the inputs own what was compiled */
	struct input *v;
	size_t n;
};

/* CLI_OK, or the exit code; then all is said and nothing need be closed. */
int side_open(const struct cli *c, const char *path, struct side *out);
void side_close(struct side *s);

/* Is this the comparison that -D and the policies' own values ask for? */
static inline int sides_own(size_t old, size_t new_)
{
	return old == 0 && new_ == 0;
}
/* Do the two agree in the enumerations that either side tries? */
int sides_agree(const struct side *old, size_t i, const struct side *new_,
	size_t k);
/* "env=lab": what the pair was tried with; arena-owned. */
const char *sides_text(struct arena *a, const struct side *old, size_t i,
	const struct side *new_, size_t k);

#endif
