/*
 * The control socket (control.h): a Unix socket with mode 0600, for root and
 * tlsd's own user.  Everything is bounded: the number of clients, the length of
 * a line, the time that a client may be idle.
 */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "commands.h"
#include "control_peer.h"
#include "master.h"
#include "runtime/common/event.h"
#include "runtime/table/utf8.h"
#include "unixpath.h"

#define CLIENTS_MAX 32
#define IDLE_SECONDS 60.0
/* a worker that hangs is reported, not waited for */
#define WORKERS_SECONDS 2.0
#define ANSWER_SECONDS 120.0 /* longer than any swap */
#define OUT_MAX (1u << 20)

static struct {
	struct master *master;
	ev_io io;
	int fd; /* 0: none */
	struct sockaddr_un name;
	struct unixpath own;
	struct control_client *first;
	unsigned count;
	uint64_t last_id;
} control;

struct control_client *control_first(void)
{
	return control.first;
}

struct control_client *control_find(uint64_t id)
{
	struct control_client *c = control.first;

	while (c && c->id != id)
		c = c->next;
	return c;
}

static void client_close(struct control_client *c)
{
	struct control_client **p = &control.first;

	while (*p != c)
		p = &(*p)->next;
	*p = c->next;
	control.count--;
	ev_io_stop(c->master->loop, &c->io);
	ev_timer_stop(c->master->loop, &c->timer);
	close(c->io.fd);
	free(c->out);
	json_decref(c->gather);
	free(c);
}

static void set_timer(struct control_client *c, double seconds)
{
	ev_timer_stop(c->master->loop, &c->timer);
	ev_timer_set(&c->timer, seconds, 0);
	ev_timer_start(c->master->loop, &c->timer);
}

static void set_events(struct control_client *c)
{
	int events = EV_READ;

	if (c->out)
		events = EV_WRITE;
	else if (c->waiting)
		events = EV_NONE; /* one command at a time */
	ev_io_stop(c->master->loop, &c->io);
	ev_io_set(&c->io, c->io.fd, events);
	if (events)
		ev_io_start(c->master->loop, &c->io);
}

/* 0: still open; -1: closed and freed. */
static int write_out(struct control_client *c)
{
	while (c->out && c->out_off < c->out_len) {
		ssize_t r = send(c->io.fd, c->out + c->out_off,
			c->out_len - c->out_off, MSG_NOSIGNAL);

		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno == EAGAIN)
			return 0;
		if (r < 0) {
			client_close(c);
			return -1;
		}
		c->out_off += (size_t)r;
	}
	free(c->out);
	c->out = NULL;
	c->out_len = c->out_off = 0;
	if (c->closing) {
		client_close(c);
		return -1;
	}
	return 0;
}

json_t *control_text(const char *s)
{
	size_t space = 2 * strlen(s) + 1;
	char *valid = malloc(space);
	json_t *o;

	if (!valid)
		abort();
	utf8_valid(valid, space, s);
	o = json_string(valid);
	free(valid);
	return o;
}

static json_t *error_object(const char *text)
{
	return json_pack("{s:b,s:o}", "ok", 0, "error", control_text(text));
}

void control_answer(struct control_client *c, json_t *answer)
{
	char *text;
	size_t n;

	if (!answer)
		answer = error_object("the answer contains a name that is not "
				      "UTF-8; see the log");
	text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	n = text ? strlen(text) : 0;
	json_decref(answer);
	c->waiting = 0;
	c->tag = 0;
	c->out = realloc(c->out, c->out_len + n + 1);
	if (!c->out || !text)
		abort();
	memcpy(c->out + c->out_len, text, n);
	c->out[c->out_len + n] = '\n';
	c->out_len += n + 1;
	free(text);
	set_timer(c, IDLE_SECONDS);
	set_events(c); /* written by the loop */
}

void control_error(struct control_client *c, const char *id, const char *text)
{
	json_t *answer = error_object(text);

	if (id && *id)
		json_object_set_new(answer, "id", json_string(id));
	control_answer(c, answer);
}

static void execute_line(struct control_client *c, const char *line, size_t n)
{
	struct control_command command;
	const char *wrong = control_parse(line, n, &command);

	if (wrong) {
		control_error(c, NULL, wrong);
		return;
	}
	c->command = command;
	commands_execute(c, &command);
	if (c->waiting)
		set_timer(c, c->tag ? WORKERS_SECONDS : ANSWER_SECONDS);
}

/* Executes complete lines until a command has to wait for its answer. */
static void take_lines(struct control_client *c)
{
	while (!c->waiting && !c->closing && c->out_len < OUT_MAX) {
		char *end = memchr(c->in, '\n', c->in_len);
		size_t n;

		if (!end && c->in_len <= CONTROL_LINE_MAX)
			break;
		if (!end) {
			/* the rest cannot be separated into lines */
			c->closing = 1;
			control_error(c, NULL, "the line is too long");
			break;
		}
		n = (size_t)(end - c->in);
		execute_line(c, c->in, n);
		c->in_len -= n + 1;
		memmove(c->in, end + 1, c->in_len);
	}
	set_events(c);
}

static void on_client(struct ev_loop *loop, ev_io *w, int events)
{
	struct control_client *c = w->data;
	ssize_t r;

	if (events & EV_WRITE) {
		if (write_out(c) == 0)
			take_lines(c);
		return;
	}
	r = read(w->fd, c->in + c->in_len, sizeof(c->in) - c->in_len);
	if (r < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (r <= 0) {
		client_close(c);
		return;
	}
	c->in_len += (size_t)r;
	set_timer(c, IDLE_SECONDS);
	take_lines(c);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	struct control_client *c = w->data;

	if (c->waiting && c->tag)
		commands_timeout(c);
	else
		client_close(c);
}

static struct control_client *client_new(int fd, const struct ucred *who)
{
	struct control_client *c = calloc(1, sizeof(*c));

	if (!c)
		abort();
	c->master = control.master;
	c->id = ++control.last_id;
	c->uid = who->uid;
	c->pid = who->pid;
	ev_io_init(&c->io, on_client, fd, EV_READ);
	ev_timer_init(&c->timer, on_timer, 0, 0);
	c->io.data = c->timer.data = c;
	c->next = control.first;
	control.first = c;
	control.count++;
	set_timer(c, IDLE_SECONDS);
	set_events(c);
	return c;
}

/* The socket's mode keeps other users out; this holds even if somebody has
 * widened the mode. */
static void deny(struct control_client *c)
{
	char uid[24], pid[24];

	event_audit(EVENT_WARNING, "control-denied", "uid",
		event_number(uid, c->uid), "pid",
		event_number(pid, (uint64_t)c->pid), NULL);
	c->closing = 1;
	control_error(c, NULL,
		"not permitted: only root and the user that runs tlsd may give "
		"commands, and none of its child processes");
}

static void on_accept(struct ev_loop *loop, ev_io *w, int events)
{
	struct ucred who = {.uid = (uid_t)-1};
	socklen_t n = sizeof(who);
	struct control_client *c;
	int fd = accept4(w->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (control.count >= CLIENTS_MAX ||
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) < 0) {
		close(fd);
		return;
	}
	c = client_new(fd, &who);
	if ((who.uid != 0 && who.uid != geteuid()) ||
		control_peer_is_child(control.master, &who))
		deny(c);
}

int control_fd(void)
{
	return control.fd > 0 ? control.fd : -1;
}

void control_hand_over(void)
{
	control.own.ino = 0;
	if (control.fd)
		ev_io_stop(control.master->loop, &control.io);
}

/* Until then the tlsd before us answers. */
void control_own(void)
{
	if (!control.fd)
		return;
	unixpath_mark(control.name.sun_path, &control.own);
	ev_io_start(control.master->loop, &control.io);
}

static int open_socket(struct master *m)
{
	int fd = m->control_fd;

	m->control_fd = -1;
	if (fd >= 0)
		return fd;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
		(unixpath_bind(fd, &control.name, 0600) < 0 ||
			listen(fd, CLIENTS_MAX) < 0)) {
		int e = errno;

		close(fd);
		errno = e;
		return -1;
	}
	return fd;
}

int control_start(struct master *m, struct refusal *why)
{
	const char *path = m->options->control;
	int fd, took_over = m->control_fd >= 0;

	control.master = m;
	control.name.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(control.name.sun_path)) {
		refuse(why, "", "control socket %s: the path is too long",
			path);
		return -1;
	}
	strcpy(control.name.sun_path, path);
	fd = open_socket(m);
	if (fd < 0) {
		refuse(why, "", "control socket %s: %s", path,
			errno == EADDRINUSE ? "in use by another process"
				: errno == ENOENT
				? "its directory does not exist"
				: strerror(errno));
		return -1;
	}
	control.fd = fd;
	ev_io_init(&control.io, on_accept, fd, EV_READ);
	if (!took_over)
		control_own();
	return 0;
}

void control_stop(struct master *m)
{
	if (!control.fd)
		return;
	/* The last answer ("draining") is still sent. */
	while (control.first) {
		control.first->closing = 1;
		if (write_out(control.first) == 0)
			client_close(control.first);
	}
	ev_io_stop(m->loop, &control.io);
	close(control.fd);
	control.fd = 0;
	if (control.own.ino)
		unixpath_remove(control.name.sun_path, &control.own);
}
