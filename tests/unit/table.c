/* The validator: a sound table, every single bit of it flipped, cut short at
 * every octet, and one damage for each numbered invariant of TABLE.md. */
/* LINK: grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/table/route.h"
#include "table_fixture.h"

static struct arena *arena;
static uint8_t *good;
static size_t good_len;

static int setup(void **state)
{
	struct table t;

	arena = arena_new();
	good = fix_table(fix_model(arena), &good_len, &t);
	return 0;
}

static int teardown(void **state)
{
	free(good);
	arena_free(&arena);
	return 0;
}

/* The bytes under test: a copy with room, changed by each case. */
static uint8_t *b;
static size_t len;

static void fresh(void)
{
	free(b);
	b = calloc(1, good_len + 4096);
	memcpy(b, good, good_len);
	len = good_len;
}

static struct tbl_header *head(void)
{
	return (void *)b;
}

static struct tbl_dirent *dir(unsigned type)
{
	return (struct tbl_dirent *)(b + TBL_HEADER_SIZE) + (type - 1);
}

static void *sec(unsigned type)
{
	return b + dir(type)->off;
}

#define ROW(type, section, i) ((struct type *)sec(section) + (i))

static struct tbl_namerec *rec(unsigned i)
{
	struct tbl_namerec *r = sec(TBL_NAMEREC);

	while (i--)
		r = (void *)((uint8_t *)r + table_name_size(r));
	return r;
}

/* One bucket and slot that holds a name. */
static struct tbl_bucket *bucket(void)
{
	struct tbl_bucket *k = sec(TBL_NAMEIDX);

	while (!k->tag[0])
		k++;
	return k;
}

static unsigned last_slot(const struct tbl_bucket *k)
{
	unsigned i = 0;

	while (i < 7 && k->tag[i + 1])
		i++;
	return i;
}

/* A string of STR that is empty and one in the middle of another. */
#define IN_STRING 2

/* Cases: what is done, and what must be said of it.  at points to where the
 * fault lies; NULL: the test does not say. */
static const void *at;
#define CASE(name) static void name(void)

CASE(magic)
{
	head()->magic[0] ^= 0x80;
	at = b;
}
CASE(endian)
{
	head()->endian = 0x04030201;
	at = &head()->endian;
}
CASE(major)
{
	head()->major = 2;
	at = &head()->major;
}
CASE(header_size)
{
	head()->header_size = 128;
	at = &head()->header_size;
}
CASE(dirent_size)
{
	head()->dirent_size = 32;
	at = &head()->dirent_size;
}
CASE(file_size)
{
	head()->file_size++;
	at = &head()->file_size;
}
CASE(longer)
{
	len += 64;
	at = &head()->file_size;
}
CASE(no_sections)
{
	head()->section_count = 0;
	at = &head()->section_count;
}
CASE(many_sections)
{
	head()->section_count = 65;
	at = &head()->section_count;
}
CASE(header_flags)
{
	head()->flags = 1;
	at = &head()->flags;
}
CASE(header_zero)
{
	head()->zero[87] = 1;
	at = &head()->zero[87];
}
CASE(section_order)
{
	dir(TBL_ALPN)->type = TBL_STR;
	at = &dir(TBL_ALPN)->type;
}
CASE(section_unknown)
{
	dir(TBL_TESTS)->type = 99;
	dir(TBL_TESTS)->flags = TBL_F_CRITICAL;
	at = &dir(TBL_TESTS)->type;
}
CASE(section_flags)
{
	dir(TBL_ACTION)->flags = 0;
	at = &dir(TBL_ACTION)->flags;
}
CASE(unknown_flag)
{
	dir(TBL_ACTION)->flags |= 2;
	at = &dir(TBL_ACTION)->flags;
}
CASE(unaligned_section)
{
	dir(TBL_ALPN)->off++;
	at = &dir(TBL_ALPN)->off;
}
CASE(overlap)
{
	dir(TBL_CERT)->off = dir(TBL_PROFILE)->off;
	at = &dir(TBL_CERT)->off;
}
CASE(hole)
{
	dir(TBL_ALPN)->off += 64;
	at = &dir(TBL_ALPN)->off;
}
CASE(bounds)
{
	dir(TBL_TESTS)->size += 64;
	at = &dir(TBL_TESTS)->size;
}
CASE(bounds_overflow)
{
	dir(TBL_TESTS)->size = UINT64_MAX - 15;
	at = &dir(TBL_TESTS)->size;
}
CASE(gap)
{
	struct tbl_dirent *d = dir(TBL_STR);

	at = b + d->off + d->size;
	b[d->off + d->size] = 1;
}
CASE(trailing)
{
	at = b + len;
	len += 64;
	head()->file_size += 64;
}
CASE(elem_size)
{
	dir(TBL_LIST)->elem_size = 16;
	at = &dir(TBL_LIST)->elem_size;
}
CASE(elem_count)
{
	dir(TBL_LIST)->count++;
	at = &dir(TBL_LIST)->count;
}
CASE(elem_overflow)
{
	/* 12 * (n + 2^32 / 12 ...) wraps in 32 bits. */
	dir(TBL_LIST)->count += 0x40000000;
	at = &dir(TBL_LIST)->count;
}
CASE(str_count)
{
	dir(TBL_STR)->count = 1;
	at = &dir(TBL_STR)->count;
}
CASE(missing)
{
	/* The listeners and all behind them become sections to skip. */
	unsigned i;

	for (i = TBL_LISTENER; i <= TBL_TESTS; i++)
		((struct tbl_dirent *)(b + TBL_HEADER_SIZE) + i - 1)->type =
			100 + i;
	dir(TBL_LISTENER)->flags = 0;
	at = b + TBL_HEADER_SIZE;
}
CASE(str_first)
{
	*(char *)sec(TBL_STR) = 'x';
	at = sec(TBL_STR);
}
CASE(str_last)
{
	((char *)sec(TBL_STR))[dir(TBL_STR)->size - 1] = 'x';
	at = sec(TBL_STR);
}
CASE(string_outside)
{
	ROW(tbl_cert, TBL_CERT, 0)->chain_str = (uint32_t)dir(TBL_STR)->size;
	at = ROW(tbl_cert, TBL_CERT, 0);
}
CASE(string_middle)
{
	ROW(tbl_list, TBL_LIST, 1)->route_str++;
	at = ROW(tbl_list, TBL_LIST, 1);
}
/* An empty string in the middle of STR: the empty one has one place. */
CASE(string_empty)
{
	char *str = sec(TBL_STR);

	str[ROW(tbl_backend, TBL_BACKEND, 0)->name_str] = 0;
	at = ROW(tbl_backend, TBL_BACKEND, 0);
}
#define STRING_CASE(name, type, section, field)                                \
	CASE(name)                                                             \
	{                                                                      \
		ROW(type, section, 0)->field = 0xfffffff0;                     \
		at = ROW(type, section, 0);                                    \
	}
STRING_CASE(alpn_str, tbl_alpn, TBL_ALPN, token_str)
STRING_CASE(profile_str, tbl_profile, TBL_PROFILE, name_str)
STRING_CASE(limit_str, tbl_limit, TBL_LIMIT, name_str)
STRING_CASE(server_str, tbl_server, TBL_SERVER, host_str)
STRING_CASE(backend_str, tbl_backend, TBL_BACKEND, check_path_str)
STRING_CASE(action_str, tbl_action, TBL_ACTION, client_crl_str)
STRING_CASE(frontend_str, tbl_frontend, TBL_FRONTEND, name_str)
STRING_CASE(listener_str, tbl_listener, TBL_LISTENER, path_str)
STRING_CASE(srcmap_str, tbl_srcmap, TBL_SRCMAP, file_str)
STRING_CASE(input_str, tbl_input, TBL_PROVENANCE, value_str)
STRING_CASE(text_str, tbl_text, TBL_TESTS, text_str)
CASE(covers_str)
{
	*(uint32_t *)sec(TBL_COVERS) = 2;
	at = sec(TBL_COVERS);
}
CASE(key_empty)
{
	ROW(tbl_cert, TBL_CERT, 1)->key_str = 0;
	at = ROW(tbl_cert, TBL_CERT, 1);
}
CASE(route_empty)
{
	ROW(tbl_list, TBL_LIST, 0)->route_str = 0;
	at = ROW(tbl_list, TBL_LIST, 0);
}
CASE(suite_run)
{
	ROW(tbl_profile, TBL_PROFILE, 1)->suite_first--;
	at = ROW(tbl_profile, TBL_PROFILE, 1);
}
CASE(suite_run_over)
{
	ROW(tbl_profile, TBL_PROFILE, 1)->group_count = 0xffffffff;
	at = ROW(tbl_profile, TBL_PROFILE, 1);
}
CASE(suite_rest)
{
	ROW(tbl_profile, TBL_PROFILE, 1)->group_count--;
	at = (uint16_t *)sec(TBL_SUITES) + 7;
}
CASE(list_run)
{
	ROW(tbl_list, TBL_LIST, 1)->count = 0xfffffff0;
	at = ROW(tbl_list, TBL_LIST, 1);
}
CASE(server_run)
{
	ROW(tbl_backend, TBL_BACKEND, 1)->server_first = 0;
	at = ROW(tbl_backend, TBL_BACKEND, 1);
}
#define REFERENCE_CASE(name, type, section, field, value, where)               \
	CASE(name)                                                             \
	{                                                                      \
		ROW(type, section, 0)->field = value;                          \
		at = where;                                                    \
	}
REFERENCE_CASE(limit_ref, tbl_action, TBL_ACTION, limit, 1,
	ROW(tbl_action, TBL_ACTION, 0))
REFERENCE_CASE(backend_ref, tbl_action, TBL_ACTION, backend, 2,
	ROW(tbl_action, TBL_ACTION, 0))
REFERENCE_CASE(action_ref, tbl_clause, TBL_CLAUSE, action, 5,
	&ROW(tbl_clause, TBL_CLAUSE, 0)->action)
REFERENCE_CASE(arm_ref, tbl_frontend, TBL_FRONTEND, default_, 7,
	&ROW(tbl_frontend, TBL_FRONTEND, 0)->no_sni)
REFERENCE_CASE(listener_ref, tbl_listener, TBL_LISTENER, frontend, 2,
	ROW(tbl_listener, TBL_LISTENER, 0))
CASE(cert_ref)
{
	*(uint32_t *)sec(TBL_CERTREF) = 2;
	at = sec(TBL_CERTREF);
}
CASE(alpn_ref)
{
	*(uint32_t *)sec(TBL_ALPNREF) = TBL_NONE;
	at = sec(TBL_ALPNREF);
}
CASE(name_ref)
{
	rec(1)->list = 7;
	at = rec(1);
}
CASE(name_frontend)
{
	rec(6)->frontend = 2;
	at = rec(6);
}
CASE(slot_ref)
{
	struct tbl_bucket *k = bucket();

	k->off[0] = (uint32_t)(dir(TBL_NAMEREC)->size / 4);
	at = &k->off[0];
}
CASE(mode_value)
{
	ROW(tbl_action, TBL_ACTION, 2)->mode = 5;
	at = ROW(tbl_action, TBL_ACTION, 2);
}
CASE(balance_value)
{
	ROW(tbl_backend, TBL_BACKEND, 0)->balance = 9;
	at = &ROW(tbl_backend, TBL_BACKEND, 0)->balance;
}
CASE(staple_value)
{
	ROW(tbl_cert, TBL_CERT, 0)->staple = 3;
	at = &ROW(tbl_cert, TBL_CERT, 0)->staple;
}
CASE(missing_value)
{
	ROW(tbl_cert, TBL_CERT, 0)->missing = 3;
	at = &ROW(tbl_cert, TBL_CERT, 0)->missing;
}
CASE(src_test_value)
{
	ROW(tbl_clause, TBL_CLAUSE, 0)->src_test = 3;
	at = &ROW(tbl_clause, TBL_CLAUSE, 0)->src_test;
}
CASE(input_value)
{
	ROW(tbl_input, TBL_PROVENANCE, 0)->kind = 0;
	at = ROW(tbl_input, TBL_PROVENANCE, 0);
}
CASE(text_value)
{
	ROW(tbl_text, TBL_TESTS, 0)->kind = 3;
	at = ROW(tbl_text, TBL_TESTS, 0);
}
/* 65 tokens: ALPN grows into what follows, moved away. */
CASE(alpn_count)
{
	const size_t grow = 65 * sizeof(struct tbl_alpn) / 64 * 64;
	struct tbl_dirent *d = dir(TBL_ALPN);
	unsigned i;

	memmove(b + d->off + 64 + grow, b + d->off + 64, len - (d->off + 64));
	memset(b + d->off + 16, 0, 48 + grow);
	d->count = 65;
	d->size = 65 * sizeof(struct tbl_alpn);
	for (i = TBL_SUITES; i <= TBL_TESTS; i++)
		dir(i)->off += grow;
	len += grow;
	head()->file_size = len;
	at = ROW(tbl_alpn, TBL_ALPN, 64);
}
CASE(alpn_len)
{
	ROW(tbl_alpn, TBL_ALPN, 0)->len = 3;
	at = ROW(tbl_alpn, TBL_ALPN, 0);
}
CASE(alpn_order)
{
	*ROW(tbl_alpn, TBL_ALPN, 1) = *ROW(tbl_alpn, TBL_ALPN, 0);
	at = ROW(tbl_alpn, TBL_ALPN, 1);
}
CASE(versions)
{
	ROW(tbl_profile, TBL_PROFILE, 1)->tls_max = 0x0303;
	at = ROW(tbl_profile, TBL_PROFILE, 1);
}
CASE(versions_ssl3)
{
	ROW(tbl_profile, TBL_PROFILE, 1)->tls_min = 0x0300;
	at = ROW(tbl_profile, TBL_PROFILE, 1);
}
CASE(profile_empty)
{
	struct tbl_profile *p = ROW(tbl_profile, TBL_PROFILE, 0);

	p->group_count += p->suite_count;
	p->group_first = p->suite_first;
	p->suite_count = 0;
	at = p;
}
static void name_suite(uint16_t code)
{
	uint16_t *suite = sec(TBL_SUITES);

	at = suite;
	*suite = code;
}
CASE(suite_static_rsa)
{
	name_suite(0x009c);
}
CASE(suite_anon)
{
	name_suite(0x0034);
}
CASE(suite_unknown)
{
	name_suite(0x5a5a);
}
CASE(profile_flag)
{
	ROW(tbl_profile, TBL_PROFILE, 0)->flags |= 8;
	at = ROW(tbl_profile, TBL_PROFILE, 0);
}
CASE(staple_path)
{
	ROW(tbl_cert, TBL_CERT, 0)->staple = 2;
	at = ROW(tbl_cert, TBL_CERT, 0);
}
CASE(stray_pin)
{
	ROW(tbl_cert, TBL_CERT, 0)->pin[31] = 1;
	at = ROW(tbl_cert, TBL_CERT, 0);
}
CASE(no_deadline)
{
	ROW(tbl_limit, TBL_LIMIT, 0)->idle_ms = 0;
	at = ROW(tbl_limit, TBL_LIMIT, 0);
}
CASE(hello_limit)
{
	ROW(tbl_limit, TBL_LIMIT, 0)->hello_bytes = (16 << 20) + 1;
	at = ROW(tbl_limit, TBL_LIMIT, 0);
}
CASE(server_port)
{
	ROW(tbl_server, TBL_SERVER, 0)->port = 0;
	at = ROW(tbl_server, TBL_SERVER, 0);
}
CASE(server_family)
{
	ROW(tbl_server, TBL_SERVER, 0)->family = 5;
	at = ROW(tbl_server, TBL_SERVER, 0);
}
CASE(server_addr)
{
	ROW(tbl_server, TBL_SERVER, 0)->addr[15] = 1;
	at = ROW(tbl_server, TBL_SERVER, 0);
}
CASE(server_weight)
{
	ROW(tbl_server, TBL_SERVER, 3)->weight = 65536;
	at = ROW(tbl_server, TBL_SERVER, 3);
}
CASE(backend_empty)
{
	ROW(tbl_backend, TBL_BACKEND, 0)->server_count = 0;
	at = ROW(tbl_backend, TBL_BACKEND, 0);
}
CASE(backend_tls)
{
	ROW(tbl_backend, TBL_BACKEND, 1)->profile = TBL_NONE;
	at = ROW(tbl_backend, TBL_BACKEND, 1);
}
CASE(reject_backend)
{
	ROW(tbl_action, TBL_ACTION, FIX_CLOSE)->backend = 0;
	at = ROW(tbl_action, TBL_ACTION, FIX_CLOSE);
}
CASE(pass_profile)
{
	ROW(tbl_action, TBL_ACTION, FIX_PASS)->profile = 0;
	at = ROW(tbl_action, TBL_ACTION, FIX_PASS);
}
CASE(pass_no_backend)
{
	ROW(tbl_action, TBL_ACTION, FIX_PASS)->backend = TBL_NONE;
	at = ROW(tbl_action, TBL_ACTION, FIX_PASS);
}
CASE(bridge_clear)
{
	ROW(tbl_action, TBL_ACTION, FIX_BRIDGE)->backend = 0;
	at = ROW(tbl_action, TBL_ACTION, FIX_BRIDGE);
}
CASE(auth_without_ca)
{
	ROW(tbl_action, TBL_ACTION, FIX_BRIDGE)->client_ca_str = 0;
	at = ROW(tbl_action, TBL_ACTION, FIX_BRIDGE);
}
CASE(no_certificate)
{
	struct tbl_action *a = ROW(tbl_action, TBL_ACTION, FIX_OFFLOAD);

	a->cert_count = 0;
	at = a;
}
CASE(prefix_len)
{
	ROW(tbl_prefix, TBL_SRC, 0)->len = 33;
	at = ROW(tbl_prefix, TBL_SRC, 0);
}
CASE(host_bits)
{
	ROW(tbl_prefix, TBL_SRC, 0)->addr[3] = 1;
	at = ROW(tbl_prefix, TBL_SRC, 0);
}
CASE(set_order)
{
	/* bots: 192.0.2.0/25, 198.51.100.7; swapped. */
	struct tbl_prefix *p = ROW(tbl_prefix, TBL_SRC, 2), swap = p[0];

	p[0] = p[1];
	p[1] = swap;
	at = p + 1;
}
CASE(set_overlap)
{
	struct tbl_prefix *p = ROW(tbl_prefix, TBL_SRC, 2);

	p[1] = p[0];
	p[1].len = 32;
	p[1].addr[3] = 1;
	at = p + 1;
}
CASE(set_siblings)
{
	struct tbl_prefix *p = ROW(tbl_prefix, TBL_SRC, 2);

	p[1] = p[0];
	p[1].addr[3] = 128;
	at = p + 1;
}
CASE(set_number)
{
	ROW(tbl_prefix, TBL_SRC, 4)->set = 3;
	at = ROW(tbl_prefix, TBL_SRC, 4);
}
CASE(set_first)
{
	ROW(tbl_prefix, TBL_SRC, 0)->set = 1;
	at = ROW(tbl_prefix, TBL_SRC, 0);
}
CASE(set_part)
{
	ROW(tbl_clause, TBL_CLAUSE, 1)->src_count = 1;
	at = &ROW(tbl_clause, TBL_CLAUSE, 1)->src_first;
}
CASE(set_two)
{
	ROW(tbl_clause, TBL_CLAUSE, 1)->src_count = 4;
	at = &ROW(tbl_clause, TBL_CLAUSE, 1)->src_first;
}
CASE(set_outside)
{
	ROW(tbl_clause, TBL_CLAUSE, 1)->src_count = 0xffffffff;
	at = &ROW(tbl_clause, TBL_CLAUSE, 1)->src_first;
}
CASE(set_any)
{
	ROW(tbl_clause, TBL_CLAUSE, 1)->src_test = TBL_SRC_ANY;
	at = &ROW(tbl_clause, TBL_CLAUSE, 1)->src_first;
}
CASE(clause_alpn)
{
	ROW(tbl_clause, TBL_CLAUSE, 0)->alpn_deny = 4;
	at = ROW(tbl_clause, TBL_CLAUSE, 0);
}
CASE(clause_tls)
{
	ROW(tbl_clause, TBL_CLAUSE, 1)->tls_mask = 0x20;
	at = ROW(tbl_clause, TBL_CLAUSE, 1);
}
CASE(clause_never)
{
	ROW(tbl_clause, TBL_CLAUSE, 1)->tls_mask = 0;
	at = ROW(tbl_clause, TBL_CLAUSE, 1);
}
CASE(list_open)
{
	ROW(tbl_clause, TBL_CLAUSE, 0)->tls_mask = 0x0f;
	at = ROW(tbl_list, TBL_LIST, 0);
}
CASE(list_open_alpn)
{
	ROW(tbl_clause, TBL_CLAUSE, 2)->alpn_need = 1;
	at = ROW(tbl_list, TBL_LIST, 1);
}
CASE(list_empty)
{
	ROW(tbl_list, TBL_LIST, 0)->count = 0;
	at = ROW(tbl_list, TBL_LIST, 0);
}
CASE(name_cut)
{
	/* The last record claims more than there is. */
	rec(6)->len = 40;
	at = rec(6);
}
CASE(name_empty)
{
	rec(0)->len = 0;
	at = rec(0);
}
CASE(name_padding)
{
	struct tbl_namerec *r = rec(1);

	((uint8_t *)(r + 1))[r->len] = 'x';
	at = r;
}
CASE(name_upper)
{
	*(char *)(rec(0) + 1) = 'S';
	at = rec(0) + 1;
}
CASE(name_star)
{
	((char *)(rec(0) + 1))[1] = '*';
	at = rec(0) + 1;
}
CASE(name_dots)
{
	((char *)(rec(0) + 1))[5] = '.';
	at = rec(0) + 1;
}
CASE(name_dot_last)
{
	((char *)(rec(0) + 1))[15] = '.';
	at = rec(0) + 1;
}
CASE(name_order)
{
	rec(0)->frontend = 1;
	at = NULL;
}
CASE(name_descends)
{
	struct tbl_frontend *f = ROW(tbl_frontend, TBL_FRONTEND, 0);

	/* Frontend 0 has no names but one that stands last. */
	f->name_count = 0;
	memset(f->exact_depth, 0, sizeof(f->exact_depth));
	memset(f->one_depth, 0, sizeof(f->one_depth));
	memset(f->any_depth, 0, sizeof(f->any_depth));
	rec(0)->frontend = 1;
	at = &rec(1)->frontend;
}
CASE(name_count)
{
	head()->name_count++;
	at = &dir(TBL_NAMEREC)->count;
}
CASE(name_count_directory)
{
	dir(TBL_NAMEREC)->count--;
	at = &dir(TBL_NAMEREC)->count;
}
CASE(max_probe_big)
{
	head()->max_probe = 9;
	at = &head()->max_probe;
}
CASE(max_probe_more)
{
	head()->max_probe = 8;
	at = &head()->max_probe;
}
CASE(free_off)
{
	struct tbl_bucket *k = sec(TBL_NAMEIDX);

	while (k->tag[7])
		k++;
	k->off[7] = 1;
	at = k;
}
CASE(free_first)
{
	struct tbl_bucket *k = bucket();

	k->tag[7] = k->tag[0];
	k->off[7] = k->off[0];
	k->tag[0] = 0;
	k->off[0] = 0;
	at = k;
}
CASE(index_extra)
{
	struct tbl_bucket *k = bucket();
	unsigned i = last_slot(k);

	k->tag[i + 1] = 77;
	k->off[i + 1] = k->off[i];
	at = sec(TBL_NAMEIDX);
}
CASE(index_tag)
{
	bucket()->tag[0] ^= 1;
	at = NULL;
}
CASE(index_off)
{
	struct tbl_bucket *k = bucket();

	k->off[0]++;
	at = NULL;
}
CASE(duplicate)
{
	/* inner's only name is made edge's first, with its slot. */
	struct tbl_namerec *r = rec(6);

	r->frontend = 0;
	at = NULL;
}
CASE(frontend_names)
{
	ROW(tbl_frontend, TBL_FRONTEND, 0)->name_count++;
	at = &ROW(tbl_frontend, TBL_FRONTEND, 0)->name_count;
}
CASE(frontend_depths)
{
	ROW(tbl_frontend, TBL_FRONTEND, 1)->any_depth[1] = 1;
	at = ROW(tbl_frontend, TBL_FRONTEND, 1)->exact_depth;
}
CASE(malformed_offload)
{
	ROW(tbl_frontend, TBL_FRONTEND, 0)->malformed = FIX_SHOP;
	at = &ROW(tbl_frontend, TBL_FRONTEND, 0)->malformed;
}
CASE(malformed_enforcing)
{
	ROW(tbl_frontend, TBL_FRONTEND, 0)->malformed = FIX_WILD;
	at = &ROW(tbl_frontend, TBL_FRONTEND, 0)->malformed;
}
CASE(proxy_range)
{
	ROW(tbl_frontend, TBL_FRONTEND, 0)->proxy_count++;
	at = &ROW(tbl_frontend, TBL_FRONTEND, 0)->proxy_first;
}
CASE(listener_port)
{
	ROW(tbl_listener, TBL_LISTENER, 1)->port = 0;
	at = ROW(tbl_listener, TBL_LISTENER, 1);
}
CASE(listener_family)
{
	ROW(tbl_listener, TBL_LISTENER, 1)->family = TBL_UNIX;
	at = ROW(tbl_listener, TBL_LISTENER, 1);
}
CASE(listener_order)
{
	ROW(tbl_listener, TBL_LISTENER, 0)->frontend = 1;
	at = ROW(tbl_listener, TBL_LISTENER, 1);
}
CASE(srcmap_short)
{
	struct tbl_dirent *d = dir(TBL_SRCMAP);

	/* One row less; the gap behind it stays as it must. */
	d->count--;
	d->size -= sizeof(struct tbl_srcmap);
	memset(b + d->off + d->size, 0, sizeof(struct tbl_srcmap));
	at = sec(TBL_SRCMAP);
}
/* Rows of EXTRA or TRUST behind everything else, in EXTRA's place; the directory
 * has no room between itself and STR, so that all sections move by one 64 (its
 * place's). */
static void *behind(unsigned type, size_t size, unsigned rows)
{
	const size_t table = dir(TBL_TESTS + 1) - dir(TBL_STR);
	uint64_t old = dir(TBL_STR)->off;
	struct tbl_dirent *d;
	unsigned i;

	assert_int_equal(old, TBL_HEADER_SIZE + table * TBL_DIRENT_SIZE);
	memmove(b + old + 64, b + old, len - old);
	memset(b + old, 0, 64);
	for (i = TBL_STR; i <= TBL_TESTS; i++)
		dir(i)->off += 64;
	d = dir(TBL_EXTRA);
	d->type = type;
	d->flags = TBL_F_CRITICAL;
	d->off = (len + 64 + 63) / 64 * 64;
	d->elem_size = (uint32_t)size;
	d->count = rows;
	d->size = rows * size;
	head()->section_count = TBL_EXTRA;
	len = d->off + d->size;
	head()->file_size = len;
	return sec(TBL_EXTRA);
}
static struct tbl_extra *extra(unsigned rows)
{
	unsigned i;

	behind(TBL_EXTRA, sizeof(struct tbl_extra), rows);
	for (i = 0; i < rows; i++)
		ROW(tbl_extra, TBL_EXTRA, i)->kind = TBL_EXTRA_KEEPALIVE;
	return ROW(tbl_extra, TBL_EXTRA, 0);
}
CASE(extra_flags)
{
	extra(1);
	dir(TBL_EXTRA)->flags = 0;
	at = &dir(TBL_EXTRA)->flags;
}
CASE(extra_kind)
{
	extra(1)->kind = 7;
	at = sec(TBL_EXTRA);
}
CASE(extra_of)
{
	extra(1)->of = 77;
	at = sec(TBL_EXTRA);
}
CASE(extra_zero)
{
	extra(1)->zero[2] = 1;
	at = sec(TBL_EXTRA);
}
CASE(extra_long)
{
	extra(1)->value = 32768;
	at = sec(TBL_EXTRA);
}
CASE(extra_address)
{
	extra(1)->addr[15] = 1;
	at = sec(TBL_EXTRA);
}
CASE(extra_twice)
{
	at = extra(2) + 1;
}
CASE(extra_name)
{
	struct tbl_extra *x = extra(1);

	x->kind = TBL_EXTRA_CHECK_SNI;
	at = x;
}
CASE(extra_name_middle)
{
	struct tbl_extra *x = extra(1);

	x->kind = TBL_EXTRA_CHECK_SNI;
	x->value = IN_STRING;
	at = x;
}
CASE(extra_source)
{
	struct tbl_extra *x = extra(2);

	x[0].kind = x[1].kind = TBL_EXTRA_SOURCE;
	x[0].family = x[1].family = TBL_V4; /* equal ones may be */
	x[1].addr[4] = 1;
	at = x + 1;
}
/* Segments: 0 is whole, and so many rows behind it. */
static struct tbl_extra *segment(unsigned more)
{
	struct tbl_extra *x = extra(1 + more);
	uint32_t name = ROW(tbl_backend, TBL_BACKEND, 0)->name_str;
	unsigned i;

	for (i = 0; i < 1 + more; i++) {
		x[i].kind = TBL_EXTRA_SEGMENT;
		x[i].of = i;
		x[i].value = name;
		x[i].family = 2;
	}
	at = x + more;
	return x;
}
static struct tbl_extra *prefix(unsigned more)
{
	struct tbl_extra *x = segment(1 + more) + 1;
	unsigned i;

	for (i = 0; i < 1 + more; i++) {
		x[i].kind = TBL_EXTRA_PREFIX;
		x[i].of = 0;
		x[i].value = 8;
		x[i].family = TBL_V4;
		x[i].addr[0] = 10;
	}
	return x;
}
CASE(segment_sound)
{
	segment(1);
	at = &head()->root;
}
CASE(prefix_sound)
{
	prefix(1)[1].addr[0] = 11;
	at = &head()->root;
}
CASE(segment_gap)
{
	segment(1)[1].of = 2;
}
CASE(segment_first)
{
	segment(0)->of = 1;
}
CASE(segment_link)
{
	segment(0)->family = 5;
}
CASE(segment_unnamed)
{
	segment(0)->value = 0;
}
CASE(segment_name_middle)
{
	segment(0)->value = IN_STRING;
}
CASE(note_of_none)
{
	struct tbl_extra *x = segment(1);

	x[1].kind = TBL_EXTRA_NOTE;
	x[1].family = 0;
}
CASE(note_empty)
{
	struct tbl_extra *x = segment(1);

	x[1] = (struct tbl_extra){.kind = TBL_EXTRA_NOTE};
}
CASE(prefix_of_none)
{
	prefix(0)->of = 1;
}
CASE(prefix_long)
{
	prefix(0)->value = 33;
}
CASE(prefix_bits)
{
	prefix(0)->addr[1] = 1;
}
CASE(prefix_family)
{
	prefix(0)->family = 0;
}
CASE(prefix_twice)
{
	prefix(1);
}
CASE(prefix_nested)
{
	struct tbl_extra *x = prefix(1);

	x[1].addr[1] = 64;
	x[1].value = 12;
}

/* Certificates of one file of CAs, whose path is a frontend's name. */
static struct tbl_trust *trust(unsigned rows)
{
	struct tbl_trust *x = behind(TBL_TRUST, sizeof(*x), rows);
	unsigned i;

	for (i = 0; i < rows; i++) {
		x[i].file_str = ROW(tbl_frontend, TBL_FRONTEND, 0)->name_str;
		x[i].kind = TBL_TRUST_CERTIFICATE;
		x[i].subject_str = x[i].file_str;
		x[i].sha256[31] = (uint8_t)(i + 1);
	}
	at = x;
	return x;
}
CASE(trust_flags)
{
	trust(1);
	dir(TBL_EXTRA)->flags = 0;
	at = &dir(TBL_EXTRA)->flags;
}
CASE(trust_kind)
{
	trust(1)->kind = 3;
}
CASE(trust_zero)
{
	trust(1)->zero = 1;
}
CASE(trust_path_middle)
{
	trust(1)->file_str++;
}
CASE(trust_subject_outside)
{
	trust(1)->subject_str = 1u << 30;
}
CASE(trust_no_path)
{
	trust(1)->file_str = 0;
}
CASE(trust_twice)
{
	struct tbl_trust *x = trust(2);

	x[1].sha256[31] = 1;
	at = x + 1;
}
CASE(trust_descends)
{
	struct tbl_trust *x = trust(2);

	x[0].sha256[0] = 1;
	at = x + 1;
}
CASE(trust_paths_descend)
{
	struct tbl_trust *x = trust(2);
	uint32_t other = ROW(tbl_backend, TBL_BACKEND, 0)->name_str;
	int less = strcmp((char *)sec(TBL_STR) + other,
			   (char *)sec(TBL_STR) + x->file_str) < 0;

	x[less].file_str = other;
	at = x + 1;
}
CASE(trust_live_hash)
{
	struct tbl_trust *x = trust(1);

	x->kind = TBL_TRUST_LIVE;
	x->subject_str = 0;
}
CASE(trust_live_subject)
{
	struct tbl_trust *x = trust(1);

	x->kind = TBL_TRUST_LIVE;
	x->sha256[31] = 0;
}
CASE(trust_live_too)
{
	struct tbl_trust *x = trust(2);

	x[0].kind = TBL_TRUST_LIVE;
	x[0].subject_str = 0;
	x[0].sha256[31] = 0;
	at = x + 1;
}
CASE(trust_subject)
{
	struct tbl_trust *x = trust(1);

	x->subject_str = ROW(tbl_text, TBL_TESTS, 0)->text_str;
	((char *)sec(TBL_STR))[x->subject_str] = '\n';
}
CASE(trust_sound)
{
	trust(2);
	at = &head()->root;
}

/* A name that goes into logs and JSON as it is; field is the element's. */
static void rename_to(uint32_t name_str, size_t i, char ch)
{
	((char *)sec(TBL_STR))[name_str + i] = ch;
}
#define TEXT_CASE(name, type, section, field, i, ch)                           \
	CASE(name)                                                             \
	{                                                                      \
		rename_to(ROW(type, section, 0)->field, i, ch);                \
		at = ROW(type, section, 0);                                    \
	}
TEXT_CASE(profile_name, tbl_profile, TBL_PROFILE, name_str, 0, '\xff')
TEXT_CASE(cert_name, tbl_cert, TBL_CERT, name_str, 1, '\n')
TEXT_CASE(limit_name, tbl_limit, TBL_LIMIT, name_str, 0, '\x80')
TEXT_CASE(backend_name, tbl_backend, TBL_BACKEND, name_str, 1, '\x1b')
TEXT_CASE(list_name, tbl_list, TBL_LIST, route_str, 0, '\x7f')
TEXT_CASE(frontend_name, tbl_frontend, TBL_FRONTEND, name_str, 1, '\xc3')
CASE(section_hash)
{
	/* No rule of structure is broken: a line number. */
	ROW(tbl_srcmap, TBL_SRCMAP, 0)->line++;
	at = sec(TBL_SRCMAP);
}
CASE(root_hash)
{
	head()->serial++;
	at = &head()->root;
}

static const struct {
	void (*damage)(void);
	enum table_error error;
	unsigned section;
	const char *name;
} cases[] = {
#define C(damage, error, section) {damage, TABLE_##error, section, #damage},
	C(magic, MAGIC, 0) C(endian, ENDIAN, 0) C(major, MAJOR, 0) C(
		header_size, HEADER_SIZE, 0) C(dirent_size, HEADER_SIZE,
		0) C(file_size, FILE_SIZE, 0) C(longer, FILE_SIZE,
		0) C(no_sections, DIRECTORY, 0) C(many_sections, DIRECTORY,
		0) C(header_flags, RESERVED, 0) C(header_zero, RESERVED,
		0) C(section_order, SECTION_ORDER, 0) C(section_unknown,
		SECTION_UNKNOWN,
		0) C(section_flags, SECTION_FLAGS, 0) C(unknown_flag, RESERVED,
		0) C(unaligned_section, SECTION_PLACE, 0) C(overlap,
		SECTION_PLACE, 0) C(hole, SECTION_PLACE, 0) C(bounds,
		SECTION_BOUNDS, 0) C(bounds_overflow, SECTION_BOUNDS, 0) C(gap,
		GAP, TBL_ALPN) C(trailing, TRAILING, 0) C(elem_size, ELEM_SIZE,
		0) C(elem_count, ELEM_COUNT, 0) C(elem_overflow, ELEM_COUNT,
		0) C(str_count, ELEM_COUNT, 0) C(missing, SECTION_MISSING,
		0) C(str_first, STR_ENDS, TBL_STR) C(str_last, STR_ENDS,
		TBL_STR) C(string_outside, STRING, TBL_CERT) C(string_middle,
		STRING,
		TBL_LIST) C(string_empty, STRING, TBL_BACKEND) C(alpn_str,
		STRING, TBL_ALPN) C(profile_str, STRING,
		TBL_PROFILE) C(limit_str, STRING, TBL_LIMIT) C(server_str,
		STRING, TBL_SERVER) C(backend_str, STRING,
		TBL_BACKEND) C(action_str, STRING, TBL_ACTION) C(frontend_str,
		STRING, TBL_FRONTEND) C(listener_str, STRING,
		TBL_LISTENER) C(srcmap_str, STRING, TBL_SRCMAP) C(input_str,
		STRING, TBL_PROVENANCE) C(text_str, STRING,
		TBL_TESTS) C(covers_str, STRING, TBL_COVERS) C(key_empty,
		STRING_EMPTY, TBL_CERT) C(route_empty, STRING_EMPTY,
		TBL_LIST) C(suite_run, RUN, TBL_PROFILE) C(suite_run_over, RUN,
		TBL_PROFILE) C(suite_rest, RUN, TBL_SUITES) C(list_run, RUN,
		TBL_LIST) C(server_run, RUN, TBL_BACKEND) C(limit_ref,
		REFERENCE, TBL_ACTION) C(backend_ref, REFERENCE,
		TBL_ACTION) C(action_ref, REFERENCE, TBL_CLAUSE) C(arm_ref,
		REFERENCE, TBL_FRONTEND) C(listener_ref, REFERENCE,
		TBL_LISTENER) C(cert_ref, REFERENCE, TBL_CERTREF) C(alpn_ref,
		REFERENCE, TBL_ALPNREF) C(name_ref, REFERENCE,
		TBL_NAMEREC) C(name_frontend, REFERENCE,
		TBL_NAMEREC) C(slot_ref, REFERENCE, TBL_NAMEIDX) C(mode_value,
		VALUE, TBL_ACTION) C(balance_value, VALUE,
		TBL_BACKEND) C(staple_value, VALUE, TBL_CERT) C(missing_value,
		VALUE, TBL_CERT) C(src_test_value, VALUE,
		TBL_CLAUSE) C(input_value, VALUE, TBL_PROVENANCE) C(text_value,
		VALUE, TBL_TESTS) C(alpn_count, ALPN_COUNT,
		TBL_ALPN) C(alpn_len, ALPN_TOKEN, TBL_ALPN) C(alpn_order,
		ALPN_TOKEN, TBL_ALPN) C(versions, PROFILE_VERSIONS,
		TBL_PROFILE) C(versions_ssl3, PROFILE_VERSIONS,
		TBL_PROFILE) C(profile_empty, PROFILE_EMPTY,
		TBL_PROFILE) C(suite_static_rsa, PROFILE_SUITE,
		TBL_SUITES) C(suite_anon, PROFILE_SUITE,
		TBL_SUITES) C(suite_unknown, PROFILE_SUITE,
		TBL_SUITES) C(profile_flag, RESERVED,
		TBL_PROFILE) C(staple_path, CERT, TBL_CERT) C(stray_pin,
		CERT, TBL_CERT) C(no_deadline, LIMIT, TBL_LIMIT) C(hello_limit,
		LIMIT, TBL_LIMIT) C(server_port, SERVER,
		TBL_SERVER) C(server_family, SERVER, TBL_SERVER) C(server_addr,
		SERVER,
		TBL_SERVER) C(server_weight, SERVER,
		TBL_SERVER) C(backend_empty, BACKEND,
		TBL_BACKEND) C(backend_tls, BACKEND,
		TBL_BACKEND) C(reject_backend, ACTION,
		TBL_ACTION) C(pass_profile, ACTION,
		TBL_ACTION) C(pass_no_backend, ACTION,
		TBL_ACTION) C(bridge_clear, ACTION,
		TBL_ACTION) C(auth_without_ca, ACTION,
		TBL_ACTION) C(no_certificate, ACTION,
		TBL_ACTION) C(prefix_len, PREFIX, TBL_SRC) C(host_bits, PREFIX,
		TBL_SRC) C(set_order, SET_ORDER, TBL_SRC) C(set_overlap,
		SET_ORDER, TBL_SRC) C(set_siblings, SET_ORDER,
		TBL_SRC) C(set_number, SET_NUMBER, TBL_SRC) C(set_first,
		SET_NUMBER, TBL_SRC) C(set_part, SET_RANGE,
		TBL_CLAUSE) C(set_two, SET_RANGE, TBL_CLAUSE) C(set_outside,
		SET_RANGE,
		TBL_CLAUSE) C(set_any, SET_RANGE, TBL_CLAUSE) C(proxy_range,
		SET_RANGE, TBL_FRONTEND) C(clause_alpn, CLAUSE,
		TBL_CLAUSE) C(clause_tls, CLAUSE, TBL_CLAUSE) C(clause_never,
		CLAUSE,
		TBL_CLAUSE) C(list_open, LIST_OPEN, TBL_LIST) C(list_open_alpn,
		LIST_OPEN, TBL_LIST) C(list_empty, LIST_OPEN,
		TBL_LIST) C(name_cut, NAME_RECORD, TBL_NAMEREC) C(name_empty,
		NAME_RECORD, TBL_NAMEREC) C(name_padding, NAME_RECORD,
		TBL_NAMEREC) C(name_upper, NAME_KEY, TBL_NAMEREC) C(name_star,
		NAME_KEY, TBL_NAMEREC) C(name_dots, NAME_KEY,
		TBL_NAMEREC) C(name_dot_last, NAME_KEY,
		TBL_NAMEREC) C(name_descends, NAME_ORDER,
		TBL_NAMEREC) C(name_count, NAME_COUNT,
		0) C(name_count_directory, NAME_COUNT, 0) C(max_probe_big,
		MAX_PROBE, 0) C(max_probe_more, MAX_PROBE,
		0) C(free_off, INDEX_PACK, TBL_NAMEIDX) C(free_first,
		INDEX_PACK, TBL_NAMEIDX) C(index_extra, INDEX_COUNT,
		TBL_NAMEIDX) C(index_tag, INDEX_SLOT, TBL_NAMEREC) C(index_off,
		INDEX_SLOT, TBL_NAMEREC) C(duplicate, DUPLICATE,
		TBL_NAMEREC) C(name_order, FRONTEND_NAMES,
		TBL_FRONTEND) C(frontend_names, FRONTEND_NAMES,
		TBL_FRONTEND) C(frontend_depths, FRONTEND_DEPTHS,
		TBL_FRONTEND) C(malformed_offload, MALFORMED_ARM,
		TBL_FRONTEND) C(malformed_enforcing, MALFORMED_ARM,
		TBL_FRONTEND) C(listener_port, LISTENER,
		TBL_LISTENER) C(listener_family, LISTENER,
		TBL_LISTENER) C(listener_order, LISTENER,
		TBL_LISTENER) C(srcmap_short, SRCMAP,
		TBL_SRCMAP) C(extra_flags, SECTION_FLAGS, 0) C(extra_kind,
		VALUE, TBL_EXTRA) C(extra_of, REFERENCE,
		TBL_EXTRA) C(extra_zero, RESERVED, TBL_EXTRA) C(extra_long,
		EXTRA, TBL_EXTRA) C(extra_address, EXTRA,
		TBL_EXTRA) C(extra_twice, EXTRA, TBL_EXTRA) C(extra_name, EXTRA,
		TBL_EXTRA) C(extra_name_middle, STRING,
		TBL_EXTRA) C(extra_source, EXTRA, TBL_EXTRA) C(segment_gap,
		REFERENCE, TBL_EXTRA) C(segment_first, REFERENCE,
		TBL_EXTRA) C(segment_link, EXTRA, TBL_EXTRA) C(segment_unnamed,
		EXTRA, TBL_EXTRA) C(segment_name_middle, STRING,
		TBL_EXTRA) C(note_of_none, REFERENCE, TBL_EXTRA) C(note_empty,
		EXTRA, TBL_EXTRA) C(prefix_of_none, REFERENCE,
		TBL_EXTRA) C(prefix_long, EXTRA, TBL_EXTRA) C(prefix_bits,
		EXTRA, TBL_EXTRA) C(prefix_family, EXTRA,
		TBL_EXTRA) C(prefix_twice, EXTRA, TBL_EXTRA) C(prefix_nested,
		EXTRA, TBL_EXTRA) C(trust_flags, SECTION_FLAGS, 0) C(trust_kind,
		VALUE, TBL_TRUST) C(trust_zero, RESERVED,
		TBL_TRUST) C(trust_path_middle, STRING,
		TBL_TRUST) C(trust_subject_outside, STRING,
		TBL_TRUST) C(trust_no_path, STRING_EMPTY,
		TBL_TRUST) C(trust_twice, TRUST, TBL_TRUST) C(trust_descends,
		TRUST, TBL_TRUST) C(trust_paths_descend, TRUST,
		TBL_TRUST) C(trust_live_hash, TRUST,
		TBL_TRUST) C(trust_live_subject, TRUST,
		TBL_TRUST) C(trust_live_too, TRUST, TBL_TRUST) C(trust_subject,
		TRUST, TBL_TRUST) C(trust_sound, ROOT_HASH, 0) C(segment_sound,
		ROOT_HASH, 0) C(prefix_sound, ROOT_HASH, 0) C(profile_name,
		NAME_TEXT, TBL_PROFILE) C(cert_name, NAME_TEXT, TBL_CERT)
		C(limit_name, NAME_TEXT, TBL_LIMIT) C(backend_name, NAME_TEXT,
			TBL_BACKEND) C(list_name, NAME_TEXT, TBL_LIST)
			C(frontend_name, NAME_TEXT, TBL_FRONTEND)
				C(section_hash, SECTION_HASH, TBL_SRCMAP)
					C(root_hash, ROOT_HASH, 0)};

static enum table_error check(struct table_fault *why)
{
	struct table t;
	/* Exactly as many octets as there are, so that the sanitizer sees a
	 * read behind them. */
	void *exact = malloc(len ? len : 1);
	enum table_error e;

	memcpy(exact, b, len);
	e = table_check(exact, len, &t, why);
	if (!e)
		e = table_check_hashes(&t, why);
	free(exact);
	return e;
}

static void sound(void **state)
{
	struct table_fault why;

	fresh();
	assert_int_equal(check(&why), TABLE_OK);
	assert_int_equal(why.error, TABLE_OK);
}

static void each_invariant(void **state)
{
	uint8_t seen[TABLE_ERROR_COUNT] = {0};
	struct table_fault why;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		fresh();
		cases[i].damage();
		check(&why);
		if (why.error != cases[i].error ||
			why.section != cases[i].section ||
			(at && why.offset != (size_t)((uint8_t *)at - b)))
			fail_msg("%s: %s in %s at %llu, expected %s in %s at "
				 "%lld",
				cases[i].name, table_error_word(why.error),
				table_section_name(why.section),
				(unsigned long long)why.offset,
				table_error_word(cases[i].error),
				table_section_name(cases[i].section),
				at ? (long long)((uint8_t *)at - b) : -1);
		seen[why.error] = 1;
	}
	/* What a length alone shows, and the caller's mistake: below. */
	seen[TABLE_SHORT] = seen[TABLE_BASE] = 1;
	/* Those of content are table_content.c's. */
	for (i = 1; i < TABLE_CONTENT_SECTIONS; i++)
		if (!seen[i])
			fail_msg("no case for %s", table_error_word(i));
}

static void short_and_crooked(void **state)
{
	struct table_fault why;
	struct table t;

	fresh();
	len = 255;
	assert_int_equal(check(&why), TABLE_SHORT);
	memmove(b + 4, b, good_len);
	assert_int_equal(table_check(b + 4, good_len, &t, &why), TABLE_BASE);
}

static void truncated(void **state)
{
	struct table_fault why;

	fresh();
	for (len = 0; len < good_len; len++)
		assert_int_not_equal(check(&why), TABLE_OK);
}

static void every_bit(void **state)
{
	struct table_fault why;
	size_t i;

	fresh();
	for (i = 0; i < good_len * 8; i++) {
		b[i / 8] ^= 1u << i % 8;
		if (!check(&why))
			fail_msg("bit %zu of octet %zu", i % 8, i / 8);
		b[i / 8] ^= 1u << i % 8;
	}
	free(b);
	b = NULL;
}

static void invariant_numbers(void **state)
{
	unsigned i, j;

	for (i = 1; i < TABLE_ERROR_COUNT; i++) {
		assert_int_equal(table_error_invariant(i), i);
		for (j = 1; j < i; j++)
			assert_string_not_equal(
				table_error_word(i), table_error_word(j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sound),
		cmocka_unit_test(each_invariant),
		cmocka_unit_test(short_and_crooked),
		cmocka_unit_test(truncated), cmocka_unit_test(every_bit),
		cmocka_unit_test(invariant_numbers)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
