/*
 * How log lines travel (logs.h).  Each child writes its lines into a pipe of
 * its own, and the master writes them to the log.  So no child has the log
 * open: it can add lines, but neither read nor change it.  Each pipe is read a
 * few times a second, however much arrives.  When the log takes no more, the
 * pipes fill up, and the children count the lines they lose.
 */
#include "logs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "master.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/table/utf8.h"

#define PIPE_OCTETS (1 << 18)
#define PAUSE 0.02 /* seconds between reads */
#define LINE_MOST 8192
#define TURN (1 << 18) /* octets of one pipe before the next one's turn */

struct source {
	struct source *next;
	struct ev_loop *loop;
	ev_io io;
	ev_timer pause;
	int too_long; /* the rest of a line that was dropped */
	size_t n;
	char text[LINE_MOST];
};

static struct source *sources;

static void source_free(struct source *s)
{
	struct source **at = &sources;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	ev_io_stop(s->loop, &s->io);
	ev_timer_stop(s->loop, &s->pause);
	close(s->io.fd);
	free(s);
}

/* "<30>": facility daemon, with any severity. */
static int has_priority(const char *line, size_t n)
{
	int value;

	if (n < 4 || line[0] != '<' || !isdigit((unsigned char)line[1]) ||
		!isdigit((unsigned char)line[2]) || line[3] != '>')
		return 0;
	value = (line[1] - '0') * 10 + line[2] - '0';
	return value >= 24 && value <= 31;
}

/* Does it begin as our lines do?  Messages of the C library do not. */
static int is_ours(const char *line, size_t n)
{
	struct ipc_log form = event_form();

	if (form.syslog)
		return has_priority(line, n);
	if (form.json)
		return n > 1 && line[0] == '{' && line[n - 1] == '}';
	return n > 5 && memcmp(line, "time=", 5) == 0;
}

/* Our own lines contain no character that a terminal acts upon; a compromised
 * child may write them.  Nearly all lines are ASCII. */
static void show_hidden(char *line, size_t n)
{
	uint32_t cp;
	size_t i = 0, len;

	while (i < n) {
		if (line[i] >= ' ' && line[i] < 0x7f) {
			i++;
			continue;
		}
		len = utf8_next(line + i, n - i, &cp);
		if (cp == UTF8_BAD || utf8_hidden(cp))
			memset(line + i, '?', len);
		i += len;
	}
}

/* n octets and a newline. */
static void take_line(char *line, size_t n)
{
	show_hidden(line, n);
	if (n > 0 && is_ours(line, n)) {
		event_relay(line, n + 1);
	} else if (n > 0) {
		line[n] = 0;
		event_log(EVENT_ERROR, "child-said", "text", line, NULL);
	}
}

static void take_lines(struct source *s)
{
	char *begin = s->text, *end;
	size_t left = s->n;

	while ((end = memchr(begin, '\n', left)) != NULL) {
		size_t n = (size_t)(end - begin);

		if (!s->too_long)
			take_line(begin, n);
		s->too_long = 0;
		begin += n + 1;
		left -= n + 1;
	}
	if (left == sizeof(s->text)) {
		s->too_long = 1; /* our own lines are never that long */
		left = 0;
	}
	memmove(s->text, begin, left);
	s->n = left;
}

/* 1: there may be more; 0: not now; -1: the child has ended. */
static int take(struct source *s)
{
	ssize_t r;

	if (event_room() < 2 * LINE_MOST)
		return 0;
	r = read(s->io.fd, s->text + s->n, sizeof(s->text) - s->n);
	if (r < 0)
		return errno == EINTR;
	if (r == 0)
		return -1;
	s->n += (size_t)r;
	take_lines(s);
	return 1;
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct source *s = w->data;
	int r = 1, i;

	for (i = 0; i < TURN / LINE_MOST && r > 0; i++)
		r = take(s);
	event_flush();
	if (r < 0) {
		source_free(s);
		return;
	}
	ev_io_stop(loop, w);
	ev_timer_set(&s->pause, PAUSE, 0);
	ev_timer_start(loop, &s->pause);
}

static void on_pause_over(struct ev_loop *loop, ev_timer *w, int events)
{
	struct source *s = w->data;

	ev_io_start(loop, &s->io);
}

int logs_pipe(struct master *m)
{
	struct source *s = calloc(1, sizeof(*s));
	int pair[2], large;

	if (!s || pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0) {
		free(s);
		return -1;
	}
	/* Fails if this user has many pipes; then the pipe stays small. */
	large = fcntl(pair[0], F_SETPIPE_SZ, PIPE_OCTETS);
	(void)large;
	s->loop = m->loop;
	ev_io_init(&s->io, on_readable, pair[0], EV_READ);
	ev_timer_init(&s->pause, on_pause_over, 0, 0);
	s->io.data = s->pause.data = s;
	s->next = sources;
	sources = s;
	ev_io_start(m->loop, &s->io);
	return pair[1];
}

void logs_finish(void)
{
	while (sources) {
		while (take(sources) > 0)
			;
		event_flush();
		source_free(sources);
	}
}
