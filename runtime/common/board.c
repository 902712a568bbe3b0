/*
 * The board's memory and its register of metrics.  The register uses open
 * addressing: an entry is claimed by setting its key, then filled, then marked
 * ready; it is never removed.  Limits are in board_limit.c, servers in
 * board_register.c.
 */
#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "board_parts.h"
#include "board_register.h"
#include "clock.h"
#include "runtime/table/siphash.h"

/* A register that is nearly full is not searched completely for every
 * connection. */
#define METRIC_PROBES 256

unsigned board_workers, board_first;
/* The board's descriptor, for board_written; whoever mapped the board keeps it
 * open.  We must not hold a duplicate: closing it would release all locks. */
static struct {
	int fd;
	dev_t dev;
	ino_t ino;
} file;
static uint64_t seed[2]; /* of the board that is mapped */

static size_t board_size(unsigned workers)
{
	return sizeof(struct board) +
		BOARD_COUNTERS * workers * sizeof(uint32_t);
}

static size_t most(void)
{
	return (size_t)BOARD_SHARES * BOARD_WORKERS_MAX;
}

int board_create(unsigned workers)
{
	int fd, saved;
	struct board *b;

	if (workers == 0 || workers > BOARD_WORKERS_MAX) {
		errno = EINVAL;
		return -1;
	}
	fd = memfd_create("tlsd-board", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	b = MAP_FAILED;
	if (ftruncate(fd, (off_t)board_size(workers * BOARD_SHARES)) == 0 &&
		fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK) == 0)
		b = mmap(NULL, sizeof(*b), PROT_READ | PROT_WRITE, MAP_SHARED,
			fd, 0);
	if (b == MAP_FAILED) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	b->magic = BOARD_MAGIC;
	if (getrandom(b->seed, sizeof(b->seed), 0) != sizeof(b->seed))
		abort();
	munmap(b, sizeof(*b));
	return fd;
}

struct board *board_map(int fd)
{
	struct stat st;
	struct board *b;
	size_t n;

	if (fstat(fd, &st) != 0 || (size_t)st.st_size < sizeof(*b))
		return NULL;
	n = ((size_t)st.st_size - sizeof(*b)) /
		(BOARD_COUNTERS * sizeof(uint32_t));
	if (n == 0 || n > most() || n % BOARD_SHARES ||
		board_size((unsigned)n) != (size_t)st.st_size)
		return NULL;
	b = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		fd, 0);
	if (b == MAP_FAILED)
		return NULL;
	if (b->magic != BOARD_MAGIC) {
		munmap(b, (size_t)st.st_size);
		return NULL;
	}
	file.fd = fd;
	file.dev = st.st_dev;
	file.ino = st.st_ino;
	board_workers = (unsigned)n;
	memcpy(seed, b->seed, sizeof(seed));
	return b;
}

void board_restore(struct board *b)
{
	b->magic = BOARD_MAGIC;
	memcpy(b->seed, seed, sizeof(seed));
}

void board_unmap(struct board **b)
{
	if (*b)
		munmap(*b, board_size(board_workers));
	*b = NULL;
}

size_t board_written(size_t from, size_t most, size_t *end)
{
	off_t data, hole;
	struct stat st;

	*end = most;
	if (from >= most)
		return most;
	if (fstat(file.fd, &st) < 0 || st.st_ino != file.ino ||
		st.st_dev != file.dev)
		return from;
	data = lseek(file.fd, (off_t)from, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? most : from;
	hole = lseek(file.fd, data, SEEK_HOLE);
	if (hole >= 0 && (size_t)hole < most)
		*end = (size_t)hole;
	return (size_t)data;
}

/* How many connections the worker's counters in [i, end) count.  Sets them to
 * zero. */
static uint64_t take_back(struct board *b, size_t i, size_t end)
{
	uint64_t lost = 0;
	uint32_t n;

	for (; i < end; i += board_workers) {
		n = atomic_load_explicit(&b->counters[i], memory_order_relaxed);
		if (!n)
			continue;
		atomic_store(&b->counters[i], 0);
		if (i < (size_t)BOARD_LIMITS * board_workers)
			lost += n;
	}
	return lost;
}

void board_worker_gone(struct board *b, unsigned worker)
{
	const size_t base = offsetof(struct board, counters);
	size_t most = base + BOARD_COUNTERS * board_workers * sizeof(uint32_t);
	size_t from, end, first;
	uint64_t lost = 0;

	worker = board_slot(worker);
	if (worker >= board_workers)
		return;
	for (from = board_written(base, most, &end); from < most;
		from = board_written(end, most, &end)) {
		/* The worker's first counter in the run. */
		first = (from - base + sizeof(uint32_t) - 1) / sizeof(uint32_t);
		first += (worker + board_workers - first % board_workers) %
			board_workers;
		lost += take_back(b, first, (end - base) / sizeof(uint32_t));
	}
	atomic_fetch_sub(&b->totals.connections_live, lost);
}

uint64_t board_now(void)
{
	return clock_us();
}

uint64_t board_key(const void *name, size_t n)
{
	uint64_t key = siphash13(seed, name, n);

	return key ? key : 1;
}

uint32_t board_sum(const _Atomic uint32_t *counters, unsigned workers)
{
	uint32_t sum = 0, n;

	for (unsigned i = 0; i < workers; i++) {
		n = atomic_load_explicit(&counters[i], memory_order_relaxed);
		/* Below zero: taken back from a worker that lived a moment
		 * longer. */
		sum += n > INT32_MAX ? 0 : n;
	}
	return sum;
}

struct board_totals *board_totals(struct board *b)
{
	return &b->totals;
}

/* 1: claimed, to be filled; 0: it has that key; -1: it has another key. */

/* 1: the entry is claimed and to be filled; 0: it is the one; -1: another's. */
static int claim(_Atomic uint64_t *at, uint64_t key)
{
	uint64_t free_key = atomic_load(at);

	/* Only read if possible: others count there. */
	if (free_key)
		return free_key == key ? 0 : -1;
	if (atomic_compare_exchange_strong(at, &free_key, key))
		return 1;
	return free_key == key ? 0 : -1;
}

static void copy_name(
	char *to, size_t space, const char *name, _Atomic uint32_t *ready)
{
	size_t n = strlen(name);

	if (n >= space)
		n = space - 1;
	memcpy(to, name, n);
	to[n] = 0;
	atomic_store(ready, 1);
}

int board_whole(const char *text, size_t space, const _Atomic uint32_t *ready)
{
	return atomic_load(ready) && memchr(text, 0, space);
}

struct board_server *board_server_first(struct board *b)
{
	return b->server;
}

struct board_metric *board_metric(struct board *b, const char *labels)
{
	static const char overflow[] = BOARD_OVERFLOW;
	struct board_metric *last = &b->metric[BOARD_METRICS - 1];
	uint64_t key = board_key(labels, strlen(labels));

	for (unsigned i = 0; i < METRIC_PROBES; i++) {
		struct board_metric *m =
			&b->metric[(key + i) % (BOARD_METRICS - 1)];
		int rc = claim(&m->key, key);

		if (rc == 1)
			copy_name(m->labels, sizeof(m->labels), labels,
				&m->ready);
		if (rc >= 0)
			return m;
	}
	if (claim(&last->key, 1) == 1)
		copy_name(last->labels, sizeof(last->labels), overflow,
			&last->ready);
	return last;
}

struct board_metric *board_metric_next(struct board *b, unsigned *at)
{
	while (*at < BOARD_METRICS) {
		struct board_metric *m = &b->metric[(*at)++];

		if (board_whole(m->labels, sizeof(m->labels), &m->ready))
			return m;
	}
	return NULL;
}
