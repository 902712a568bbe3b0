/*
 * Certificate chains that outlive a restart (kept_chains.h): a file for each in
 * the folder "certificates" of the state directory, named by a hash of the
 * certificate's name and file.  Only what any client is shown is kept.  A
 * private key is not: a second copy on disk, in a place that the operator does
 * not think of when keys are replaced or destroyed, would be worth more to a
 * thief than it is to us.  So a kept chain is of use as long as its key is
 * still there, in its file or token, and isolate.c checks that it fits.
 *
 * Nothing is trusted of what is read here, and nothing depends on its being
 * durable: a file that is cut off is no usable chain.
 */
#include "kept_chains.h"

#include <dirent.h>
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"
#include "master.h"
#include "runtime/common/bundle.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/table/hex.h"
#include "runtime/table/table.h"
#include "state_file.h"

#define FOLDER "certificates"
#define NEW "new"
#define CHAIN_MAX (1u << 20) /* octets */
#define NAME 33              /* 32 hex digits */

static struct {
	ev_child child; /* writes them */
	int again;      /* there is more to be saved when it has ended */
} saving;

static void file_name(const char *name, const char *path, char out[NAME])
{
	uint8_t digest[32];
	gnutls_hash_hd_t h;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) < 0)
		abort();
	gnutls_hash(h, name, strlen(name) + 1);
	gnutls_hash(h, path, strlen(path));
	gnutls_hash_deinit(h, digest);
	hex_text(out, digest, (NAME - 1) / 2);
}

/* The folder, which is made only to write into it; -1 with errno or, if the
 * state directory is not ours, 0. */
static int open_folder(const struct options *o, enum state_access access)
{
	struct state_dir d;
	char err[600];
	int fd;

	errno = 0;
	if (state_file_open(&d, o->state, access, err, sizeof(err)) < 0)
		return -1;
	fd = openat(
		d.dir, FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT && access == STATE_LOCK &&
		mkdirat(d.dir, FOLDER, 0700) == 0)
		fd = openat(d.dir, FOLDER,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	state_file_close(&d);
	return fd;
}

static uint8_t *read_in(int dir, const char *name, size_t *len)
{
	int fd = openat(
		dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t *p = NULL;
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		st.st_size <= (off_t)CHAIN_MAX) {
		p = malloc((size_t)st.st_size + 1);
		if (p)
			n = read(fd, p, (size_t)st.st_size);
	}
	close(fd);
	if (n <= 0) {
		free(p);
		return NULL;
	}
	*len = (size_t)n;
	return p;
}

uint8_t *kept_chains_read(const struct options *o, const char *name,
	const char *path, size_t *len)
{
	char file[NAME];
	uint8_t *p;
	int dir;

	if (!o->state || o->forget)
		return NULL;
	dir = open_folder(o, STATE_LOOK);
	if (dir < 0)
		return NULL;
	file_name(name, path, file);
	p = read_in(dir, file, len);
	close(dir);
	return p;
}

/* ---- saving, in the child ---- */

static int write_in(int dir, const char *name, const uint8_t *p, size_t len)
{
	int fd = openat(dir, NEW,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, p, len);
	close(fd);
	if (n == (ssize_t)len)
		return renameat(dir, NEW, dir, name);
	unlinkat(dir, NEW, 0);
	return -1;
}

static int save_one(
	const struct loaded *l, uint32_t i, int dir, const char *name)
{
	const struct table *t = &l->view->table;
	size_t len, had = 0;
	const uint8_t *p;
	uint8_t *old;
	int same;

	if (bundle_cert_state(l->view->bundle, i, NULL, 0) !=
			BUNDLE_CERT_FRESH ||
		bundle_get(l->view->bundle, table_str(t, t->cert[i].chain_str),
			&p, &len) < 0)
		return 0;
	old = read_in(dir, name, &had);
	same = old && had == len && memcmp(old, p, len) == 0;
	free(old);
	return same ? 0 : write_in(dir, name, p, len);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Of certificates that the table does not have any more. */
static void remove_others(int dir, char (*name)[NAME], size_t count)
{
	DIR *d = fdopendir(dup(dir));
	struct dirent *e;

	if (!d)
		return;
	if (count)
		qsort(name, count, NAME, by_name);
	while ((e = readdir(d)))
		if (strlen(e->d_name) == NAME - 1 &&
			!(count &&
				bsearch(e->d_name, name, count, NAME, by_name)))
			unlinkat(dir, e->d_name, 0);
	closedir(d);
}

/* The exit status: 0, or the errno of what could not be saved. */
static int save_all(const struct loaded *l, int dir)
{
	const struct table *t = &l->view->table;
	char(*name)[NAME] = calloc(t->cert_count + 1u, NAME);
	int status = 0;
	uint32_t i;

	if (!name)
		return ENOMEM;
	for (i = 0; i < t->cert_count && !status; i++) {
		file_name(table_str(t, t->cert[i].name_str),
			table_str(t, t->cert[i].chain_str), name[i]);
		if (save_one(l, i, dir, name[i]) < 0)
			status = errno & 0x7f;
	}
	if (!status)
		remove_others(dir, name, t->cert_count);
	free(name);
	return status;
}

/* ---- in the master ---- */

static void unsaved(int error)
{
	event_log(EVENT_ERROR, "certificates-unsaved", "reason",
		error ? strerror(error)
		      : "the process that saves certificates ended early",
		NULL);
}

static void begin(struct master *m);

static void on_saved(struct ev_loop *loop, ev_child *w, int events)
{
	struct master *m = w->data;
	int status = w->rstatus;

	ev_child_stop(loop, w);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		unsaved(WIFEXITED(status) ? WEXITSTATUS(status) : 0);
	if (saving.again && !m->ending)
		begin(m);
}

/* Very many files take a while, and the master must answer meanwhile. */
static void begin(struct master *m)
{
	int dir = open_folder(m->options, STATE_LOCK);
	pid_t pid;

	saving.again = 0;
	if (dir < 0) {
		unsaved(errno ? errno : EACCES);
		return;
	}
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(dir, STDIN_FILENO);
		close_range(STDERR_FILENO + 1, ~0u, 0);
		_exit(save_all(m->live, STDIN_FILENO));
	}
	close(dir);
	if (pid < 0) {
		unsaved(errno);
		return;
	}
	ev_child_init(&saving.child, on_saved, pid, 0);
	saving.child.data = m;
	ev_child_start(m->loop, &saving.child);
}

void kept_chains_save(struct master *m)
{
	if (!m->options->state || m->options->forget)
		return;
	saving.again = 1;
	if (!ev_is_active(&saving.child))
		begin(m);
}
