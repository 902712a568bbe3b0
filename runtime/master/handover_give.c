/*
 * Hands over (handover_give.h): on SIGUSR2 this tlsd executes the program at its
 * own path with its listening sockets, and drains when the new tlsd serves.
 * Until then nothing changes.
 */
#include "handover_give.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child_monitor.h"
#include "control.h"
#include "handed.h"
#include "handover_take.h"
#include "master.h"
#include "proc.h"
#include "runtime/common/board.h"
#include "runtime/common/board_share.h"
#include "runtime/common/bundle.h"
#include "runtime/common/event.h"
#include "runtime/tls/staple.h"
#include "servers.h"
#include "ticket_secret.h"

static void put(int fd, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void put(int fd, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vdprintf(fd, format, ap);
	va_end(ap);
}

static void put_draining(int fd)
{
	const char *name;
	unsigned i;

	for (i = 0; (name = servers_drained(i)) != NULL; i++)
		put(fd, "draining %s\n", name);
}

/* The fetched OCSP responses: otherwise a new tlsd would have none for a
 * while. */
static int save_staples(void)
{
	int fd = memfd_create("tlsd-staples", MFD_CLOEXEC);

	if (fd >= 0)
		staple_save(fd);
	return fd;
}

static void put_secret(int fd, const char *name, const uint8_t *secret)
{
	unsigned i;

	if (!secret)
		return;
	put(fd, "%s ", name);
	for (i = 0; i < BUNDLE_TICKETS_LEN; i++)
		put(fd, "%02x", secret[i]);
	put(fd, "\n");
}

static int write_handover(struct master *m, int ready, int staples)
{
	int fd = memfd_create("tlsd-handover", MFD_CLOEXEC);
	char layout[BOARD_LAYOUT_MAX];
	unsigned i, j;

	if (fd < 0)
		return -1;
	for (i = 0; i < m->listeners.count; i++)
		for (j = 0; j < m->listeners.v[i].socks; j++)
			put(fd, "listen %d\n", m->listeners.v[i].sock[j]);
	if (control_fd() >= 0)
		put(fd, "control %d\n", control_fd());
	if (m->metrics_fd >= 0)
		put(fd, "metrics %d\n", m->metrics_fd);
	if (m->owner_fd >= 0)
		put(fd, "state-owner %d\n", m->owner_fd);
	put(fd, "ready %d\ngeneration %llu\nserial %llu\n", ready,
		(unsigned long long)m->last_number,
		(unsigned long long)m->state.serial);
	put(fd, "serial-root %s\n", m->state.root);
	put_secret(fd, "tickets", ticket_secret_get());
	put_secret(fd, "tickets-before", ticket_secret_before());
	board_restore(m->board);
	board_layout(layout);
	put(fd, "board %d %s\n", m->board_fd, layout);
	put_draining(fd);
	handed_put(m, fd);
	if (staples >= 0)
		put(fd, "staples %d\n", staples);
	return fd;
}

static void keep_open(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

static void become_new(struct master *m, int handover, int ready, int staples)
{
	unsigned i, j;

	for (i = 0; i < m->listeners.count; i++)
		for (j = 0; j < m->listeners.v[i].socks; j++)
			keep_open(m->listeners.v[i].sock[j]);
	keep_open(control_fd());
	keep_open(m->metrics_fd);
	keep_open(m->board_fd);
	keep_open(m->owner_fd);
	keep_open(handover);
	keep_open(ready);
	keep_open(staples);
	handed_keep_open(m);
	execv(m->self_path, m->options->argv);
	_exit(127);
}

static void end_wait(struct master *m)
{
	ev_io_stop(m->loop, &m->upgrade_io);
	close(m->upgrade_io.fd);
	m->upgrading = 0;
}

static void on_ready(struct ev_loop *loop, ev_io *w, int events)
{
	struct master *m = w->data;
	char c = 0;
	ssize_t n = read(w->fd, &c, 1);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	end_wait(m);
	if (n == 1 && c == 'R') {
		m->handed_over = 1;
		control_hand_over();
		listen_hand_over(&m->listeners);
		proc_hang_up(proc_of(m, &child_monitor));
		master_drain(m, "upgrade");
		swap_resume(m);
		return;
	}
	board_sweep(m->board, m->board_fd);
	event_log(EVENT_ERROR, "upgrade-failed", "reason",
		"the new tlsd ended before it served; this one continues",
		NULL);
	swap_resume(m);
}

static void on_exit_(struct ev_loop *loop, ev_child *w, int events)
{
	ev_child_stop(loop, w);
}

void handover_give(struct master *m)
{
	char handover[24], pid_text[24];
	int pair[2], fd = -1, staples;
	pid_t pid = -1;

	if (m->upgrading || m->ending || !m->self_path)
		return;
	/* Before a table is live, its listeners must not be handed over. */
	m->upgrade_wanted = !m->served || m->swap.stage != SWAP_IDLE;
	if (m->upgrade_wanted)
		return;
	staples = save_staples();
	if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) == 0)
		fd = write_handover(m, pair[1], staples);
	if (fd >= 0) {
		snprintf(handover, sizeof(handover), "%d", fd);
		setenv(HANDOVER_LINES, handover, 1);
		pid = fork();
		if (pid == 0)
			become_new(m, fd, pair[1], staples);
		unsetenv(HANDOVER_LINES);
		close(fd);
	}
	if (staples >= 0)
		close(staples);
	if (pid < 0) {
		event_log(EVENT_ERROR, "upgrade-failed", "reason",
			strerror(errno), NULL);
		return;
	}
	close(pair[1]);
	m->upgrading = 1;
	ev_io_init(&m->upgrade_io, on_ready, pair[0], EV_READ);
	ev_child_init(&m->upgrade_child, on_exit_, pid, 0);
	m->upgrade_io.data = m->upgrade_child.data = m;
	ev_io_start(m->loop, &m->upgrade_io);
	ev_child_start(m->loop, &m->upgrade_child);
	event_log(EVENT_NOTICE, "upgrade", "program", m->self_path, "pid",
		event_number(pid_text, (uint64_t)pid), NULL);
}
