/*
 * Gathering a bundle (bundle.h), in the master only: reads each file a table
 * names exactly once, adds what else workers need, and writes all of it into
 * a memfd that is then sealed.  Copies of keys on the heap are wiped.
 */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../grammar/table.h"
#include "bundle_file.h"

#define FILE_MAX (16u << 20) /* octets; CA bundles are about 200 KiB */

enum words {
#define WORD_STAPLE(id, value, word) STAPLE_##id = value,
#include "../grammar/words.def"
};

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

static void wipe(uint8_t *p, size_t n)
{
	if (p)
		explicit_bzero(p, n);
	free(p);
}

void bundle_files_free(struct bundle_files *f)
{
	size_t i;

	for (i = 0; i < f->count; i++) {
		free(f->file[i].path);
		wipe(f->file[i].data, f->file[i].len);
	}
	free(f->file);
	memset(f, 0, sizeof(*f));
}

/* Takes data over. */
static void append(
	struct bundle_files *f, const char *path, uint8_t *data, size_t len)
{
	if (f->count == f->room) {
		f->room = f->room ? f->room * 2 : 16;
		f->file = need(realloc(f->file, f->room * sizeof(*f->file)));
	}
	f->file[f->count] = (struct bundle_file){
		.path = need(strdup(path)), .data = data, .len = len,
		.rank = f->count};
	f->count++;
}

void bundle_add(
	struct bundle_files *f, const char *path, const void *data, size_t len)
{
	uint8_t *copy = need(malloc(len + 1));

	memcpy(copy, data, len);
	append(f, path, copy, len);
}

/* The whole of an open regular file.  NULL with errno. */
static uint8_t *slurp(int fd, size_t *len)
{
	size_t have = 0, room;
	struct stat st;
	uint8_t *p;

	if (fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	if (st.st_size > (off_t)FILE_MAX) {
		errno = EFBIG;
		return NULL;
	}
	room = (size_t)st.st_size + 1;
	p = need(malloc(room));
	while (have < room) {
		ssize_t r = read(fd, p + have, room - have);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			wipe(p, have);
			return NULL;
		}
		if (r == 0)
			break;
		have += (size_t)r;
	}
	if (have == room) { /* it grew while we read: half a renewal */
		wipe(p, have);
		errno = EAGAIN;
		return NULL;
	}
	*len = have;
	return p;
}

static int read_file(struct bundle_files *f, int dir, const char *name,
	const char *path, char *err, size_t n)
{
	size_t len = 0;
	uint8_t *data;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		snprintf(err, n, "%s: %s", path, strerror(errno));
		return -1;
	}
	data = slurp(fd, &len);
	if (!data) {
		snprintf(err, n, "%s: %s", path,
			errno == EAGAIN ? "changed while it was read" :
			errno == EINVAL ? "not a regular file" :
					  strerror(errno));
		close(fd);
		return -1;
	}
	close(fd);
	append(f, name, data, len);
	return 0;
}

static int path_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every file a table names, with repetitions. */
static size_t table_paths(const struct table *t, const char **path)
{
	size_t n = 0;
	uint32_t i;

	for (i = 0; i < t->cert_count; i++) {
		const struct tbl_cert *c = &t->cert[i];

		path[n++] = table_str(t, c->chain_str);
		path[n++] = table_str(t, c->key_str);
		path[n++] = table_str(t, c->sct_str);
		if (c->staple == STAPLE_FILE)
			path[n++] = table_str(t, c->staple_str);
	}
	for (i = 0; i < t->backend_count; i++)
		path[n++] = table_str(t, t->backend[i].ca_str);
	for (i = 0; i < t->action_count; i++) {
		path[n++] = table_str(t, t->action[i].client_ca_str);
		path[n++] = table_str(t, t->action[i].client_crl_str);
	}
	return n;
}

static int wants_system_ca(const struct table *t)
{
	uint32_t i;

	for (i = 0; i < t->backend_count; i++)
		if (t->backend[i].flags & TBL_BACKEND_SYSTEM_CA)
			return 1;
	return 0;
}

/* Where distributions keep one file of all trusted CAs. */
static int read_system_ca(struct bundle_files *f, char *err, size_t n)
{
	static const char *const place[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
	size_t i;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		if (read_file(f, AT_FDCWD, BUNDLE_SYSTEM_CA, place[i], err,
			    n) == 0)
			return 0;
	snprintf(err, n, "no file of the system's CA certificates found "
			 "(install ca-certificates)");
	return -1;
}

const char **bundle_paths(const struct table *t)
{
	size_t most = 4 * (size_t)t->cert_count + t->backend_count +
		2 * (size_t)t->action_count + 1;
	const char **path = need(calloc(most, sizeof(*path)));
	size_t i, n = 0, count = table_paths(t, path);

	qsort(path, count, sizeof(*path), path_order);
	for (i = 0; i < count; i++) {
		if (!*path[i] || (n > 0 && strcmp(path[i], path[n - 1]) == 0))
			continue;
		if (strncmp(path[i], BUNDLE_PKCS11, strlen(BUNDLE_PKCS11)) != 0)
			path[n++] = path[i];
	}
	path[n] = NULL;
	return path;
}

int bundle_collect(struct bundle_files *f, const struct table *t,
	const char *base_dir, char *err, size_t n)
{
	int r = 0, dir = open(base_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char **path;
	size_t i;

	if (dir < 0) {
		snprintf(err, n, "%s: %s", base_dir, strerror(errno));
		return -1;
	}
	path = bundle_paths(t);
	for (i = 0; path[i] && r == 0; i++)
		r = read_file(f, dir, path[i], path[i], err, n);
	if (r == 0 && wants_system_ca(t))
		r = read_system_ca(f, err, n);
	free(path);
	close(dir);
	return r;
}

static int file_order(const void *a, const void *b)
{
	const struct bundle_file *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : (x->rank < y->rank ? -1 : 1);
}

static size_t record_size(const struct bundle_file *file)
{
	return (8 + strlen(file->path) + file->len + 7) & ~(size_t)7;
}

static uint8_t *put_record(uint8_t *to, const struct bundle_file *file)
{
	uint32_t head[2] = {
		(uint32_t)strlen(file->path), (uint32_t)file->len};

	memcpy(to, head, sizeof(head));
	memcpy(to + 8, file->path, head[0]);
	memcpy(to + 8 + head[0], file->data, file->len);
	return to + record_size(file); /* fresh memory: zeros behind it */
}

/* Of equal names the last one. */
static int is_last(const struct bundle_files *f, size_t i)
{
	return i + 1 == f->count ||
		strcmp(f->file[i].path, f->file[i + 1].path) != 0;
}

/* Through a mapping: 200,000 small files are as many writes otherwise.  It
 * must be gone before the seals can be set. */
static int put_all(int fd, const struct bundle_files *f)
{
	uint8_t *base, *to;
	size_t size = 0, i;

	for (i = 0; i < f->count; i++)
		size += is_last(f, i) ? record_size(&f->file[i]) : 0;
	if (size == 0)
		return 0;
	if (ftruncate(fd, (off_t)size) < 0)
		return -1;
	base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return -1;
	for (to = base, i = 0; i < f->count; i++)
		if (is_last(f, i))
			to = put_record(to, &f->file[i]);
	return munmap(base, size);
}

int bundle_seal(struct bundle_files *f, char *err, size_t n)
{
	int fd = memfd_create("tlsd-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		goto fail;
	if (f->count > 0)
		qsort(f->file, f->count, sizeof(*f->file), file_order);
	if (put_all(fd, f) < 0)
		goto fail;
	if (fcntl(fd, F_ADD_SEALS,
		    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		goto fail;
	return fd;
fail:
	snprintf(err, n, "bundle: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

int bundle_make(
	const struct table *t, const char *base_dir, char *err, size_t n)
{
	struct bundle_files files = {0};
	int fd = -1;

	if (bundle_collect(&files, t, base_dir, err, n) == 0)
		fd = bundle_seal(&files, err, n);
	bundle_files_free(&files);
	return fd;
}
