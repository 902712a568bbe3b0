/* What tlsc does with a table that somebody else made: dump, deep check,
 * semantic id, diff with itself, and emit again.  Whatever the validator
 * accepts, the lookup must agree with a plain reading, and a table emitted
 * from it must mean the same.  Inputs are edits to a sound table, four octets
 * each, as in table.c. */
/* LINK: tlsc */
#include <stdint.h>
#include <unistd.h>

#include "compiler/table/dump.h"
#include "compiler/table/undump.h"
#include "compiler/verify/deep.h"
#include "compiler/verify/verify.h"
#include "runtime/table/route.h"
#include "../unit/table_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void edit(uint8_t *b, size_t len, const uint8_t e[4])
{
	size_t at = (size_t)(e[0] | e[1] << 8) % len, word = at & ~(size_t)3;
	uint32_t v;

	memcpy(&v, b + word, 4);
	switch (e[2] % 5) {
	case 0:
		b[at] = e[3];
		return;
	case 1:
		b[at] ^= (uint8_t)(1 << e[3] % 8);
		return;
	case 2:
		v = e[3];
		break;
	case 3:
		v += e[3];
		break;
	default:
		v -= e[3];
	}
	memcpy(b + word, &v, 4);
}

static uint8_t *edited(const uint8_t *data, size_t size, size_t *len)
{
	static uint8_t *good;
	static size_t good_len;
	uint8_t *b;
	size_t i;

	if (!good) {
		struct arena *a = arena_new();
		struct table t;

		good = fix_table(fix_trusts(fix_model(a)), &good_len, &t);
		arena_free(&a);
	}
	b = malloc(good_len);
	memcpy(b, good, good_len);
	for (i = 0; i + 4 <= size && i < 12; i += 4)
		edit(b, good_len, data + i);
	*len = good_len;
	return b;
}

/* Rejected only for what emit and the language are stricter in. */
static void emit_again(struct arena *a, struct model *m)
{
	struct table_fault why;
	struct table t;
	const char *err;
	size_t len;
	uint8_t *b = emit_table(m, &len, &err), id[32];
	struct model *again;

	if (!b)
		abort();
	if (table_check(b, len, &t, &why) || table_check_hashes(&t, &why))
		abort();
	memcpy(id, m->semantic, sizeof(id));
	again = undump_model(a, &t);
	verify_semantic(again);
	if (memcmp(id, again->semantic, sizeof(id)))
		abort();
	free(b);
}

static void read_it(const struct table *t)
{
	struct arena *a = arena_new();
	struct model *m = undump_model(a, t);
	struct deep_report report;
	const char *err;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (deep_check(t, m, &report)) {
		fprintf(stderr, "%s\n", report.fault);
		abort();
	}
	verify_semantic(m);
	emit_again(a, m);
	dump_tls(f, m, &err);
	dump_json(f, t, m);
	dump_inventory(f, m, "", 0);
	fclose(f);
	free(text);
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table_fault why;
	struct table t;
	size_t len;
	uint8_t *b = edited(data, size, &len);

	if (!table_check(b, len, &t, &why))
		read_it(&t);
	free(b);
	return 0;
}
