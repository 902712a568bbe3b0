/*
 * Makes a bundle (bundle.h), in the master only.  Reads each file that a table
 * names exactly once, adds what else workers need, and writes all of it into a
 * memfd, which is then sealed.  Copies of keys on the heap are wiped.
 */
#include "bundle_make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grammar/table.h"
#include "grammar/words.h"
#include "bundle_file.h"

#define FILE_MAX (16u << 20) /* octets; CA bundles are about 200 KiB */

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
	for (i = 0; i < f->faults; i++) {
		free(f->fault[i].path);
		free(f->fault[i].text);
	}
	free(f->fault);
	free(f->file);
	memset(f, 0, sizeof(*f));
}

enum secrecy { PUBLIC, SECRET };

/* path and data become the bundle's. */
static void append(struct bundle_files *f, char *path, uint8_t *data,
	size_t len, enum secrecy secrecy)
{
	if (f->count == f->space) {
		f->space = f->space ? f->space * 2 : 16;
		f->file = need(realloc(f->file, f->space * sizeof(*f->file)));
	}
	f->file[f->count] = (struct bundle_file){.path = path,
		.data = data,
		.len = len,
		.rank = f->count,
		.secret = secrecy == SECRET};
	f->count++;
}

void bundle_add(
	struct bundle_files *f, const char *path, const void *data, size_t len)
{
	uint8_t *copy = need(malloc(len + 1));

	if (len)
		memcpy(copy, data, len);
	append(f, need(strdup(path)), copy, len, PUBLIC);
}

void bundle_add_key(
	struct bundle_files *f, const char *path, const void *data, size_t len)
{
	size_t n = sizeof(BUNDLE_KEY) + strlen(path);
	uint8_t *copy = need(malloc(len + 1));
	char *name = need(malloc(n));

	snprintf(name, n, BUNDLE_KEY "%s", path);
	if (len)
		memcpy(copy, data, len);
	append(f, name, copy, len, SECRET);
}

/* The contents of an open regular file.  NULL with errno. */
static uint8_t *slurp(int fd, size_t *len)
{
	size_t have = 0, space;
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
	space = (size_t)st.st_size + 1;
	p = need(malloc(space));
	while (have < space) {
		ssize_t r = read(fd, p + have, space - have);

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
	if (have == space) { /* it grew meanwhile: half a renewal */
		wipe(p, have);
		errno = EAGAIN;
		return NULL;
	}
	*len = have;
	return p;
}

/* A file with a chain and its key becomes two entries. */
static int take_apart(struct bundle_files *f, const char *name, unsigned roles,
	const uint8_t *data, size_t len, char *err, size_t n)
{
	uint8_t *part;
	size_t part_len;

	if (roles & BUNDLE_ROLE_KEY)
		bundle_add_key(f, name, data, len);
	if (!(roles & ~(unsigned)BUNDLE_ROLE_KEY))
		return 0;
	if (bundle_public_part(
		    roles, name, data, len, &part, &part_len, err, n) < 0)
		return -1;
	append(f, need(strdup(name)), part, part_len, PUBLIC);
	return 0;
}

static int read_file(struct bundle_files *f, int dir, const char *name,
	const char *path, unsigned roles, char *err, size_t n)
{
	size_t len = 0;
	uint8_t *data;
	int r;
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		snprintf(err, n, "%s: %s", path, strerror(errno));
		return -1;
	}
	data = slurp(fd, &len);
	if (!data) {
		snprintf(err, n, "%s: %s", path,
			errno == EAGAIN           ? "changed while it was read"
				: errno == EINVAL ? "not a regular file"
						  : strerror(errno));
		close(fd);
		return -1;
	}
	close(fd);
	r = take_apart(f, name, roles, data, len, err, n);
	wipe(data, len);
	return r;
}

/* A file that a table names, and what for. */
struct named {
	const char *path;
	unsigned roles;
};

static int path_order(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Every file that a table names, with repetitions; "" where there is none. */
static size_t table_paths(const struct table *t, struct named *path)
{
	size_t n = 0;
	uint32_t i;

#define NAMED(str, role)                                                       \
	path[n++] = (struct named)                                             \
	{                                                                      \
		table_str(t, str), BUNDLE_ROLE_##role                          \
	}
#define TRUSTED(str) NAMED(str, PEM | BUNDLE_ROLE_TRUST)
	for (i = 0; i < t->cert_count; i++) {
		const struct tbl_cert *c = &t->cert[i];

		NAMED(c->chain_str, PEM);
		NAMED(c->key_str, KEY);
		NAMED(c->sct_str, SCTS);
		if (c->staple == STAPLE_FILE)
			NAMED(c->staple_str, STAPLE);
	}
	for (i = 0; i < t->backend_count; i++)
		TRUSTED(t->backend[i].ca_str);
	for (i = 0; i < t->action_count; i++) {
		TRUSTED(t->action[i].client_ca_str);
		TRUSTED(t->action[i].client_crl_str);
	}
#undef TRUSTED
#undef NAMED
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

/* Distributions keep a single file of all trusted CAs there. */
static int read_system_ca(struct bundle_files *f, char *err, size_t n)
{
	static const char *const place[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};
	size_t i;

	for (i = 0; i < sizeof(place) / sizeof(place[0]); i++)
		if (read_file(f, AT_FDCWD, BUNDLE_SYSTEM_CA, place[i],
			    BUNDLE_ROLE_PEM, err, n) == 0)
			return 0;
	snprintf(err, n,
		"no file of the system's CA certificates found "
		"(install ca-certificates)");
	return -1;
}

/* The files that a table names, each once, sorted; ended by NULL. */
static struct named *files_of(const struct table *t)
{
	size_t most = 4 * (size_t)t->cert_count + t->backend_count +
		2 * (size_t)t->action_count + 1;
	struct named *path = need(calloc(most, sizeof(*path)));
	size_t i, n = 0, count = table_paths(t, path);

	if (count)
		qsort(path, count, sizeof(*path), path_order);
	for (i = 0; i < count; i++) {
		if (n > 0 && strcmp(path[i].path, path[n - 1].path) == 0)
			path[n - 1].roles |= path[i].roles;
		else if (*path[i].path &&
			strncmp(path[i].path, BUNDLE_PKCS11,
				strlen(BUNDLE_PKCS11)) != 0)
			path[n++] = path[i];
	}
	path[n].path = NULL;
	return path;
}

const char **bundle_paths(const struct table *t)
{
	struct named *named = files_of(t);
	const char **path;
	size_t n = 0, i;

	while (named[n].path)
		n++;
	path = need(calloc(n + 1, sizeof(*path)));
	for (i = 0; i < n; i++)
		path[i] = named[i].path;
	free(named);
	return path;
}

static void note_fault(
	struct bundle_files *f, const char *path, const char *text)
{
	f->fault = need(realloc(f->fault, (f->faults + 1) * sizeof(*f->fault)));
	f->fault[f->faults++] = (struct bundle_fault){
		.path = need(strdup(path)), .text = need(strdup(text))};
}

/* A file that a table names: 0, also if it is bad but that is only noted. */
static int read_named(struct bundle_files *f, int dir, const struct named *x,
	char *err, size_t n)
{
	if (read_file(f, dir, x->path, x->path, x->roles, err, n) == 0)
		return 0;
	if (!f->patient || (x->roles & BUNDLE_ROLE_TRUST))
		return -1;
	note_fault(f, x->path, err);
	return 0;
}

int bundle_collect(struct bundle_files *f, const struct table *t,
	const char *base_dir, char *err, size_t n)
{
	int r = 0, dir = open(base_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct named *path;
	size_t i;

	if (dir < 0) {
		snprintf(err, n,
			"directory of the policy's files (--base): %s: %s",
			base_dir, strerror(errno));
		return -1;
	}
	path = files_of(t);
	for (i = 0; path[i].path && r == 0; i++)
		r = read_named(f, dir, &path[i], err, n);
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
	uint32_t head[2] = {(uint32_t)strlen(file->path), (uint32_t)file->len};

	memcpy(to, head, sizeof(head));
	memcpy(to + 8, file->path, head[0]);
	if (file->len) /* an empty file has no data */
		memcpy(to + 8 + head[0], file->data, file->len);
	return to + record_size(file); /* new memory: padding is zero */
}

/* The last one of equal names wins. */
static int is_last(const struct bundle_files *f, size_t i)
{
	return i + 1 == f->count ||
		strcmp(f->file[i].path, f->file[i + 1].path) != 0;
}

/* Through a mapping, because 200,000 small files would be as many writes.  It
 * must be unmapped before the seals can be set. */
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
		    F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) <
		0)
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
