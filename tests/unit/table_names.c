/* Which keys the validator takes: its sixteen octets at a time against the
 * rule said octet by octet, for keys of every length. */
/* LINK: grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/table/table.h"
#include "table_fixture.h"

#define DAMAGES 200

static unsigned long long seed = 88172645463325252u;

static unsigned any(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

/* The rule: an optional "*." or "**.", then labels of 1 to 63 of a-z, 0-9, - and
 * _. */
static int fits(const uint8_t *s, unsigned n)
{
	unsigned i, start = 0;

	if (n >= 3 && s[0] == '*')
		start = s[1] == '*' ? 3 : 2;
	if (start && s[start - 1] != '.')
		return 0;
	for (i = start; i <= n; i++) {
		if (i == n || s[i] == '.') {
			if (i == start || i - start > 63)
				return 0;
			start = i + 1;
		} else if (!(s[i] >= 'a' && s[i] <= 'z') &&
			!(s[i] >= '0' && s[i] <= '9') && s[i] != '-' &&
			s[i] != '_') {
			return 0;
		}
	}
	return 1;
}

/* A key of n octets that fits. */
static void key(char *s, unsigned n)
{
	static const char some[] = "abcmyz0189-_....";
	const char *star = n > 4 && any(2) ? (any(2) ? "*." : "**.") : "";
	unsigned i;

	do {
		for (i = 0; i < n; i++)
			s[i] = some[any(sizeof(some) - 1)];
		for (i = 0; i < n; i++) {
			int edge = i == strlen(star) || i == n - 1 ||
				(i && s[i - 1] == '.');

			if (i < strlen(star))
				s[i] = star[i];
			else if (s[i] == '.' && edge)
				s[i] = 'q';
		}
	} while (!fits((uint8_t *)s, n));
	s[n] = 0;
}

/* A table whose last record is the key; where its octets are. */
static uint8_t *table_of(
	const char *s, unsigned n, size_t *size, uint8_t **octets)
{
	struct arena *arena = arena_new();
	struct model *m = fix_model(arena);
	struct m_pattern *p = &m->patterns.v[m->patterns.n - 1];
	const struct tbl_namerec *r, *last = NULL;
	struct table t;
	uint8_t *bytes;
	uint32_t off = 0;

	p->key = s;
	p->len = (uint8_t)n;
	bytes = fix_table(m, size, &t);
	while ((r = table_name_next(&t, &off)))
		last = r;
	assert_int_equal(last->len, n);
	*octets = (uint8_t *)bytes + ((const uint8_t *)(last + 1) - bytes);
	arena_free(&arena);
	return bytes;
}

static void compare(
	const uint8_t *bytes, size_t size, const uint8_t *s, unsigned n)
{
	struct table_fault why;
	struct table t;
	int refused = table_check(bytes, size, &t, &why) == TABLE_NAME_KEY;

	if (refused == fits(s, n))
		fail_msg("%s: \"%.*s\"", refused ? "refused" : "taken", (int)n,
			(const char *)s);
}

/* One octet another, or a whole stretch without dots. */
static void damage(uint8_t *s, unsigned n)
{
	static const char odd[] =
		"-.-./0189:*,+@`aAzZ{^_~\x7f\x80\xad\xae\xe1\xff";
	unsigned i = any(n), many = any(8) ? 1 : any(80);

	if (many == 1)
		s[i] = any(2) ? (uint8_t)odd[any(sizeof(odd))]
			      : (uint8_t)any(256);
	else
		for (; many && i < n; many--, i++)
			s[i] = 'w';
}

static void every_length(void **state)
{
	char s[TBL_NAME_MAX + 1];
	uint8_t *bytes, *octets;
	unsigned n, i;
	size_t size;

	for (n = 1; n <= TBL_NAME_MAX; n++) {
		key(s, n);
		bytes = table_of(s, n, &size, &octets);
		for (i = 0; i < DAMAGES; i++) {
			damage(octets, n);
			compare(bytes, size, octets, n);
			if (i % 3 == 0)
				memcpy(octets, s, n);
		}
		free(bytes);
	}
}

/* Every octet at every place of a key that ends in the second sixteen. */
static void every_octet(void **state)
{
	static const char s[] = "host4711.d42.example.test";
	unsigned n = sizeof(s) - 1, i, c;
	uint8_t *bytes, *octets;
	size_t size;

	bytes = table_of(s, n, &size, &octets);
	for (i = 0; i < n; i++)
		for (c = 0; c < 256; c++) {
			octets[i] = (uint8_t)c;
			compare(bytes, size, octets, n);
			octets[i] = (uint8_t)s[i];
		}
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length), cmocka_unit_test(every_octet)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
