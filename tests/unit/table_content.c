/* The validator over content: a sound table, every single bit of it flipped, one
 * damage for each numbered invariant of TABLE.md from 61 on; and the way back
 * to a model. */
/* LINK: runtime/table/hex.c grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/check_content.c runtime/table/check_sites.c runtime/table/path.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/base/site.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_content.c compiler/table/emit_paths.c compiler/table/emit_index.c compiler/table/undump.c compiler/table/undump_parts.c compiler/table/undump_trust.c compiler/table/undump_content.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "compiler/table/undump.h"
#include "content_fixture.h"
#include "runtime/table/table.h"

static struct arena *arena;
static uint8_t *good, *b;
static size_t len;

static int setup(void **state)
{
	struct table t;

	arena = arena_new();
	good = fix_table(fix_content_model(arena), &len, &t);
	b = malloc(len);
	return 0;
}

static int teardown(void **state)
{
	free(good);
	free(b);
	arena_free(&arena);
	return 0;
}

static struct tbl_dirent *dir(unsigned type)
{
	struct tbl_dirent *d = (void *)(b + TBL_HEADER_SIZE);

	while (d->type != type)
		d++;
	return d;
}

static void *sec(unsigned type)
{
	return b + dir(type)->off;
}

#define ROW(type, section, i) ((struct type *)sec(section) + (i))
#define TERM(i) ROW(tbl_term, TBL_TERM, i)
#define EDIT(i) ROW(tbl_edit, TBL_EDIT, i)
#define SPLIT(i) ROW(tbl_split, TBL_SPLIT, i)
#define DO(i) ROW(tbl_caction, TBL_CACTION, i)
#define CLAUSE(i) ROW(tbl_cclause, TBL_CCLAUSE, i)
#define CLIST(i) ROW(tbl_clist, TBL_CLIST, i)
#define SITE(i) ROW(tbl_site, TBL_SITE, i)
#define U32(section, i) ((uint32_t *)sec(section) + (i))

static struct tbl_pathrec *rec(unsigned i)
{
	struct tbl_pathrec *r = sec(TBL_PATHREC);

	while (i--)
		r = (void *)((uint8_t *)r + table_path_size(r));
	return r;
}

static char *path(unsigned i)
{
	return (char *)(rec(i) + 1);
}

static struct tbl_bucket *bucket(void)
{
	struct tbl_bucket *k = sec(TBL_PATHIDX);

	while (!k->tag[0])
		k++;
	return k;
}

/* The records are /, /admin, /api, /api/v1, /healthz. */
enum { ROOT, ADMIN, API, V1, HEALTHZ };

static unsigned free_slot(const struct tbl_bucket *k)
{
	unsigned i = 0;

	while (k->tag[i])
		i++;
	assert_true(i < 8);
	return i;
}

/* The section's octets stay where they are; it is only called otherwise. */
static void call_unknown(unsigned type)
{
	struct tbl_dirent *d = dir(type);

	d->type = 60;
	d->flags = 0;
}

/* One element less; what was it stays as a gap would, so its octets go. */
static void call_short(unsigned type)
{
	struct tbl_dirent *d = dir(type);
	size_t elem = d->elem_size;

	d->count--;
	d->size -= elem;
	memset(b + d->off + d->size, 0, elem);
	if (type == TBL_CLIMIT) {
		len -= elem;
		((struct tbl_header *)b)->file_size -= elem;
	}
}

/* The bridge's action gets a site whose backends have no TLS. */
static void bridge_to_site(uint32_t site)
{
	ROW(tbl_action, TBL_ACTION, FIX_BRIDGE)->backend = TBL_NONE;
	*U32(TBL_CONTENT, FIX_BRIDGE) = site;
}

#define CASES(C)                                                               \
	C(no_climit, CONTENT_SECTIONS, call_unknown(TBL_CLIMIT))               \
	C(not_critical, SECTION_FLAGS, dir(TBL_TERM)->flags = 0)               \
	C(term_kind, VALUE, TERM(0)->kind = 9)                                 \
	C(term_no_kind, VALUE, TERM(0)->kind = 0)                              \
	C(term_zero, RESERVED, TERM(0)->zero = 1)                              \
	C(term_middle, STRING, TERM(0)->value_str++)                           \
	C(term_length, TERM, TERM(0)->value_len--)                             \
	C(term_name_length, TERM, TERM(2)->name_len++)                         \
	C(term_nameless, TERM, (TERM(2)->name_str = 0, TERM(2)->name_len = 0)) \
	C(method_named, TERM,                                                  \
		(TERM(0)->name_str = TERM(2)->name_str,                        \
			TERM(0)->name_len = TERM(2)->name_len))                \
	C(method_none, TERM, (TERM(0)->value_str = 0, TERM(0)->value_len = 0)) \
	C(header_capital, TERM,                                                \
		(TERM(2)->name_str = TERM(0)->value_str,                       \
			TERM(2)->name_len = TERM(0)->value_len))               \
	C(present_value, TERM,                                                 \
		(TERM(3)->value_str = TERM(0)->value_str,                      \
			TERM(3)->value_len = TERM(0)->value_len))              \
	C(cookie_space, TERM,                                                  \
		(TERM(7)->name_str = DO(DO_REFUSE)->text_str,                  \
			TERM(7)->name_len = 13))                               \
	C(term_source, SET_RANGE, TERM(0)->src_count = 2)                      \
	C(term_part_set, SET_RANGE, TERM(8)->src_count--)                      \
	C(term_first_bit, TERM, (TERM(0)->bit = 1, TERM(1)->bit = 1))          \
	C(term_gap, TERM, TERM(8)->bit = 20)                                   \
	C(term_falls, TERM, TERM(8)->bit = 3)                                  \
	C(edit_side, VALUE, EDIT(0)->side = 2)                                 \
	C(edit_op, VALUE, EDIT(0)->op = 2)                                     \
	C(edit_value, VALUE, EDIT(0)->value = 7)                               \
	C(edit_zero, RESERVED, EDIT(0)->zero = 1)                              \
	C(edit_middle, STRING, EDIT(0)->name_str++)                            \
	C(edit_nameless, EDIT, EDIT(0)->name_str = 0)                          \
	C(edit_capital, EDIT, EDIT(0)->name_str = TERM(0)->value_str)          \
	C(edit_both, EDIT, EDIT(0)->value = 1)                                 \
	C(remove_value, EDIT, EDIT(2)->value_str = EDIT(0)->value_str)         \
	C(remove_variable, EDIT, EDIT(2)->value = 1)                           \
	C(split_backend, REFERENCE, SPLIT(0)->backend = 3)                     \
	C(split_run, RUN, DO(DO_SPLIT)->split_first = 0)                       \
	C(split_rest, RUN, DO(DO_SPLIT)->split_count = 1)                      \
	C(split_twice, SPLIT, SPLIT(2)->backend = 0)                           \
	C(split_weight, SPLIT, SPLIT(1)->weight = 65536)                       \
	C(split_weightless, SPLIT, SPLIT(0)->weight = 0)                       \
	C(action_kind, VALUE, DO(0)->kind = 4)                                 \
	C(action_zero, RESERVED, DO(0)->zero = 1)                              \
	C(action_middle, STRING, DO(DO_REFUSE)->text_str++)                    \
	C(to_status, CACTION, DO(0)->status = 200)                             \
	C(to_text, CACTION, DO(0)->text_str = DO(DO_REFUSE)->text_str)         \
	C(to_sticky, CACTION,                                                  \
		DO(DO_SPLIT)->sticky_str = DO(DO_REFUSE)->text_str)            \
	C(answer_status, CACTION, DO(DO_OK)->status = 199)                     \
	C(answer_high, CACTION, DO(DO_OK)->status = 600)                       \
	C(answer_body, CACTION, DO(DO_REFUSE)->status = 204)                   \
	C(answer_sticky, CACTION,                                              \
		DO(DO_OK)->sticky_str = DO(DO_SPLIT)->sticky_str)              \
	C(redirect_status, CACTION, DO(DO_HTTPS)->status = 303)                \
	C(redirect_space, CACTION,                                             \
		DO(DO_HTTPS)->text_str = DO(DO_REFUSE)->text_str)              \
	C(clause_zero, RESERVED, CLAUSE(0)->zero = 1)                          \
	C(clause_action, REFERENCE, CLAUSE(0)->action = 6)                     \
	C(clause_both, CCLAUSE, CLAUSE(0)->deny = CLAUSE(0)->need)             \
	C(clause_beyond, CCLAUSE, CLAUSE(0)->need = 1 << 8)                    \
	C(list_run, RUN, CLIST(1)->first--)                                    \
	C(list_rest, RUN, CLIST(6)->count--)                                   \
	C(list_edits, RUN, CLIST(1)->edit_count = 100)                         \
	C(list_empty, CLIST_OPEN, CLIST(0)->count = 0)                         \
	C(list_open, CLIST_OPEN, CLAUSE(1)->need = 1)                          \
	C(list_denies, CLIST_OPEN, CLAUSE(1)->deny = 1)                        \
	C(path_empty, PATH_RECORD, rec(ROOT)->len = 0)                         \
	C(path_beyond, PATH_RECORD, rec(HEALTHZ)->len = 1000)                  \
	C(path_padding, PATH_RECORD, path(ROOT)[1] = 'a')                      \
	C(path_nothing, PATH_RECORD, rec(HEALTHZ)->is = TBL_NONE)              \
	C(path_site, REFERENCE, rec(HEALTHZ)->site = 2)                        \
	C(path_relative, PATH, path(ADMIN)[0] = 'a')                           \
	C(path_octet, PATH, path(ADMIN)[3] = ';')                              \
	C(path_percent, PATH, path(ADMIN)[3] = '%')                            \
	C(path_double, PATH, path(ADMIN)[1] = '/')                             \
	C(path_dot, PATH, memcpy(path(ADMIN), "/a/./b", 6))                    \
	C(path_dots, PATH, memcpy(path(ADMIN), "/ab/..", 6))                   \
	C(path_slash, PATH, path(ADMIN)[5] = '/')                              \
	C(path_order, PATH_ORDER, path(ADMIN)[1] = 'b')                        \
	C(path_again, PATH_ORDER, memcpy(path(HEALTHZ), "/admin", 6))          \
	C(path_list, REFERENCE, rec(ADMIN)->under = 100)                       \
	C(path_list_next, CLIST_OWNER, rec(ADMIN)->under++)                    \
	C(path_list_twice, CLIST_OWNER, rec(API)->under--)                     \
	C(root_list, CLIST_OWNER, SITE(0)->root = 1)                           \
	C(root_beyond, REFERENCE, SITE(0)->root = 7)                           \
	C(index_free, INDEX_PACK, bucket()->off[free_slot(bucket())] = 1)      \
	C(index_tag, PATH_INDEX, bucket()->tag[0] ^= 1)                        \
	C(index_off, PATH_INDEX, bucket()->off[0]++)                           \
	C(index_more, PATH_INDEX, bucket()->tag[free_slot(bucket())] = 1)      \
	C(path_count, PATH_INDEX, dir(TBL_PATHREC)->count++)                   \
	C(site_middle, STRING, SITE(0)->name_str++)                            \
	C(site_nameless, STRING_EMPTY, SITE(0)->name_str = 0)                  \
	C(site_zero, RESERVED, SITE(0)->zero = 1)                              \
	C(site_terms, RUN, SITE(1)->term_first--)                              \
	C(site_edits, RUN, SITE(0)->edit_first++)                              \
	C(site_mode, SITE, SITE(0)->mode = BRIDGE)                             \
	C(site_no_mode, SITE, SITE(0)->mode = 0)                               \
	C(site_paths, SITE, SITE(0)->path_count--)                             \
	C(site_longest, SITE, SITE(0)->longest++)                              \
	C(site_depth, SITE, SITE(0)->depth |= 1)                               \
	C(site_tls, SITE, SPLIT(2)->backend = 1)                               \
	C(content_short, CONTENT, call_short(TBL_CONTENT))                     \
	C(content_none, ACTION, *U32(TBL_CONTENT, FIX_OFFLOAD) = TBL_NONE)     \
	C(content_beyond, REFERENCE, *U32(TBL_CONTENT, FIX_OFFLOAD) = 2)       \
	C(content_reject, ACTION, *U32(TBL_CONTENT, FIX_CLOSE) = 0)            \
	C(content_pass, ACTION, *U32(TBL_CONTENT, FIX_PASS) = 0)               \
	C(content_mode, CONTENT, bridge_to_site(0))                            \
	C(clear_short, CLEAR, call_short(TBL_CLEAR))                           \
	C(clear_beyond, REFERENCE, *U32(TBL_CLEAR, 2) = 2)                     \
	C(clear_forwards, CLEAR, *U32(TBL_CLEAR, 2) = 0)                       \
	C(clear_names, CLEAR, *U32(TBL_CLEAR, 0) = 1)                          \
	C(clear_listener, CLEAR,                                               \
		ROW(tbl_listener, TBL_LISTENER, 4)->flags = 0)                 \
	C(listener_flag, RESERVED,                                             \
		ROW(tbl_listener, TBL_LISTENER, 4)->flags = 2)                 \
	C(limit_short, CLIMIT, call_short(TBL_CLIMIT))                         \
	C(limit_head, CLIMIT,                                                  \
		ROW(tbl_climit, TBL_CLIMIT, 0)->head_bytes = 65536)            \
	C(limit_small, CLIMIT,                                                 \
		ROW(tbl_climit, TBL_CLIMIT, 0)->head_bytes = 255)              \
	C(limit_time, CLIMIT, ROW(tbl_climit, TBL_CLIMIT, 0)->head_ms = 0)     \
	C(srcmap, SRCMAP, call_short(TBL_SRCMAP))

#define FUNCTION(name, error, damage)                                          \
	static void name(void)                                                 \
	{                                                                      \
		damage;                                                        \
	}
CASES(FUNCTION)

static const struct {
	const char *name;
	void (*damage)(void);
	enum table_error error;
} cases[] = {
#define ROW_OF(name, error, damage) {#name, name, TABLE_##error},
	CASES(ROW_OF)};

static enum table_error check(struct table_fault *why)
{
	/* Exactly as many octets as there are, for the sanitizer. */
	void *exact = malloc(len);
	struct table t;
	enum table_error e;

	memcpy(exact, b, len);
	e = table_check(exact, len, &t, why);
	free(exact);
	return e;
}

static void sound(void **state)
{
	struct table_fault why;

	memcpy(b, good, len);
	assert_int_equal(check(&why), TABLE_OK);
}

static void each_invariant(void **state)
{
	uint8_t seen[TABLE_ERROR_COUNT] = {0};
	size_t i, whole = len, wrong = 0;
	struct table_fault why;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = whole;
		memcpy(b, good, len);
		cases[i].damage();
		check(&why);
		if (why.error != cases[i].error)
			wrong++,
				print_error("%s: %s in %s, expected %s\n",
					cases[i].name,
					table_error_word(why.error),
					table_section_name(why.section),
					table_error_word(cases[i].error));
		seen[why.error] = 1;
	}
	assert_int_equal(wrong, 0);
	len = whole;
	for (i = TABLE_CONTENT_SECTIONS; i < TABLE_ERROR_COUNT; i++)
		if (!seen[i])
			fail_msg("no case for %s", table_error_word(i));
}

/* Whatever is accepted without its hashes must be safe to walk; with them,
 * nothing is. */
static void every_bit(void **state)
{
	struct table_fault why;
	struct table t;
	size_t i;

	memcpy(b, good, len);
	for (i = 0; i < len * 8; i++) {
		b[i / 8] ^= 1u << i % 8;
		if (!table_check(b, len, &t, &why) &&
			!table_check_hashes(&t, &why))
			fail_msg("bit %zu of octet %zu", i % 8, i / 8);
		b[i / 8] ^= 1u << i % 8;
	}
}

static void truncated(void **state)
{
	size_t whole = len;
	struct table_fault why;

	memcpy(b, good, len);
	for (len = 0; len < whole; len++)
		assert_int_not_equal(check(&why), TABLE_OK);
}

static void back_and_forth(void **state)
{
	struct table_fault why;
	struct table t;
	uint8_t *again;
	const char *err;
	size_t n;

	assert_int_equal(table_check(good, len, &t, &why), TABLE_OK);
	again = emit_table(undump_model(arena, &t), &n, &err);
	assert_non_null(again);
	assert_int_equal(n, len);
	assert_memory_equal(again, good, n);
	free(again);
}

static void paths(void **state)
{
	static const char *const known[] = {
		"/", "/admin", "/api", "/api/v1", "/healthz"};
	struct table_fault why;
	struct table t;
	uint32_t off = 0;
	size_t i;

	assert_int_equal(table_check(good, len, &t, &why), TABLE_OK);
	for (i = 0; i < 5; i++) {
		const struct tbl_pathrec *r = table_path_next(&t, &off);

		assert_int_equal(r->len, strlen(known[i]));
		assert_memory_equal(table_path_key(r), known[i], r->len);
		assert_ptr_equal(
			table_path_find(&t, 0, known[i], strlen(known[i])), r);
		assert_null(table_path_find(&t, 1, known[i], strlen(known[i])));
	}
	assert_null(table_path_next(&t, &off));
	assert_null(table_path_find(&t, 0, "/adm", 4));
	assert_null(table_path_find(&t, 0, "/Admin", 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sound),
		cmocka_unit_test(each_invariant), cmocka_unit_test(every_bit),
		cmocka_unit_test(truncated), cmocka_unit_test(back_and_forth),
		cmocka_unit_test(paths)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
