/*
 * The process table (proc.h): starts each child as a new execution of our own
 * program, holds its message socket, and replaces it when it dies.  The
 * functions in its row say what a child is for.
 */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child_keys.h"
#include "child_monitor.h"
#include "child_worker.h"
#include "logs.h"
#include "master.h"
#include "pulse.h"
#include "runtime/common/board.h"
#include "runtime/common/child.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"
#include "secrets.h"
#include "servers.h"

#define BACKOFF_FIRST 0.1
#define BACKOFF_MOST 5.0
#define BACKOFF_FORGET 1.0 /* seconds after which a child counts as healthy */

/* In the child, between fork and exec: only async-signal-safe calls. */
static void become(
	const struct master *m, int sock, int lines, char *const argv[])
{
	int sock_high = fcntl(sock, F_DUPFD_CLOEXEC, CHILD_FDS);
	int log_high = fcntl(lines, F_DUPFD_CLOEXEC, CHILD_FDS);
	int board_high = fcntl(m->board_fd, F_DUPFD_CLOEXEC, CHILD_FDS);

	if (sock_high < 0 || log_high < 0 || board_high < 0 ||
		dup2(sock_high, CHILD_IPC) < 0 ||
		dup2(log_high, CHILD_LOG) < 0 ||
		dup2(board_high, CHILD_BOARD) < 0)
		_exit(126);
#ifndef __SANITIZE_ADDRESS__ /* it would report a lot there */
	if (dup2(log_high, STDERR_FILENO) < 0)
		_exit(126);
#endif
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	fexecve(m->self, argv, environ);
	_exit(127);
}

static pid_t spawn(struct child *c, int sock, int lines)
{
	const struct options *o = c->master->options;
	const struct privdrop_id *id = &c->master->id[c->kind->role];
	struct ipc_log form = event_form();
	char number[16], workers[16], flags[CHILD_FLAGS_MAX], uid[16], gid[16];
	const char *argv[] = {"tlsd", CHILD_SWITCH, c->kind->name, number,
		workers, flags, uid, gid, NULL};
	pid_t pid;

	snprintf(number, sizeof(number), "%u", c->number);
	snprintf(workers, sizeof(workers), "%u", o->workers);
	snprintf(uid, sizeof(uid), "%u", (unsigned)id->uid);
	snprintf(gid, sizeof(gid), "%u", (unsigned)id->gid);
	snprintf(flags, sizeof(flags), "%s%s%s%s%s%s%s",
		form.json ? CHILD_JSON : "", form.syslog ? CHILD_SYSLOG : "",
		o->no_splice ? CHILD_NO_SPLICE : "",
		o->gnutls_records ? CHILD_GNUTLS_RECORDS : "",
		c->master->keep_root ? CHILD_KEEP_ROOT : "",
		c->master->share ? CHILD_SHARE : "",
		c->kind == &child_keys && c->master->keys_open ? CHILD_OPEN
							       : "");
	pid = fork();
	if (pid == 0)
		become(c->master, sock, lines, (char *const *)argv);
	return pid;
}

static void watch_io(struct child *c)
{
	int events = EV_READ | (c->queue.first ? EV_WRITE : 0);

	if (c->io.events == events && ev_is_active(&c->io))
		return;
	ev_io_stop(c->master->loop, &c->io);
	ev_io_set(&c->io, c->sock, events);
	ev_io_start(c->master->loop, &c->io);
}

void proc_kill(struct child *c)
{
	if (c->pid > 0)
		kill(c->pid, SIGKILL);
}

void proc_send(struct child *c, enum ipc_type type, const void *body,
	size_t len, const int *fds, unsigned nfds)
{
	char number[24];

	if (c->pid == 0 || c->sock < 0)
		return;
	if (ipc_post(&c->queue, c->sock, type, body, len, fds, nfds) == 0) {
		watch_io(c);
		return;
	}
	/* EPIPE: it is dying, and its exit will be reported. */
	if (errno != EPIPE && errno != ECONNRESET) {
		event_log(EVENT_ERROR, "child-stuck", "process", c->kind->name,
			"number", event_number(number, c->number), "reason",
			strerror(errno), NULL);
		proc_kill(c);
	}
}

void proc_hang_up(struct child *c)
{
	if (c->sock < 0)
		return;
	ev_io_stop(c->master->loop, &c->io);
	ipc_hang_up(c->sock);
	c->sock = -1;
	ipc_queue_clear(&c->queue);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
	struct child *c = w->data;
	static struct ipc_message m;
	char number[24];
	int r, i;

	if ((events & EV_WRITE) && ipc_flush(&c->queue, c->sock) < 0)
		ipc_queue_clear(&c->queue);
	for (i = 0; i < 64 && (events & EV_READ) && c->sock >= 0; i++) {
		r = ipc_recv(c->sock, &m);
		if (r < 0 && errno == EAGAIN)
			break;
		if (r > 0) {
			pulse_heard(c);
			c->kind->message(c, &m);
			ipc_close(&m);
			continue;
		}
		if (r < 0) {
			event_log(EVENT_ERROR, "child-nonsense", "process",
				c->kind->name, "number",
				event_number(number, c->number), "reason",
				strerror(errno), NULL);
			proc_kill(c);
		}
		proc_hang_up(c);
		return;
	}
	if (c->sock >= 0)
		watch_io(c);
}

static void log_ended(const struct child *c, int status)
{
	char number[24], pid[24], how[48];
	int crash = WIFSIGNALED(status) || WEXITSTATUS(status) != 0;

	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "exit %d", WEXITSTATUS(status));
	event_log(crash ? EVENT_ERROR : EVENT_INFO, "child-ended", "process",
		c->kind->name, "number", event_number(number, c->number), "pid",
		event_number(pid, (uint64_t)c->pid), "how", how, NULL);
}

static void on_respawn(struct ev_loop *loop, ev_timer *w, int events)
{
	proc_start(w->data);
}

/* At once the first time.  If it keeps dying right after its start, later and
 * later; meanwhile other workers accept for it (lend.c). */
static void respawn_later(struct child *c)
{
	struct master *m = c->master;

	if (clock_now() - c->started > BACKOFF_FORGET)
		c->backoff = 0;
	ev_timer_set(&c->respawn, c->backoff, 0);
	ev_timer_start(m->loop, &c->respawn);
	c->backoff = c->backoff ? c->backoff * 2 : BACKOFF_FIRST;
	if (c->backoff > BACKOFF_MOST)
		c->backoff = BACKOFF_MOST;
	c->restarts++;
	m->restarts++;
	if (!m->handed_over)
		board_totals(m->board)->restarts = m->restarts;
}

/* In a drain workers are not replaced, but the processes they need are, so that
 * handshakes can finish.  A new tlsd has a monitor of its own. */
static int is_wanted(const struct child *c)
{
	const struct master *m = c->master;

	if (m->handed_over && c->kind == &child_monitor)
		return 0;
	return !m->ending ||
		(m->ending == MASTER_DRAINS && c->kind != &child_worker);
}

/* A defect, or an attack: what it knew and what it could write must not be
 * trusted. */
static void compromised(struct child *c)
{
	secrets_worker_died(c);
	servers_heal(c->master);
}

static void on_exit_(struct ev_loop *loop, ev_child *w, int events)
{
	struct child *c = w->data;

	ev_child_stop(loop, w);
	log_ended(c, w->rstatus);
	proc_hang_up(c);
	c->pid = 0;
	c->ready = c->committed = c->reported = 0;
	memset(&c->status, 0, sizeof(c->status));
	if (WIFSIGNALED(w->rstatus) && c->kind == &child_worker)
		compromised(c);
	pulse_forget(c);
	if (is_wanted(c))
		respawn_later(c);
	if (c->kind->gone)
		c->kind->gone(c);
	master_child_ended(c->master);
}

static void cannot_start(struct child *c)
{
	event_log(EVENT_ERROR, "child-start", "process", c->kind->name,
		"reason", strerror(errno), NULL);
	respawn_later(c);
}

void proc_start(struct child *c)
{
	struct master *m = c->master;
	char number[24], pid[24];
	int pair[2], lines;

	if (!is_wanted(c) || c->pid)
		return;
	if (ipc_pair(pair) < 0) {
		cannot_start(c);
		return;
	}
	ipc_no_fds(pair[0]);
	board_restore(m->board);
	lines = logs_pipe(m);
	c->pid = lines < 0 ? -1 : spawn(c, pair[1], lines);
	if (c->pid < 0)
		cannot_start(c);
	if (lines >= 0)
		close(lines);
	close(pair[1]);
	if (c->pid < 0) {
		close(pair[0]);
		c->pid = 0;
		return;
	}
	c->sock = pair[0];
	c->vetoed = 0;
	c->started = clock_now();
	ev_child_set(&c->exit, c->pid, 0);
	ev_child_start(m->loop, &c->exit);
	watch_io(c);
	event_log(EVENT_INFO, "child-started", "process", c->kind->name,
		"number", event_number(number, c->number), "pid",
		event_number(pid, (uint64_t)c->pid), NULL);
	if (c->kind->started)
		c->kind->started(c);
}

static void row(struct master *m, unsigned i, const struct proc_kind *kind,
	unsigned number)
{
	struct child *c = &m->child[i];

	c->master = m;
	c->kind = kind;
	c->number = number;
	c->sock = -1;
	ev_io_init(&c->io, on_io, -1, EV_READ);
	ev_child_init(&c->exit, on_exit_, 0, 0);
	ev_timer_init(&c->respawn, on_respawn, 0, 0);
	c->io.data = c->exit.data = c->respawn.data = c;
}

void proc_init(struct master *m)
{
	unsigned i;

	m->children = m->options->workers + 2;
	m->child = calloc(m->children, sizeof(*m->child));
	if (!m->child)
		abort();
	for (i = 0; i < m->options->workers; i++)
		row(m, i, &child_worker, i);
	row(m, i++, &child_monitor, 0);
	row(m, i, &child_keys, 0);
}

struct child *proc_of(struct master *m, const struct proc_kind *kind)
{
	unsigned i;

	for (i = 0; i < m->children && m->child[i].kind != kind; i++)
		;
	return &m->child[i];
}

unsigned proc_running(const struct master *m)
{
	unsigned i, n = 0;

	for (i = 0; i < m->children; i++)
		n += m->child[i].pid != 0;
	return n;
}
