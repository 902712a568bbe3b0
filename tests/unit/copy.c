/* A file's sealed copy and its hashes, made while it grows. */
/* LINK: grammar/words.c runtime/master/copy.c runtime/common/links.c runtime/master/refuse.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/master/copy.h"
#include "runtime/master/refuse.h"
#include "runtime/table/table.h"
#include "table_fixture.h"

#define PAGE 4096u
#define NAMES 20000 /* about a megabyte: many steps */

static uint8_t *good;
static size_t size;
static char dir[] = "/tmp/copyXXXXXX", path[64];

static int setup(void **state)
{
	struct arena *arena = arena_new();
	struct model *m = fix_model(arena);
	struct table t;
	char name[64];
	unsigned i;

	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "host%u.example.com", i);
		fix_pattern(m, 1, arena_strndup(arena, name, strlen(name)),
			FIX_API);
	}
	good = fix_table(m, &size, &t);
	arena_free(&arena);
	return mkdtemp(dir) && snprintf(path, sizeof(path), "%s/table", dir) > 0
		? 0
		: -1;
}

static int teardown(void **state)
{
	free(good);
	unlink(path);
	rmdir(dir);
	return 0;
}

static void put(const uint8_t *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_int_equal(n, write(fd, bytes, n));
	close(fd);
}

static enum table_error copied(struct copy *c, struct table_fault *fault)
{
	struct refusal why = {.id = ""};

	if (copy_begin(c, path, &why) < 0)
		fail_msg("%s %s", why.id, why.text);
	return copy_hashes(c, fault);
}

static void let_go(struct copy *c)
{
	munmap((void *)c->base, c->size);
	close(c->fd);
}

static void whole_and_sealed(void **state)
{
	struct table_fault fault;
	struct copy c;

	put(good, size);
	assert_int_equal(TABLE_OK, copied(&c, &fault));
	assert_int_equal(size, c.size);
	assert_memory_equal(good, c.base, size);
	assert_int_equal(-1, pwrite(c.fd, "x", 1, 0));
	assert_int_equal(EPERM, errno);
	assert_int_equal(-1, ftruncate(c.fd, 1));
	assert_int_equal(-1, ftruncate(c.fd, (off_t)size * 2));
	assert_ptr_equal(MAP_FAILED,
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, c.fd, 0));
	/* What comes over the file does not reach it. */
	put((const uint8_t *)"other", 5);
	assert_memory_equal(good, c.base, size);
	let_go(&c);
}

static void every_section_counts(void **state)
{
	const struct tbl_header *h = (const void *)good;
	const struct tbl_dirent *d = (const void *)(h + 1);
	struct table_fault fault;
	struct copy c;
	uint32_t i;

	for (i = 0; i < h->section_count; i++) {
		if (!d[i].size)
			continue;
		good[d[i].off + d[i].size - 1] ^= 1;
		put(good, size);
		good[d[i].off + d[i].size - 1] ^= 1;
		assert_int_equal(TABLE_SECTION_HASH, copied(&c, &fault));
		assert_int_equal(d[i].type, fault.section);
		let_go(&c);
	}
	good[81] ^= 1;
	put(good, size);
	good[81] ^= 1;
	assert_int_equal(TABLE_ROOT_HASH, copied(&c, &fault));
	let_go(&c);
}

/* The root of the contents, right or wrong. */
static void set_root(uint8_t *bytes)
{
	struct tbl_header *h = (void *)bytes;
	size_t n = TBL_HEADER_SIZE + h->section_count * TBL_DIRENT_SIZE;

	memset(h->root, 0, sizeof(h->root));
	assert_int_equal(
		0, gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, n, h->root));
}

/* A directory that leads out of the file, under a root that fits it. */
static void nonsense_stays_inside(void **state)
{
	static const uint64_t odd[] = {
		1, 255, UINT32_MAX, 1ull << 40, UINT64_MAX - 63, UINT64_MAX};
	uint8_t *bytes = malloc(size);
	struct tbl_dirent *d = (void *)(bytes + TBL_HEADER_SIZE);
	struct table_fault fault;
	struct copy c;
	size_t i, n = sizeof(odd) / sizeof(odd[0]);

	for (i = 0; i < n * n; i++) {
		memcpy(bytes, good, size);
		d->off = odd[i / n];
		d->size = odd[i % n];
		set_root(bytes);
		put(bytes, size);
		assert_int_equal(odd[i / n] > size || odd[i % n] > size
				? TABLE_SECTION_BOUNDS
				: TABLE_SECTION_HASH,
			copied(&c, &fault));
		let_go(&c);
	}
	free(bytes);
}

static void not_taken(void **state)
{
	struct refusal why = {.id = ""};
	struct copy c;

	put(good, 255);
	assert_int_equal(-1, copy_begin(&c, path, &why));
	assert_string_equal("TC0901", why.id);
	put(good, size);
	chmod(path, 0666);
	assert_int_equal(-1, copy_begin(&c, path, &why));
	unlink(path);
	assert_int_equal(-1, copy_begin(&c, path, &why));
}

/* Pages that are not there yet cannot be read. */
static uint8_t *growing;
static size_t have, end;

static int grow(void *arg, size_t n)
{
	assert_true(n <= size);
	while (have < n) {
		if (have >= end)
			return -1;
		mprotect(growing + have, PAGE, PROT_READ | PROT_WRITE);
		memcpy(growing + have, good + have,
			size - have < PAGE ? size - have : PAGE);
		mprotect(growing + have, PAGE, PROT_READ);
		have += PAGE;
	}
	return 0;
}

static void no_further_than_there(void **state)
{
	struct table_growth g = {.wait = grow};
	struct table_fault fault;
	size_t room = (size + PAGE - 1) / PAGE * PAGE;

	for (end = 0; end < room + PAGE; end += room / 7 / PAGE * PAGE) {
		growing = mmap(NULL, room, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		have = 0;
		assert_int_equal(end < room,
			table_hash_grown(growing, size, &g, &fault) !=
				TABLE_OK);
		munmap(growing, room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(whole_and_sealed),
		cmocka_unit_test(every_section_counts),
		cmocka_unit_test(nonsense_stays_inside),
		cmocka_unit_test(not_taken),
		cmocka_unit_test(no_further_than_there)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
