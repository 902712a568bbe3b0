/*
 * Shares of the board.  During an upgrade, the old tlsd (master/handover_take.c) and
 * its successor count on one board, each in its own share of the counters.  So
 * limits hold for both together, and what was learned about servers stays.  A
 * master owns a share by locking one octet of the memory; the kernel releases
 * the lock when that process ends, however it ends.
 */
#include "board_share.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "board_parts.h"

static unsigned per_share(void)
{
	return board_workers / BOARD_SHARES;
}

void board_use_share(unsigned share)
{
	board_first = share % BOARD_SHARES * per_share();
}

/* Two tlsd must not write the register of servers at the same time. */
static void set_lock(int fd, short type)
{
	struct flock l = {.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = BOARD_SHARES,
		.l_len = 1};

	while (fcntl(fd, F_SETLKW, &l) < 0 && errno == EINTR)
		;
}

void board_lock(int fd)
{
	set_lock(fd, F_WRLCK);
}

void board_unlock(int fd)
{
	set_lock(fd, F_UNLCK);
}

static int lock(int fd, unsigned share, short type)
{
	struct flock l = {.l_type = type,
		.l_whence = SEEK_SET,
		.l_start = share,
		.l_len = 1};

	return fcntl(fd, F_SETLK, &l);
}

/* Takes back what its last owner counted. */
static void clean(struct board *b, unsigned share)
{
	unsigned mine = board_first, i;

	if (!atomic_exchange(&b->used[share], 1))
		return; /* never used */
	board_use_share(share);
	for (i = 0; i < per_share(); i++)
		board_worker_gone(b, i);
	board_servers_leave(b, share);
	board_first = mine;
}

int board_take_share(struct board *b, int fd)
{
	unsigned i;

	for (i = 0; i < BOARD_SHARES; i++)
		if (lock(fd, i, F_WRLCK) == 0) {
			board_lock(fd);
			clean(b, i);
			board_unlock(fd);
			board_use_share(i);
			return (int)i;
		}
	return -1;
}

void board_sweep(struct board *b, int fd)
{
	unsigned i;

	for (i = 0; i < BOARD_SHARES; i++) {
		if (i * per_share() == board_first || lock(fd, i, F_WRLCK) < 0)
			continue;
		board_lock(fd);
		clean(b, i);
		board_unlock(fd);
		lock(fd, i, F_UNLCK);
	}
}

void board_layout(char out[BOARD_LAYOUT_MAX])
{
	snprintf(out, BOARD_LAYOUT_MAX, "%llx-%zx-%zx-%u",
		(unsigned long long)BOARD_MAGIC, sizeof(struct board),
		BOARD_COUNTERS, board_workers);
}
