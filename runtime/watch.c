/*
 * Watches the policy's directory: a rename over the file is the trigger for a
 * load, because only a rename is atomic.  Writing into the file in place does
 * nothing; SIGHUP or `tlsctl load` take such a file up on demand.
 */
#include "master.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "event.h"

static struct {
	struct master *master;
	ev_io io;
	char name[256];
} watch;

/* One batch may hold many renames; they are one reason to load. */
static int batch_names_us(const char *buf, size_t n)
{
	size_t off = 0;
	int ours = 0;

	while (off + sizeof(struct inotify_event) <= n) {
		const struct inotify_event *e = (const void *)(buf + off);

		if ((e->mask & IN_Q_OVERFLOW) ||
			(e->len > 0 && strcmp(e->name, watch.name) == 0))
			ours = 1;
		if (e->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED))
			event_log(EVENT_WARNING, "watch-lost", "reason",
				"the policy's directory was moved or removed; "
				"use SIGHUP", NULL);
		off += sizeof(*e) + e->len;
	}
	return ours;
}

static void on_event(struct ev_loop *loop, ev_io *w, int events)
{
	struct swap_request load = {.kind = SWAP_LOAD, .by = "watch"};
	_Alignas(struct inotify_event) char buf[8192];
	ssize_t n;
	int ours = 0;

	while ((n = read(w->fd, buf, sizeof(buf))) > 0)
		ours |= batch_names_us(buf, (size_t)n);
	if (ours)
		swap_ask(watch.master, &load);
}

/* Splits the policy's path; dir is "." when it names none. */
static void split(const char *path, char *dir, size_t n)
{
	const char *slash = strrchr(path, '/');

	snprintf(watch.name, sizeof(watch.name), "%s",
		slash ? slash + 1 : path);
	if (!slash)
		snprintf(dir, n, ".");
	else if (slash == path)
		snprintf(dir, n, "/");
	else
		snprintf(dir, n, "%.*s", (int)(slash - path), path);
}

void watch_start(struct master *m)
{
	char dir[4096];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	watch.master = m;
	split(m->options->policy, dir, sizeof(dir));
	if (fd < 0 || inotify_add_watch(fd, dir, IN_MOVED_TO | IN_DELETE_SELF |
				IN_MOVE_SELF | IN_ONLYDIR) < 0) {
		event_log(EVENT_WARNING, "watch-lost", "path", dir, "reason",
			strerror(errno), NULL);
		if (fd >= 0)
			close(fd);
		return;
	}
	ev_io_init(&watch.io, on_event, fd, EV_READ);
	ev_io_start(m->loop, &watch.io);
}
