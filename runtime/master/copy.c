/*
 * A sealed copy of a file (copy.h).  A second thread hashes it while it is made
 * and while the caller checks its structure: each reads the whole table, and
 * two cores share the work.  So the first octets are hashed before the copy is
 * sealed.  Until then nobody else has the descriptor; a process that could
 * write through /proc/PID/fd could write into this process as well.  The
 * structure, which memory safety rests on, and the signature are checked after
 * sealing.
 */
#include "copy.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refuse.h"
#include "runtime/common/links.h"
#include "runtime/table/table.h"

#define STEP (128u << 10)
#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

/* Only root and tlsd's own user may provide a table. */
static int trusted(const char *path, const struct stat *st, struct refusal *why)
{
	if (!S_ISREG(st->st_mode))
		refuse(why, "TC0901", "%s: not a regular file", path);
	else if (st->st_uid != 0 && st->st_uid != geteuid())
		refuse(why, "TC0901",
			"%s: owned by uid %u, but must be owned by %s", path,
			(unsigned)st->st_uid, links_owners());
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		refuse(why, "TC0901",
			"%s: writable by group or others (mode %04o)", path,
			(unsigned)st->st_mode & 07777);
	else if (st->st_size < TBL_HEADER_SIZE)
		refuse(why, "TC0901", "%s: truncated (header at offset %lld)",
			path, (long long)st->st_size);
	else
		return 1;
	return 0;
}

static int unchanged(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
		a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
		a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
		a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
		a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t r = write(fd, p, n);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

/* Tells the hashing thread how many octets there are, and whether more will
 * come. */
enum growth { GROWS, BROKEN };

static void tell(struct copy *c, size_t have, enum growth growth)
{
	pthread_mutex_lock(&c->mutex);
	c->have = have;
	c->broken = growth == BROKEN;
	pthread_cond_signal(&c->more);
	pthread_mutex_unlock(&c->mutex);
}

static int wait_for(void *arg, size_t n)
{
	struct copy *c = arg;
	int broken;

	pthread_mutex_lock(&c->mutex);
	while (c->have < n && !c->broken)
		pthread_cond_wait(&c->more, &c->mutex);
	broken = c->broken;
	pthread_mutex_unlock(&c->mutex);
	return broken ? -1 : 0;
}

static void *hash(void *arg)
{
	struct copy *c = arg;
	struct table_growth growth = {.wait = wait_for, .arg = c};

	c->error = table_hash_grown(c->base, c->size, &growth, &c->fault);
	return NULL;
}

/* Through a buffer that stays in the cache.  That takes half the time of
 * writing to a mapping, whose pages the kernel zeroes first.  -1 with errno;
 * errno is 0 if the file ended early. */
static int fill(struct copy *c, int fd)
{
	uint8_t *buf = malloc(STEP);
	size_t have = 0;
	ssize_t r = -1;

	while (buf && have < c->size) {
		size_t step = c->size - have < STEP ? c->size - have : STEP;

		r = read(fd, buf, step);
		if (r < 0 && errno == EINTR)
			continue;
		if (r == 0)
			errno = 0;
		if (r <= 0 || write_all(c->fd, buf, (size_t)r) < 0)
			break;
		have += (size_t)r;
		tell(c, have, GROWS);
	}
	free(buf);
	return have == c->size ? 0 : -1;
}

/* Copies and seals while the other thread hashes. */
static int copy_sealed(struct copy *c, const char *path, int fd,
	const struct stat *before, struct refusal *why)
{
	struct stat after;

	errno = 0;
	if (fill(c, fd) < 0)
		refuse(why, "TC0901", "%s: %s", path,
			errno ? strerror(errno)
			      : "truncated while it was read");
	else if (fstat(fd, &after) < 0 || !unchanged(before, &after))
		refuse(why, "TC0901", "%s: changed while it was read", path);
	else if (fcntl(c->fd, F_ADD_SEALS, SEALS) < 0)
		refuse(why, "TC0901", "sealing: %s", strerror(errno));
	else
		return 0;
	return -1;
}

/* Memory of the file's size, and a view of it.  The view is private because a
 * shared one would prevent sealing; for pages that nobody can write, both are
 * the same. */
static int make_room(struct copy *c, size_t size, struct refusal *why)
{
	c->size = size;
	c->fd = memfd_create("tlsd-table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (c->fd >= 0 && ftruncate(c->fd, (off_t)size) == 0) {
		c->base = mmap(NULL, size, PROT_READ, MAP_PRIVATE, c->fd, 0);
		if (c->base != MAP_FAILED)
			return 0;
	}
	refuse(why, "TC0901", "memory for the table: %s", strerror(errno));
	if (c->fd >= 0)
		close(c->fd);
	return -1;
}

static int copy_file(
	struct copy *c, const char *path, int fd, struct refusal *why)
{
	struct table_fault unused;
	struct stat st;

	if (fstat(fd, &st) < 0) {
		refuse(why, "TC0901", "%s: %s", path, strerror(errno));
		return -1;
	}
	if (!trusted(path, &st, why) ||
		make_room(c, (size_t)st.st_size, why) < 0)
		return -1;
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->more, NULL);
	c->threaded = pthread_create(&c->thread, NULL, hash, c) == 0;
	if (copy_sealed(c, path, fd, &st, why) == 0)
		return 0;
	tell(c, 0, BROKEN);
	copy_hashes(c, &unused);
	munmap((void *)c->base, c->size);
	close(c->fd);
	return -1;
}

int copy_begin(struct copy *c, const char *path, struct refusal *why)
{
	char err[512];
	int r, fd = links_open(path, err, sizeof(err));

	memset(c, 0, sizeof(*c));
	if (fd < 0) {
		refuse(why, "TC0901", "%s", err);
		return -1;
	}
	r = copy_file(c, path, fd, why);
	close(fd);
	return r;
}

enum table_error copy_hashes(struct copy *c, struct table_fault *fault)
{
	if (c->threaded)
		pthread_join(c->thread, NULL);
	else
		hash(c);
	assert(c->have == c->size || c->broken);
	pthread_mutex_destroy(&c->mutex);
	pthread_cond_destroy(&c->more);
	*fault = c->fault;
	return c->error;
}
