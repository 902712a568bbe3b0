/* Two tables, one of them with edits: the semantic ids are equal exactly when
 * the difference is empty, and neither computation runs away on whatever
 * table_check accepts.  An input is a list of edits to a sound table, four
 * octets each: place (two octets), what, value. */
/* LINK: tlsc */
/* LIBS: -lgnutls */
#include <stdint.h>

#include "compiler/diff/diff.h"
#include "compiler/table/undump.h"
#include "compiler/verify/verify.h"
#include "../unit/table_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *good;
static size_t good_len;

static void edit(uint8_t *b, const uint8_t e[4])
{
	size_t at = (size_t)(e[0] | e[1] << 8) % (good_len - 3);

	switch (e[2] % 4) {
	case 0:
		b[at] = e[3];
		return;
	case 1:
		b[at] ^= (uint8_t)(1 << e[3] % 8);
		return;
	case 2:
		b[at] = (uint8_t)(b[at] + e[3] % 4);
		return;
	default: /* an element moved over its neighbour */
		memmove(b + at, b + (at + 4 * e[3]) % (good_len - 4), 4);
	}
}

static void compare(struct table *old, struct table *new_)
{
	struct arena *a = arena_new();
	struct model *m[2] = {undump_model(a, old), undump_model(a, new_)};
	const struct diff_options plain = {0};
	const struct diff_view view = {"human", "old", "new", "", 1};
	struct diff *d;

	verify_semantic(m[0]);
	verify_semantic(m[1]);
	d = diff_models(a, m[0], m[1], &plain);
	if (diff_empty(d) != !memcmp(m[0]->semantic, m[1]->semantic, 32)) {
		diff_render(stderr, d, &view);
		abort();
	}
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct table sound;
	struct table_fault why;
	struct table t;
	uint8_t *b;

	if (!good) {
		struct arena *a = arena_new();

		good = fix_table(fix_trusts(fix_model(a)), &good_len, &sound);
		arena_free(&a);
	}
	b = malloc(good_len);
	memcpy(b, good, good_len);
	for (size_t i = 0; i + 4 <= size && i < 32; i += 4)
		edit(b, data + i);
	if (!table_check(b, good_len, &t, &why))
		compare(&sound, &t);
	free(b);
	return 0;
}
