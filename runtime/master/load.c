/*
 * Reading a table (load.h).  The file is copied once into a memfd that is
 * sealed against every change (copy.c), and only the copy is used, so that
 * overwriting or truncating the file cannot reach a running process. files.c
 * reads the files it names.
 */
#include "load.h"

#include <limits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "copy.h"
#include "options.h"
#include "places.h"
#include "refuse.h"
#include "runtime/common/bundle.h"
#include "runtime/common/generation.h"
#include "runtime/seal/signature.h"
#include "runtime/table/hex.h"
#include "runtime/table/table.h"

static void name_file(struct refusal *r, const char *path)
{
	struct refusal plain = *r;

	refuse(r, plain.id, "%s: %s", path, plain.text);
}

static void refuse_fault(
	struct refusal *why, const char *path, const struct table_fault *f)
{
	refuse(why, "TC0901", "%s: %s (%s at offset %llu)", path,
		table_error_text(f->error), table_section_name(f->section),
		(unsigned long long)f->offset);
}

/* Checks the structure while a thread, which needs the mapping until it ends,
 * hashes. */
static int check_copy(struct loaded *l, const char *path, struct copy *copy,
	struct refusal *why)
{
	char err[512] = "";
	struct table_fault fault = {TABLE_OK, 0, 0}, hashes;
	struct table checked;

	l->view = generation_of(copy->base, copy->size, err, sizeof(err));
	if (l->view)
		table_check(copy->base, copy->size, &checked, &fault);
	if (copy_hashes(copy, &hashes) != TABLE_OK && fault.error == TABLE_OK)
		fault = hashes;
	if (!l->view) {
		munmap((void *)copy->base, copy->size);
		refuse_known(why, err);
		name_file(why, path);
		return -1;
	}
	if (fault.error != TABLE_OK)
		refuse_fault(why, path, &fault);
	return fault.error == TABLE_OK ? 0 : -1;
}

static void describe(struct loaded *l, const char *path, const char *by)
{
	const struct tbl_header *h = l->view->table.header;
	time_t now = time(NULL);
	struct tm tm;

	hex_text(l->root, h->root, 32);
	hex_text(l->semantic, h->semantic, 32);
	l->serial = h->serial;
	snprintf(l->path, sizeof(l->path), "%s", path);
	snprintf(l->by, sizeof(l->by), "%s", by);
	gmtime_r(&now, &tm);
	strftime(l->at, sizeof(l->at), "%Y-%m-%dT%H:%M:%SZ", &tm);
}

struct loaded *load_new(void)
{
	struct loaded *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	l->table_fd = l->bundle_fd = l->keys_fd = l->public_fd = -1;
	return l;
}

/* Over the sealed octets: the file may be another one by now. */
static int check_signature(struct loaded *l, const char *path,
	const struct options *o, struct refusal *why)
{
	const struct table *t = &l->view->table;
	char sig[PATH_MAX + 8], err[300] = "";

	if (!o->signed_only)
		return 0;
	snprintf(sig, sizeof(sig), "%s.sig", path);
	if (signature_verify(
		    &o->pubkey, sig, t->base, t->size, err, sizeof(err)) < 0) {
		refuse_known(why, err);
		name_file(why, path);
		return -1;
	}
	hex_text(l->signer, o->pubkey.keynum, SIGNATURE_KEYNUM);
	return 0;
}

struct loaded *load_read(const char *path, const char *by,
	const struct options *o, struct refusal *why)
{
	struct loaded *l;
	struct copy copy;

	if (copy_begin(&copy, path, why) < 0)
		return NULL;
	l = load_new();
	l->table_fd = copy.fd;
	if (check_copy(l, path, &copy, why) == 0 &&
		check_signature(l, path, o, why) == 0)
		describe(l, path, by);
	else
		load_free(&l);
	return l;
}

int load_sealed(
	struct loaded *l, const char *path, const char *by, struct refusal *why)
{
	struct table_fault fault = {TABLE_OK, 0, 0};
	struct table checked;
	char err[512] = "";

	l->view =
		generation_map(0, l->table_fd, l->bundle_fd, err, sizeof(err));
	if (!l->view) {
		refuse_known(why, err);
		return -1;
	}
	table_check(l->view->table.base, l->view->table.size, &checked, &fault);
	if (fault.error != TABLE_OK) {
		refuse_fault(why, path, &fault);
		return -1;
	}
	describe(l, path, by);
	return 0;
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

struct loaded *load_again(const struct loaded *old, const char *by,
	enum load_reuse what, struct refusal *why)
{
	struct loaded *l = load_new();
	char err[512] = "";

	if (again(old->table_fd, &l->table_fd) < 0 ||
		(what == LOAD_TABLE_AND_FILES && again_files(old, l) < 0)) {
		refuse(why, "", "%s", strerror(errno));
		load_free(&l);
		return NULL;
	}
	l->view =
		generation_map(0, l->table_fd, l->bundle_fd, err, sizeof(err));
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
	places_give_back(l);
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
