/*
 * One side of a comparison: a table, or a policy with all values of its
 * enumerations (variants.h), each as a separate input.
 */
#ifndef COMPILER_SIDES_H
#define COMPILER_SIDES_H

#include "input.h"
#include "variants.h"

struct side {
	struct variants
		runs; /* of a policy; the inputs own what was compiled */
	struct input *v;
	size_t n;
};

/* CLI_OK, or the exit code; then all is reported and nothing need be closed. */
int sides_open(const struct cli *c, const char *path, struct side *out);
void sides_close(struct side *s);

/* Is there something to say of these two?  So it is with what -D and the
 * policies' own values ask for, with those that agree in the enumerations that
 * either side tries, and with a value that only the new side has: it is held
 * against all that the old one has. */
int sides_paired(
	const struct side *old, size_t i, const struct side *new_, size_t k);
/* Were some combinations of values left out? */
static inline int sides_left_out(
	const struct side *old, const struct side *new_)
{
	return old->runs.left_out || new_->runs.left_out;
}
/* "env=lab": what the pair was tried with; arena-owned. */
const char *sides_text(struct arena *a, const struct side *old, size_t i,
	const struct side *new_, size_t k);

#endif
