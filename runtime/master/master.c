/*
 * The master's life: start, signals, drain, end.
 */
#include "master.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bad_certs.h"
#include "certs.h"
#include "check.h"
#include "child_keys.h"
#include "child_worker.h"
#include "control.h"
#include "crl_files.h"
#include "facts.h"
#include "handed.h"
#include "handover_give.h"
#include "handover_take.h"
#include "history.h"
#include "load.h"
#include "logs.h"
#include "notify.h"
#include "proc.h"
#include "pulse.h"
#include "renew.h"
#include "revive.h"
#include "runtime/common/board.h"
#include "runtime/common/board_share.h"
#include "runtime/common/child.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "runtime/common/privdrop.h"
#include "runtime/tls/staple.h"
#include "secrets.h"
#include "servers.h"
#include "state.h"
#include "state_text.h"
#include "watch.h"

#define TICK 1.0
#define END_GRACE 2.0 /* seconds past the deadline, then SIGKILL */

static void stop_now(struct master *m)
{
	unsigned i;

	for (i = 0; i < m->children; i++)
		proc_kill(&m->child[i]);
}

static void on_end(struct ev_loop *loop, ev_timer *w, int events)
{
	event_log(EVENT_WARNING, "drain-overdue", NULL);
	stop_now(w->data);
}

/* Workers may need signatures until the end, so the others end after them. */
void master_child_ended(struct master *m)
{
	unsigned i;

	for (i = 0; m->ending && i < m->children; i++)
		if (m->child[i].kind == &child_worker && m->child[i].pid)
			return;
	if (m->ending == MASTER_DRAINS)
		m->ending = MASTER_ENDS;
	for (i = 0; m->ending && i < m->children; i++)
		proc_hang_up(&m->child[i]);
	if (m->ending && proc_running(m) == 0)
		ev_break(m->loop, EVBREAK_ALL);
}

static void tell_drain(struct master *m, double seconds)
{
	struct ipc_drain body = {.deadline_ms = (uint32_t)(seconds * 1e3)};
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			proc_send(&m->child[i], IPC_DRAIN, &body, sizeof(body),
				NULL, 0);
	ev_timer_stop(m->loop, &m->end);
	ev_timer_set(&m->end, seconds + END_GRACE, 0);
	ev_timer_start(m->loop, &m->end);
}

static double drain_seconds(const struct master *m)
{
	if (m->options->drain >= 0)
		return m->options->drain;
	return m->live ? facts_drain(m->live) : 0;
}

void master_drain(struct master *m, const char *by)
{
	double seconds = m->ending ? 0 : drain_seconds(m);
	char text[24];
	unsigned i;

	snprintf(text, sizeof(text), "%.1f", seconds);
	event_log(EVENT_NOTICE, m->ending ? "ending" : "draining", "by", by,
		"seconds", text, NULL);
	m->ending = m->ending ? MASTER_ENDS : MASTER_DRAINS;
	if (!m->handed_over)
		notify_send("STOPPING=1\nSTATUS=Draining.");
	state_release(m);
	/* Workers first accept what is queued.  Our copies must not keep the
	 * sockets open after that. */
	listen_close(&m->listeners);
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker ||
			m->ending == MASTER_ENDS)
			ev_timer_stop(m->loop, &m->child[i].respawn);
	tell_drain(m, seconds);
	master_child_ended(m);
}

/* The audit line has the reason already. */
void master_abort(struct master *m, const struct refusal *why)
{
	m->status =
		event_audit_on_stderr() ? check_status(why) : check_print(why);
	m->ending = MASTER_ENDS;
	stop_now(m);
	master_child_ended(m);
}

static void reopen_logs(void)
{
	char err[512];

	if (event_reopen(err, sizeof(err)) < 0) {
		event_log(EVENT_ERROR, "log-reopen", "reason", err, NULL);
		return;
	}
	event_log(EVENT_INFO, "log-reopened", NULL);
}

/* Work that no event triggers. */
static void on_tick(struct ev_loop *loop, ev_timer *w, int events)
{
	event_tick();
	state_tick(w->data);
}

static void on_signal(struct ev_loop *loop, ev_signal *w, int events)
{
	struct master *m = w->data;
	struct swap_request load = {.kind = SWAP_LOAD, .by = "signal"};

	switch (w->signum) {
	case SIGHUP:
		swap_ask(m, &load);
		break;
	case SIGUSR1:
		reopen_logs();
		break;
	case SIGUSR2:
		handover_give(m);
		break;
	default:
		master_drain(m, "signal");
	}
}

static void watch_signals(struct master *m)
{
	static const int signals[] = {
		SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2};
	unsigned i;

	signal(SIGPIPE, SIG_IGN);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		ev_signal_init(&m->sig[i], on_signal, signals[i]);
		m->sig[i].data = m;
		ev_signal_start(m->loop, &m->sig[i]);
	}
}

/* Above the fixed descriptor numbers of children. */
static int open_self(void)
{
	int low = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	int fd = low < 0 ? -1 : fcntl(low, F_DUPFD_CLOEXEC, CHILD_FDS);

	if (low >= 0)
		close(low);
	return fd;
}

/* Logs once which protections are missing. */
static void log_lacking(struct master *m)
{
	uid_t worker = m->id[PRIVDROP_WORKER].uid,
	      monitor = m->id[PRIVDROP_MONITOR].uid,
	      keys = m->id[PRIVDROP_KEYS].uid;
	char text[700];

	m->keep_root = facts_have_unix(m->swap.candidate);
	privdrop_lacking(m->keep_root,
		worker == monitor || worker == keys || monitor == keys, text,
		sizeof(text));
	if (text[0])
		event_log(EVENT_WARNING, "unprotected", "reason", text, NULL);
}

static int choose_user(struct master *m, struct refusal *why)
{
	char err[256];

	if (geteuid() != 0)
		return 0;
	if (privdrop_users(m->options->user, m->id, err, sizeof(err)) == 0)
		return 0;
	refuse(why, "", "%s; see --user", err);
	return -1;
}

static int make_board(struct master *m, struct refusal *why)
{
	m->board_fd = board_create(m->options->workers);
	if (m->board_fd >= 0)
		m->board = board_map(m->board_fd);
	if (m->board) {
		board_take_share(m->board, m->board_fd);
		return 0;
	}
	refuse(why, "", "shared memory: %s", strerror(errno));
	return -1;
}

/* Refuses a start for a reason other than the table; -1. */
static int refuse_start(struct master *m, const struct refusal *why)
{
	event_audit(EVENT_ERROR, "refused", "by", "start", "reason", why->text,
		NULL);
	master_abort(m, why);
	return -1;
}

/* Everything that can be refused is refused before any process is started.  The
 * workers are started before the first generation is offered. */
static int start(struct master *m)
{
	struct swap_request first = {.kind = SWAP_LOAD, .by = "start"},
			    handed = {.kind = SWAP_HANDED, .by = "upgrade"};
	struct refusal why = {.id = ""};
	unsigned i;

	if (make_board(m, &why) < 0)
		return refuse_start(m, &why);
	handover_take(m);
	if (state_start(m, STATE_LOCK, &why) < 0)
		return refuse_start(m, &why);
	m->self = open_self();
	if (m->self < 0) {
		refuse(&why, "", "/proc/self/exe: %s", strerror(errno));
		return refuse_start(m, &why);
	}
	if (choose_user(m, &why) < 0)
		return refuse_start(m, &why);
	if (m->options->control && control_start(m, &why) < 0)
		return refuse_start(m, &why);
	if (m->options->metrics && m->metrics_fd < 0)
		m->metrics_fd = listen_metrics(m->options->metrics, &why);
	if (m->options->metrics && m->metrics_fd < 0)
		return refuse_start(m, &why);
	revive_start(m);
	secrets_start(m);
	revive_add(m->metrics_fd);
	proc_init(m);
	swap_init(m);
	pulse_start(m);
	watch_start(m); /* changes after the first reading are noticed */
	handed_load(m);
	if (swap_ask(m, m->handed ? &handed : &first) < 0 ||
		m->swap.stage == SWAP_IDLE)
		return -1;
	log_lacking(m);
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker ||
			(m->child[i].kind == &child_keys &&
				m->options->keys_process))
			proc_start(&m->child[i]);
	renew_start(m);
	return 0;
}

static void release(struct master *m)
{
	logs_finish();
	listen_close(&m->listeners);
	listen_close(&m->swap.fresh);
	load_free(&m->swap.candidate);
	history_free(m);
	control_stop(m);
	revive_stop(m);
	resolve_free(&m->hosts);
	renew_stop();
	watch_stop();
	bad_certs_forget();
	certs_forget();
	servers_free();
	crl_files_stop();
	staple_forget_all();
	state_free(&m->state);
	free(m->child);
	free(m->self_path);
	if (m->board)
		board_unmap(&m->board);
}

int master_run(const struct options *o)
{
	static struct master m;
	char workers[24], pid[24];

	m.options = o;
	m.loop = ev_default_loop(EVFLAG_AUTO);
	m.self = -1;
	m.started = clock_now();
	ev_timer_init(&m.end, on_end, 0, 0);
	m.end.data = &m;
	ev_timer_init(&m.tick, on_tick, TICK, TICK);
	m.tick.data = &m;
	ev_timer_start(m.loop, &m.tick);
	watch_signals(&m);
	event_log(EVENT_NOTICE, "start", "pid",
		event_number(pid, (uint64_t)getpid()), "workers",
		event_number(workers, o->workers), "policy", o->policy, NULL);
	if (start(&m) == 0)
		ev_run(m.loop, 0);
	else if (m.status == 0)
		m.status = 1;
	release(&m);
	event_log(EVENT_NOTICE, "end", NULL);
	return m.status;
}
