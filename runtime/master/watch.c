/*
 * Watches the path to the policy.  A rename over the file triggers a load,
 * because only a rename is atomic; so does replacing a symbolic link or a
 * directory on the path.  Writing into the file does nothing; SIGHUP or `tlsctl
 * load` loads such a file on demand.
 */
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "master.h"
#include "runtime/common/event.h"
#include "runtime/common/links.h"

#define GONE (IN_MOVE_SELF | IN_DELETE_SELF | IN_ONLYDIR)
#define NAMES (IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE)
#define TRIES 8

/* A name on the path, and the directory that is watched for it. */
struct watched {
	int wd;
	char name[256];
};
/* Where the path ends: the directory and the name in it. */
struct place {
	dev_t dev;
	ino_t ino;
	char name[256];
};

static struct {
	struct master *master;
	ev_io io;
	struct links_watch dirs;
	struct watched *name;
	unsigned names, space;
	struct place place; /* no name: the path leads nowhere */
} watch;

static void add_way(int wd, const char *name)
{
	struct watched *more;

	if (watch.names == watch.space) {
		watch.space = watch.space ? 2 * watch.space : 8;
		more = realloc(watch.name, watch.space * sizeof(*more));
		if (!more)
			abort();
		watch.name = more;
	}
	watch.name[watch.names].wd = wd;
	snprintf(watch.name[watch.names].name, sizeof(watch.name->name), "%s",
		name);
	watch.names++;
}

/* A directory may be used for much else: only a link, the file, or something
 * missing is of interest. */
static int on_step(void *arg, const struct links_step *s)
{
	struct place *place = arg;
	int named = s->last || !s->st || S_ISLNK(s->st->st_mode);
	struct stat dir;
	int wd;

	wd = links_watch_add(&watch.dirs, s->dir, named ? GONE | NAMES : GONE);
	if (wd >= 0 && named)
		add_way(wd, s->name);
	if (s->last && fstat(s->dir, &dir) == 0) {
		place->dev = dir.st_dev;
		place->ino = dir.st_ino;
		snprintf(place->name, sizeof(place->name), "%s", s->name);
	}
	return 0;
}

static int same(const struct place *a, const struct place *b)
{
	return a->dev == b->dev && a->ino == b->ino &&
		strcmp(a->name, b->name) == 0;
}

/* Repeats until two walks lead to the same place; later changes are
 * reported. */
static struct place arm(void)
{
	const char *path = watch.master->options->policy;
	struct place now, before;
	int found, tries = 0;

	memset(&now, 0, sizeof(now));
	do {
		before = now;
		memset(&now, 0, sizeof(now));
		watch.names = 0;
		links_watch_begin(&watch.dirs);
		found = links_walk(path, on_step, &now);
		if (found >= 0)
			close(found);
		links_watch_end(&watch.dirs);
	} while ((++tries < 2 || !same(&now, &before)) && tries < TRIES);
	if (watch.dirs.failed)
		event_log(EVENT_WARNING, "watch-lost", "path", path, "reason",
			strerror(watch.dirs.failed), NULL);
	return now;
}

/* The part of an event's mask that concerns us, or 0. */
static unsigned about_us(const struct inotify_event *e)
{
	unsigned i;

	if (e->mask & (IN_Q_OVERFLOW | IN_MOVE_SELF | IN_DELETE_SELF))
		return e->mask;
	for (i = 0; i < watch.names; i++)
		if (e->len > 0 && watch.name[i].wd == e->wd &&
			strcmp(watch.name[i].name, e->name) == 0)
			return e->mask;
	return 0;
}

/* One batch may hold many events: they are one reason to load. */
static unsigned batch(const char *buf, size_t n)
{
	size_t off = 0;
	unsigned mask = 0;

	while (off + sizeof(struct inotify_event) <= n) {
		const struct inotify_event *e = (const void *)(buf + off);

		mask |= about_us(e);
		off += sizeof(*e) + e->len;
	}
	return mask;
}

/* A link that was put in place and leads nowhere is reported; a file that was
 * only removed, or is not there yet, is not. */
static int is_reason(unsigned mask, const struct place *before)
{
	if (mask & (IN_MOVED_TO | IN_Q_OVERFLOW))
		return 1;
	if (watch.place.name[0])
		return !same(before, &watch.place);
	return before->name[0] && (mask & IN_CREATE);
}

static void on_event(struct ev_loop *loop, ev_io *w, int events)
{
	struct swap_request load = {.kind = SWAP_LOAD, .by = "watch"};
	_Alignas(struct inotify_event) char buf[8192];
	struct place before = watch.place;
	unsigned mask = 0;
	ssize_t n;

	while ((n = read(w->fd, buf, sizeof(buf))) > 0)
		mask |= batch(buf, (size_t)n);
	if (!mask)
		return;
	watch.place = arm();
	if (is_reason(mask, &before))
		swap_ask(watch.master, &load);
}

void watch_start(struct master *m)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	watch.master = m;
	watch.dirs.fd = fd;
	if (fd < 0) {
		event_log(EVENT_WARNING, "watch-lost", "path",
			m->options->policy, "reason", strerror(errno), NULL);
		return;
	}
	watch.place = arm();
	ev_io_init(&watch.io, on_event, fd, EV_READ);
	ev_io_start(m->loop, &watch.io);
}

void watch_stop(void)
{
	if (!watch.master)
		return;
	ev_io_stop(watch.master->loop, &watch.io);
	links_watch_free(&watch.dirs);
	free(watch.name);
	watch.name = NULL;
	watch.names = watch.space = 0;
}
