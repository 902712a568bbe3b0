/* A file of accepted rows (compiler/diff/accept.h): whatever its octets are, it
 * is read to the end or refused with a place, and what it accepts has scope,
 * date and reason. */
/* LINK: grammar/words.c compiler/diff/accept_read.c compiler/diff/weaken.c compiler/base/arena.c compiler/base/literal.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/diff/accept.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void sound(const struct accept *x)
{
	if (!x->kinds || (!x->names.n && !x->of) || !x->on_text || !x->reason ||
		!*x->reason || !x->line)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct accepts s;
	const char *err;
	int bad = accept_parse(
		a, "rows", (const char *)data, size, 20000, &s, &err);

	if (!bad != !err || (bad && strncmp(err, "rows:", 5) != 0))
		abort();
	for (size_t i = 0; i < s.v.n; i++)
		sound(&s.v.v[i]);
	arena_free(&a);
	return 0;
}
