/*
 * The bundle (bundle.h): format and reading.  Maps a sealed memfd, checks every
 * entry once, and then finds entries by binary search. bundle_make.c makes
 * bundles.
 */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct bundle {
	const uint8_t *base;
	size_t size;
	size_t count;
	size_t at[]; /* offsets of the entries, in path order */
};

struct entry {
	const char *path;
	const uint8_t *data;
	uint32_t path_len, data_len;
};

/* Reads the entry at off.  Returns the offset of the next one; 0 if it is
 * malformed. */
static size_t entry_at(
	const uint8_t *base, size_t size, size_t off, struct entry *r)
{
	size_t end;

	if (size - off < 8)
		return 0;
	memcpy(&r->path_len, base + off, 4);
	memcpy(&r->data_len, base + off + 4, 4);
	end = 8 + (size_t)r->path_len + r->data_len;
	if (r->path_len == 0 || end > size - off)
		return 0;
	end = (end + 7) & ~(size_t)7;
	if (end > size - off)
		return 0;
	r->path = (const char *)base + off + 8;
	r->data = base + off + 8 + r->path_len;
	return off + end;
}

static int path_compare(const char *a, size_t alen, const char *b, size_t blen)
{
	int c = memcmp(a, b, alen < blen ? alen : blen);

	if (c != 0)
		return c;
	return alen < blen ? -1 : alen > blen;
}

/* The number of entries; -1 if one is incomplete or out of order. */
static long count_records(const uint8_t *base, size_t size)
{
	struct entry r, last = {0};
	size_t off = 0;
	long n = 0;

	while (off < size) {
		off = entry_at(base, size, off, &r);
		if (off == 0)
			return -1;
		if (n > 0 &&
			path_compare(last.path, last.path_len, r.path,
				r.path_len) >= 0)
			return -1;
		last = r;
		n++;
	}
	return n;
}

static struct bundle *bundle_new(const uint8_t *base, size_t size)
{
	long n = count_records(base, size);
	struct bundle *b;
	struct entry r;
	size_t off = 0;
	long i;

	if (n < 0) {
		errno = EBADMSG;
		return NULL;
	}
	b = malloc(sizeof(*b) + (size_t)n * sizeof(b->at[0]));
	if (!b)
		return NULL;
	b->base = base;
	b->size = size;
	b->count = (size_t)n;
	for (i = 0; i < n; i++) {
		b->at[i] = off;
		off = entry_at(base, size, off, &r);
	}
	return b;
}

struct bundle *bundle_map(int fd, char *err, size_t n)
{
	struct bundle *b;
	struct stat st;
	void *p = NULL;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_WRITE) || !(seals & F_SEAL_SHRINK)) {
		snprintf(err, n, "the bundle's memory is not sealed");
		return NULL;
	}
	if (fstat(fd, &st) < 0) {
		snprintf(err, n, "bundle: %s", strerror(errno));
		return NULL;
	}
	if (st.st_size != 0)
		p = mmap(
			NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		snprintf(err, n, "cannot map the bundle: %s", strerror(errno));
		return NULL;
	}
	if (p)
		madvise(p, (size_t)st.st_size, MADV_DONTDUMP);
	b = bundle_new(p, (size_t)st.st_size);
	if (!b) {
		snprintf(err, n, "bundle: %s",
			errno == EBADMSG ? "damaged" : strerror(errno));
		if (p)
			munmap(p, (size_t)st.st_size);
	}
	return b;
}

void bundle_unmap(struct bundle **bp)
{
	struct bundle *b = *bp;

	*bp = NULL;
	if (!b)
		return;
	if (b->size > 0)
		munmap((void *)b->base, b->size);
	free(b);
}

void bundle_lock(const struct bundle *b)
{
	if (b->size > 0)
		mlock(b->base, b->size);
}

int bundle_equal(const struct bundle *a, const struct bundle *b)
{
	return a->size == b->size &&
		(a->size == 0 || memcmp(a->base, b->base, a->size) == 0);
}

/* The entry whose name has these two parts. */
static int get(const struct bundle *b, const char *kind, const char *path,
	const uint8_t **data, size_t *len)
{
	size_t lo = 0, hi = b->count, k = strlen(kind), n = k + strlen(path);
	char name[PATH_MAX + 32];

	if (n >= sizeof(name))
		return -1;
	memcpy(name, kind, k);
	memcpy(name + k, path, n - k);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		struct entry r;
		int c;

		/* bundle_new has checked it. */
		if (entry_at(b->base, b->size, b->at[mid], &r) == 0)
			return -1;
		c = path_compare(name, n, r.path, r.path_len);
		if (c == 0) {
			*data = r.data;
			*len = r.data_len;
			return 0;
		}
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return -1;
}

int bundle_get(const struct bundle *b, const char *path, const uint8_t **data,
	size_t *len)
{
	return get(b, "", path, data, len);
}

int bundle_get_key(const struct bundle *b, const char *path,
	const uint8_t **data, size_t *len)
{
	return get(b, BUNDLE_KEY, path, data, len);
}

/* ---- certificates ---- */

static int get_about(const struct bundle *b, const char *what, uint32_t i,
	const uint8_t **data, size_t *len)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", (unsigned)i);
	return get(b, what, number, data, len);
}

enum bundle_cert bundle_cert_state(
	const struct bundle *b, uint32_t i, char *why, size_t n)
{
	enum bundle_cert state = BUNDLE_CERT_UNSERVED;
	const uint8_t *p;
	size_t len;

	if (get_about(b, BUNDLE_UNSERVED, i, &p, &len) < 0) {
		if (get_about(b, BUNDLE_KEPT, i, &p, &len) < 0)
			return BUNDLE_CERT_FRESH;
		state = BUNDLE_CERT_KEPT;
	}
	if (why)
		snprintf(why, n, "%.*s", (int)len, (const char *)p);
	return state;
}

int bundle_has_unserved(const struct bundle *b)
{
	size_t lo = 0, hi = b->count, k = strlen(BUNDLE_UNSERVED);
	struct entry r;

	/* The first entry that is not before them. */
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (entry_at(b->base, b->size, b->at[mid], &r) == 0)
			return 0;
		if (path_compare(r.path, r.path_len, BUNDLE_UNSERVED, k) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < b->count &&
		entry_at(b->base, b->size, b->at[lo], &r) != 0 &&
		r.path_len > k && memcmp(r.path, BUNDLE_UNSERVED, k) == 0;
}

/* What is not kept is as it is on disk. */
static int get_of_cert(const struct bundle *b, const char *kind, uint32_t i,
	const char *path, const uint8_t **data, size_t *len)
{
	char kept[32];

	if (bundle_cert_state(b, i, NULL, 0) == BUNDLE_CERT_KEPT) {
		snprintf(kept, sizeof(kept), "%s" BUNDLE_KEPT "%u:", kind,
			(unsigned)i);
		if (get(b, kept, path, data, len) == 0)
			return 0;
	}
	return get(b, kind, path, data, len);
}

int bundle_cert_get(const struct bundle *b, uint32_t i, const char *path,
	const uint8_t **data, size_t *len)
{
	return get_of_cert(b, "", i, path, data, len);
}

int bundle_cert_get_key(const struct bundle *b, uint32_t i, const char *path,
	const uint8_t **data, size_t *len)
{
	return get_of_cert(b, BUNDLE_KEY, i, path, data, len);
}
