/*
 * Renewal (renew.h).  The certificate, key, CA and staple files of the live
 * table are watched, and the links that lead to them.  When something changes
 * in a directory of theirs, all of them are looked at.  If one is not the file
 * that was read, all are read again, checked together, and put in force as a
 * new generation of the same table.  A renewal that does not fit is refused;
 * what is in use stays in use.
 */
#include "renew.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "load.h"
#include "master.h"
#include "runtime/common/bundle_make.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/links.h"
#include "runtime/table/table.h"

/* seconds without a change, since a chain and its key are two files */
#define QUIET 0.3
#define SETTLE 3.0   /* seconds that files may not match each other */
#define PATIENCE 3.0 /* ... but not longer than this */
#define PERIOD 300.0 /* for file systems that report no changes */
#define STIR (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB)
/* For directories on the path: links in them are replaced, and so may they
 * be. */
#define NAMES (IN_MOVED_TO | IN_CREATE | IN_DELETE)
#define GONE (IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)

static struct {
	struct master *master;
	ev_io io;
	ev_timer quiet, period, settle;
	double unfit; /* since when they do not match each other; 0: they do */
	double stirred; /* since when something has changed; 0: nothing */
	struct links_watch dirs;
	int linked; /* there are links on the path to the files */
	int moved;  /* a directory on the path was moved */
} renew;

#define FNV_START 0xcbf29ce484222325u

/* FNV-1a: to see a difference, not to prevent forgery. */
static uint64_t mix(uint64_t h, const void *data, size_t n)
{
	const uint8_t *p = data;

	while (n-- > 0)
		h = (h ^ *p++) * 0x100000001b3u;
	return h;
}

static uint64_t mix_file(uint64_t h, int dir, const char *path)
{
	struct stat st;

	if (fstatat(dir, path, &st, 0) < 0)
		return mix(h, &errno, sizeof(errno));
	h = mix(h, &st.st_dev, sizeof(st.st_dev));
	h = mix(h, &st.st_ino, sizeof(st.st_ino));
	h = mix(h, &st.st_size, sizeof(st.st_size));
	return mix(h, &st.st_mtim, sizeof(st.st_mtim));
}

uint64_t renew_stat(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : mix_file(FNV_START, AT_FDCWD, path);
}

uint64_t renew_fingerprint(const struct table *t, const struct options *o)
{
	uint64_t h = FNV_START;
	const char **path = bundle_paths(t);
	int dir = open(o->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	size_t i;

	for (i = 0; path[i]; i++)
		h = mix_file(h, dir, path[i]);
	if (o->tickets)
		h = mix_file(h, AT_FDCWD, o->tickets);
	free(path);
	if (dir >= 0)
		close(dir);
	return h;
}

/* Looks, and asks for a renewal when a file has changed. */
static void check(struct master *m)
{
	struct swap_request r = {.kind = SWAP_RENEW, .by = "renewal"};
	uint64_t now;

	if (!m->live || m->ending)
		return;
	now = renew_fingerprint(&m->live->view->table, m->options);
	if (now == m->live->fingerprint)
		return;
	m->live->fingerprint = now; /* one attempt for each change */
	swap_ask(m, &r);
}

static void watch_all(struct master *m);

static void on_quiet(struct ev_loop *loop, ev_timer *w, int events)
{
	renew.stirred = 0;
	if (renew.master->live && (renew.linked || renew.moved))
		watch_all(renew.master);
	check(renew.master);
}

void renew_settled(struct master *m)
{
	renew.unfit = 0;
	ev_timer_stop(m->loop, &renew.settle);
}

/* Key and chain are written one after the other, perhaps by hand, and so are
 * files of CAs and the table that says what they hold: a key of another chain,
 * a file that is missing or half written, CAs that the table does not name. */
static int may_be_half(const struct refusal *why)
{
	return strcmp(why->id, "TC0404") == 0 ||
		strcmp(why->id, "TC0422") == 0 ||
		strcmp(why->id, "TC0423") == 0 ||
		strcmp(why->id, "TC0903") == 0;
}

int renew_waits(struct master *m, const struct refusal *why)
{
	double left;

	if (!may_be_half(why) || !renew.master) {
		renew_settled(m);
		return 0;
	}
	if (!renew.unfit) {
		renew.unfit = clock_now();
		event_log(
			EVENT_INFO, "renewal-waits", "reason", why->text, NULL);
	}
	left = renew.unfit + SETTLE - clock_now();
	if (left <= 0) {
		renew_settled(m);
		return 0;
	}
	ev_timer_stop(m->loop, &renew.settle);
	ev_timer_set(&renew.settle, left, 0);
	ev_timer_start(m->loop, &renew.settle);
	return 1;
}

/* They are looked at again, whether they changed or not. */
static void on_settle(struct ev_loop *loop, ev_timer *w, int events)
{
	struct master *m = renew.master;

	if (m->live)
		m->live->fingerprint = 0;
	check(m);
}

static void on_period(struct ev_loop *loop, ev_timer *w, int events)
{
	struct master *m = renew.master;

	/* What is bad may be good by now with the same files: its time has
	 * come. */
	if (m->live && m->bad_certs)
		m->live->fingerprint = 0;
	check(renew.master);
}

static void on_event(struct ev_loop *loop, ev_io *w, int events)
{
	_Alignas(struct inotify_event) char buf[8192];
	const struct inotify_event *e;
	ssize_t n, at;

	/* All files are looked at, so it does not matter which one changed. */
	while ((n = read(w->fd, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof(*e) + e->len)) {
			e = (const void *)(buf + at);
			if (e->mask & (IN_MOVE_SELF | IN_DELETE_SELF))
				renew.moved = 1;
		}
	if (!renew.stirred)
		renew.stirred = clock_now();
	if (clock_now() - renew.stirred > PATIENCE &&
		ev_is_active(&renew.quiet))
		return;
	ev_timer_stop(loop, &renew.quiet);
	ev_timer_set(&renew.quiet, QUIET, 0);
	ev_timer_start(loop, &renew.quiet);
}

static int on_step(void *arg, const struct links_step *s)
{
	int link = s->st && S_ISLNK(s->st->st_mode);

	renew.linked |= link;
	/* If it cannot be watched, the period finds the change. */
	links_watch_add(&renew.dirs, s->dir,
		GONE |
			(s->last                         ? STIR
					: link || !s->st ? NAMES
							 : 0));
	return 0;
}

static void full_path(char *to, size_t n, const char *base, const char *path)
{
	snprintf(to, n, "%s%s%s", path[0] == '/' ? "" : base,
		path[0] == '/' ? "" : "/", path);
}

/* DIR_KNOWN: the path of a file next to it has been walked. */
enum dir { DIR_NEW, DIR_KNOWN };

static void watch_file(const char *base, const char *path, enum dir dir)
{
	char full[LINKS_PATH];
	struct stat st;
	int fd;

	full_path(full, sizeof(full), base, path);
	if (dir == DIR_KNOWN && !(lstat(full, &st) == 0 && S_ISLNK(st.st_mode)))
		return;
	fd = links_walk(full, on_step, NULL);
	if (fd >= 0)
		close(fd);
}

/* Most paths are in few directories: each is asked about once. */
static int same_dir(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');

	if (!x || !y)
		return x == y;
	return x - a == y - b && memcmp(a, b, (size_t)(x - a)) == 0;
}

static void watch_all(struct master *m)
{
	const char **path = bundle_paths(&m->live->view->table);
	size_t i;

	renew.linked = renew.moved = 0;
	links_watch_begin(&renew.dirs);
	for (i = 0; path[i]; i++)
		watch_file(m->options->base, path[i],
			i > 0 && same_dir(path[i], path[i - 1]) ? DIR_KNOWN
								: DIR_NEW);
	if (m->options->tickets)
		watch_file(".", m->options->tickets, DIR_NEW);
	links_watch_end(&renew.dirs);
	free(path);
}

void renew_watch(struct master *m)
{
	if (renew.dirs.fd < 0 || !renew.master)
		return;
	renew_settled(m);
	watch_all(m);
	/* It may have changed between reading and watching, or after a
	 * rollback. */
	check(m);
}

void renew_start(struct master *m)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	renew.master = m;
	renew.dirs.fd = fd;
	if (fd < 0)
		event_log(EVENT_WARNING, "watch-lost", "reason",
			strerror(errno), NULL);
	ev_io_init(&renew.io, on_event, fd, EV_READ);
	ev_timer_init(&renew.quiet, on_quiet, QUIET, 0);
	ev_timer_init(&renew.settle, on_settle, SETTLE, 0);
	ev_timer_init(&renew.period, on_period, PERIOD, PERIOD);
	if (fd >= 0)
		ev_io_start(m->loop, &renew.io);
	ev_timer_start(m->loop, &renew.period);
}

void renew_stop(void)
{
	if (renew.master)
		links_watch_free(&renew.dirs);
}
