/*
 * Renewal (master.h): certificate, key, CA and staple files of the live table
 * are watched.  When the directory of one stirs, all of them are looked at; if
 * one is another file than the one that was read, everything is read again,
 * checked together, and put in force as a new generation of the same table.  A
 * renewal that does not fit is refused, and what is in use stays in use.
 */
#include "master.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bundle.h"
#include "event.h"

#define QUIET 0.3   /* seconds without a change: a chain and its key are two */
#define PATIENCE 3.0 /* ... but not longer than this */
#define PERIOD 300.0 /* for file systems that do not tell */
#define STIR (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB)

static struct {
	struct master *master;
	ev_io io;
	ev_timer quiet, period;
	ev_tstamp stirred; /* since when; 0: not */
	int *watch;
	size_t watches;
} renew;

/* FNV-1a: not against forgery, only to see a difference. */
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

uint64_t renew_fingerprint(const struct table *t, const struct options *o)
{
	uint64_t h = 0xcbf29ce484222325u;
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

void renew_check(struct master *m)
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

static void on_quiet(struct ev_loop *loop, ev_timer *w, int events)
{
	renew.stirred = 0;
	renew_check(renew.master);
}

static void on_period(struct ev_loop *loop, ev_timer *w, int events)
{
	renew_check(renew.master);
}

static void on_event(struct ev_loop *loop, ev_io *w, int events)
{
	char buf[8192];

	while (read(w->fd, buf, sizeof(buf)) > 0)
		; /* which file it was is found out by looking at all */
	if (!renew.stirred)
		renew.stirred = ev_now(loop);
	if (ev_now(loop) - renew.stirred > PATIENCE &&
		ev_is_active(&renew.quiet))
		return;
	ev_timer_stop(loop, &renew.quiet);
	ev_timer_set(&renew.quiet, QUIET, 0);
	ev_timer_start(loop, &renew.quiet);
}

static void watch_dir(const char *base, const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[8192];
	int *more, w;

	snprintf(dir, sizeof(dir), "%s%s%.*s", path[0] == '/' ? "" : base,
		path[0] == '/' ? "" : "/", slash ? (int)(slash - path) + 1 : 0,
		path);
	/* The same directory gives the same number again. */
	w = inotify_add_watch(renew.io.fd, dir, STIR | IN_ONLYDIR);
	if (w < 0)
		return; /* the period finds it */
	for (size_t i = 0; i < renew.watches; i++)
		if (renew.watch[i] == w)
			return;
	more = realloc(renew.watch, (renew.watches + 1) * sizeof(*more));
	if (!more)
		abort();
	renew.watch = more;
	renew.watch[renew.watches++] = w;
}

/* Most paths lie in few directories: neighbours are asked for once. */
static int same_dir(const char *a, const char *b)
{
	const char *x = strrchr(a, '/'), *y = strrchr(b, '/');

	if (!x || !y)
		return x == y;
	return x - a == y - b && memcmp(a, b, (size_t)(x - a)) == 0;
}

void renew_watch(struct master *m)
{
	const char **path;
	size_t i;

	if (renew.io.fd < 0 || !renew.master)
		return;
	for (i = 0; i < renew.watches; i++)
		inotify_rm_watch(renew.io.fd, renew.watch[i]);
	renew.watches = 0;
	path = bundle_paths(&m->live->view->table);
	for (i = 0; path[i]; i++)
		if (i == 0 || !same_dir(path[i], path[i - 1]))
			watch_dir(m->options->base, path[i]);
	free(path);
	if (m->options->tickets)
		watch_dir(".", m->options->tickets);
	/* Between the reading and the watching, and after a rollback. */
	renew_check(m);
}

void renew_start(struct master *m)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	renew.master = m;
	if (fd < 0)
		event_log(EVENT_WARNING, "watch-lost", "reason",
			strerror(errno), NULL);
	ev_io_init(&renew.io, on_event, fd, EV_READ);
	ev_timer_init(&renew.quiet, on_quiet, QUIET, 0);
	ev_timer_init(&renew.period, on_period, PERIOD, PERIOD);
	if (fd >= 0)
		ev_io_start(m->loop, &renew.io);
	ev_timer_start(m->loop, &renew.period);
}

void renew_stop(void)
{
	if (renew.master && renew.io.fd >= 0)
		close(renew.io.fd);
	free(renew.watch);
	renew.watch = NULL;
}
