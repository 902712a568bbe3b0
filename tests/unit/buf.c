/* LINK: runtime/common/buf.c */
/*
 * The byte queue: whatever is appended and consumed in whatever pieces, the
 * octets come out in order, and an empty queue holds no memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/common/buf.h"

static void pieces(void **state)
{
	uint32_t seed = 1;
	uint8_t put = 0, got = 0, piece[700];
	struct buf *b = NULL;
	size_t waiting = 0, n, i;

	for (int round = 0; round < 20000; round++) {
		seed = seed * 1664525 + 1013904223;
		n = (seed >> 16) % sizeof(piece);
		if (seed >> 31) {
			for (i = 0; i < n; i++)
				piece[i] = put++;
			assert_int_equal(buf_append(&b, piece, n), 0);
			waiting += n;
		} else {
			n = n < waiting ? n : waiting;
			for (i = 0; i < n; i++)
				assert_int_equal(buf_data(b)[i], got++);
			buf_consume(&b, n);
			waiting -= n;
		}
		assert_int_equal(buf_len(b), waiting);
		assert_int_equal(b == NULL, waiting == 0);
	}
	buf_free(&b);
	assert_null(b);
}

static void room(void **state)
{
	struct buf *b = NULL;
	uint8_t *p = buf_room(&b, 100);

	memcpy(p, "hello", 5);
	buf_added(b, 5);
	buf_consume(&b, 3);
	/* What was consumed is used again before the queue grows. */
	p = buf_room(&b, 98);
	assert_ptr_equal(p, b->data + 2);
	assert_int_equal(b->cap, 100);
	assert_memory_equal(buf_data(b), "lo", 2);
	buf_free(&b);
	assert_null(buf_room(&b, (size_t)1 << 40));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces), cmocka_unit_test(room)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
