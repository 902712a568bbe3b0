/*
 * The store of staples: what is kept, replaced, refused, expired, and carried
 * over to another process.
 */
/* LINK: runtime/tls/staple.c runtime/table/siphash.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "runtime/tls/staple.h"

static struct ipc_staple m;

static int keep(unsigned leaf, int64_t until, const char *text)
{
	memset(&m, 0, sizeof(m));
	memcpy(m.leaf, &leaf, sizeof(leaf));
	m.until = until;
	m.len = (uint32_t)strlen(text);
	memcpy(m.der, text, m.len);
	return staple_keep(&m, IPC_STAPLE_HEAD + m.len);
}

static struct staple *get(unsigned leaf, int64_t now)
{
	uint8_t id[32] = {0};

	memcpy(id, &leaf, sizeof(leaf));
	return staple_get(id, now);
}

static void kept(void **state)
{
	struct staple *s, *newer;

	assert_null(get(1, 0));
	assert_int_equal(keep(1, 100, "one"), 0);
	assert_null(get(1, 100));
	s = get(1, 99);
	assert_memory_equal(s->ocsp.response.data, "one", 3);
	assert_int_equal(keep(1, 200, "newer"), 0);
	newer = get(1, 150);
	assert_int_equal(newer->len, 5);
	assert_memory_equal(s->der, "one", 3); /* a handshake may hold it */
	staple_put(&s);
	staple_put(&newer);
	assert_null(s);
	staple_forget_all();
	assert_null(get(1, 0));
}

static void nonsense(void **state)
{
	memset(&m, 0, sizeof(m));
	m.len = IPC_STAPLE_MAX + 1;
	assert_int_equal(staple_keep(&m, IPC_STAPLE_HEAD + m.len), -1);
	m.len = 10;
	assert_int_equal(staple_keep(&m, IPC_STAPLE_HEAD + 9), -1);
	assert_int_equal(staple_keep(&m, 3), -1);
	assert_int_equal(staple_keep(&m, 0), -1);
}

/* Of any number of certificates no more is kept than there is room for; one that
 * is kept may still be replaced. */
static void bounded(void **state)
{
	static char text[IPC_STAPLE_MAX];
	unsigned most = STAPLES_MOST / (sizeof(text) - 1), i;
	struct staple *s;

	memset(text, 'x', sizeof(text) - 1);
	for (i = 1; i <= most; i++)
		assert_int_equal(keep(i, INT64_MAX, text), 0);
	assert_int_equal(keep(i, INT64_MAX, text), -1);
	assert_int_equal(keep(1, INT64_MAX, text), 0);
	s = get(most, 0);
	assert_non_null(s);
	staple_put(&s);
	staple_forget_all();
	assert_int_equal(keep(i, INT64_MAX, text), 0);
	staple_forget_all();
}

static void carried(void **state)
{
	int64_t later = time(NULL) + 1000;
	int fd = memfd_create("staples", 0);
	struct staple *s;
	unsigned i;

	for (i = 1; i <= 1000; i++)
		assert_int_equal(keep(i, i % 10 ? later : 1, "text"), 0);
	assert_int_equal(staple_save(fd), 0);
	staple_forget_all();
	lseek(fd, 0, SEEK_SET);
	staple_restore(fd);
	for (i = 1; i <= 1000; i++) {
		s = get(i, later - 1);
		assert_int_equal(s != NULL, i % 10 != 0);
		staple_put(&s);
	}
	staple_forget_all();
	assert_int_equal(ftruncate(fd, 100), 0); /* cut off */
	lseek(fd, 0, SEEK_SET);
	staple_restore(fd);
	staple_forget_all();
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(kept),
		cmocka_unit_test(nonsense), cmocka_unit_test(bounded),
		cmocka_unit_test(carried)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
