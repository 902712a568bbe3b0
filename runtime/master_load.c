/*
 * Reading a table (master.h): the file is copied once into a memfd sealed
 * against every change, and only that copy is believed, so that neither an
 * overwrite nor a truncation of the file can reach a running process.  The
 * files it names are master_files.c's.
 */
#include "master.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bundle.h"

#define COPY_STEP (1u << 20)
#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

static void name_file(struct refusal *r, const char *path)
{
	struct refusal plain = *r;

	refuse(r, plain.id, "%s: %s", path, plain.text);
}

/* Only the owner of this process or root may decide what it does. */
static int trusted(const char *path, const struct stat *st, struct refusal *why)
{
	if (!S_ISREG(st->st_mode))
		refuse(why, "TC0901", "%s: not a regular file", path);
	else if (st->st_uid != 0 && st->st_uid != geteuid())
		refuse(why, "TC0901",
			"%s: owned by uid %u, must be root or uid %u", path,
			(unsigned)st->st_uid, (unsigned)geteuid());
	else if (st->st_mode & (S_IWGRP | S_IWOTH))
		refuse(why, "TC0901",
			"%s: writable by group or others (mode %04o)", path,
			(unsigned)st->st_mode & 07777);
	else if (st->st_size < TBL_HEADER_SIZE)
		refuse(why, "TC0901",
			"%s: truncated in header at offset %lld", path,
			(long long)st->st_size);
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

/* Through a buffer that stays in the cache: half the time of filling a mapping,
 * whose pages the kernel would zero first.  -1 with errno, 0: the file ended
 * early. */
static int fill(int memfd, int fd, size_t size)
{
	uint8_t *buf = malloc(COPY_STEP);
	size_t have = 0;
	ssize_t r = -1;

	while (buf && have < size) {
		size_t step = size - have < COPY_STEP ? size - have : COPY_STEP;

		r = read(fd, buf, step);
		if (r < 0 && errno == EINTR)
			continue;
		if (r == 0)
			errno = 0;
		if (r <= 0 || write_all(memfd, buf, (size_t)r) < 0)
			break;
		have += (size_t)r;
	}
	free(buf);
	return have == size ? 0 : -1;
}

/* A sealed copy of the file, or -1. */
static int seal_file(const char *path, int fd, struct refusal *why)
{
	struct stat before, after;
	int memfd;

	if (fstat(fd, &before) < 0) {
		refuse(why, "TC0901", "%s: %s", path, strerror(errno));
		return -1;
	}
	if (!trusted(path, &before, why))
		return -1;
	memfd = memfd_create("tlsd-table", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (memfd < 0) {
		refuse(why, "TC0901", "memory for the table: %s",
			strerror(errno));
		return -1;
	}
	errno = 0;
	if (fill(memfd, fd, (size_t)before.st_size) < 0) {
		refuse(why, "TC0901", "%s: %s", path,
			errno ? strerror(errno) : "truncated while it was read");
		goto fail;
	}
	if (fstat(fd, &after) < 0 || !unchanged(&before, &after)) {
		refuse(why, "TC0901", "%s: changed while it was read", path);
		goto fail;
	}
	if (fcntl(memfd, F_ADD_SEALS, SEALS) < 0) {
		refuse(why, "TC0901", "sealing: %s", strerror(errno));
		goto fail;
	}
	return memfd;
fail:
	close(memfd);
	return -1;
}

static int open_table(const char *path, struct refusal *why)
{
	int memfd, fd = open(path,
			   O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0) {
		refuse(why, "TC0901", "%s: %s", path,
			errno == ELOOP ? "is a symbolic link" :
					 strerror(errno));
		return -1;
	}
	memfd = seal_file(path, fd, why);
	close(fd);
	return memfd;
}

static void hex(char out[65], const uint8_t in[32])
{
	int i;

	for (i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", in[i]);
}

/* The hashes, on another core. */
struct hashing {
	const struct table *table; /* its view at least */
	struct table_fault fault;
	enum table_error error;
};

static void *hash_thread(void *arg)
{
	struct hashing *h = arg;

	h->error = table_check_hashes(h->table, &h->fault);
	return NULL;
}

static void refuse_fault(struct refusal *why, const char *path,
	const struct table_fault *f)
{
	refuse(why, "TC0901", "%s: %s in %s at offset %llu", path,
		table_error_text(f->error), table_section_name(f->section),
		(unsigned long long)f->offset);
}

/* Structure and hashes at once: each reads the whole table. */
static int check_table(const char *path, const struct table *t,
	struct refusal *why)
{
	struct hashing h = {.table = t};
	struct table_fault fault;
	struct table checked;
	pthread_t thread;
	int threaded = pthread_create(&thread, NULL, hash_thread, &h) == 0;
	enum table_error e = table_check(t->base, t->size, &checked, &fault);

	if (threaded)
		pthread_join(thread, NULL);
	else
		hash_thread(&h);
	if (e != TABLE_OK)
		refuse_fault(why, path, &fault);
	else if (h.error != TABLE_OK)
		refuse_fault(why, path, &h.fault);
	else
		return 0;
	return -1;
}

static void describe(struct loaded *l, const char *path, const char *by)
{
	const struct tbl_header *h = l->view->table.header;
	time_t now = time(NULL);
	struct tm tm;

	hex(l->root, h->root);
	hex(l->semantic, h->semantic);
	l->serial = h->serial;
	snprintf(l->path, sizeof(l->path), "%s", path);
	snprintf(l->by, sizeof(l->by), "%s", by);
	gmtime_r(&now, &tm);
	strftime(l->at, sizeof(l->at), "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static struct loaded *load_new(void)
{
	struct loaded *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->table_fd = l->bundle_fd = l->keys_fd = l->public_fd = -1;
	return l;
}

/* Over the sealed octets, not over a file that may be another by now. */
static int check_signature(struct loaded *l, const char *path,
	const struct options *o, struct refusal *why)
{
	const struct table *t = &l->view->table;
	char sig[300], err[300] = "";
	int i;

	if (!o->signed_only)
		return 0;
	snprintf(sig, sizeof(sig), "%s.sig", path);
	if (signature_verify(&o->pubkey, sig, t->base, t->size, err,
		    sizeof(err)) < 0) {
		refuse_known(why, err);
		name_file(why, path);
		return -1;
	}
	for (i = 0; i < SIGNATURE_KEYNUM; i++)
		snprintf(l->signer + 2 * i, 3, "%02x", o->pubkey.keynum[i]);
	return 0;
}

struct loaded *load_read(const char *path, const char *by,
	const struct options *o, struct refusal *why)
{
	struct loaded *l = load_new();
	char err[512] = "";

	l->table_fd = open_table(path, why);
	if (l->table_fd < 0)
		goto fail;
	l->view = generation_map(0, l->table_fd, -1, err, sizeof(err));
	if (!l->view) {
		refuse_known(why, err);
		name_file(why, path);
		goto fail;
	}
	if (check_table(path, &l->view->table, why) < 0 ||
		check_signature(l, path, o, why) < 0)
		goto fail;
	describe(l, path, by);
	return l;
fail:
	load_free(&l);
	return NULL;
}

static int again(int fd, int *copy)
{
	if (fd >= 0)
		*copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return fd >= 0 && *copy < 0 ? -1 : 0;
}

static int again_files(const struct loaded *old, struct loaded *l)
{
	l->fingerprint = old->fingerprint;
	return again(old->bundle_fd, &l->bundle_fd) < 0 ||
			again(old->keys_fd, &l->keys_fd) < 0 ||
			again(old->public_fd, &l->public_fd) < 0
		? -1
		: 0;
}

struct loaded *load_again(const struct loaded *old, const char *by, int files,
	struct refusal *why)
{
	struct loaded *l = load_new();
	char err[512] = "";

	if (again(old->table_fd, &l->table_fd) < 0 ||
		(files && again_files(old, l) < 0)) {
		refuse(why, "", "%s", strerror(errno));
		load_free(&l);
		return NULL;
	}
	l->view = generation_map(0, l->table_fd, l->bundle_fd, err,
		sizeof(err));
	if (!l->view) {
		refuse_known(why, err);
		load_free(&l);
		return NULL;
	}
	describe(l, old->path, by);
	l->origin = old->origin;
	memcpy(l->signer, old->signer, sizeof(l->signer));
	return l;
}

int load_same_files(const struct loaded *a, const struct loaded *b)
{
	return bundle_equal(a->view->bundle, b->view->bundle);
}

void load_free(struct loaded **lp)
{
	struct loaded *l = *lp;

	*lp = NULL;
	if (!l)
		return;
	if (l->view)
		generation_put(&l->view);
	if (l->table_fd >= 0)
		close(l->table_fd);
	if (l->bundle_fd >= 0)
		close(l->bundle_fd);
	if (l->keys_fd >= 0)
		close(l->keys_fd);
	if (l->public_fd >= 0)
		close(l->public_fd);
	free(l);
}
