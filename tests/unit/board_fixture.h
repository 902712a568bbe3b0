/*
 * A board for two workers, and a source that connects.
 */
#ifndef TESTS_BOARD_FIXTURE_H
#define TESTS_BOARD_FIXTURE_H

#include <unistd.h>

#include "runtime/common/board.h"
#include "runtime/common/board_limit.h"
#include "runtime/common/board_heal.h"
#include "runtime/common/board_parts.h"
#include "runtime/common/board_register.h"

static struct board *b;
static uint8_t addr[16] = {192, 0, 2, 7};

static inline int set_up(void **state)
{
	int fd = board_create(2);

	(void)state;
	assert_true(fd >= 0);
	b = board_map(fd);
	close(fd);
	assert_non_null(b);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	board_unmap(&b);
	return 0;
}

static inline enum board_verdict enter(unsigned worker,
	const struct tbl_limit *l, const uint8_t *from, uint64_t now,
	struct board_hold *h)
{
	return board_enter(b, worker, l, "standard", TBL_V4, from, now, h);
}

#define WITH_BOARD(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
