/*
 * Taking over and handing over (handover.h).  Sockets come from systemd
 * (LISTEN_FDS) or from an older tlsd: on SIGUSR2 it executes the program at its
 * own path with its listening sockets, and drains when the new tlsd serves.
 * Until then nothing changes.  If the new tlsd ends first, the old one
 * continues.
 */
#include "handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child_monitor.h"
#include "control.h"
#include "handed.h"
#include "listen_adopted.h"
#include "master.h"
#include "notify.h"
#include "proc.h"
#include "runtime/common/board.h"
#include "runtime/common/board_share.h"
#include "runtime/common/bundle.h"
#include "runtime/common/event.h"
#include "runtime/tls/staple.h"
#include "servers.h"
#include "state.h"
#include "ticket_secret.h"

#define HANDOVER "TLSD_HANDOVER" /* the descriptor of a memfd of lines */
#define FIRST_ACTIVATED 3        /* sd_listen_fds(3) */

/* ---- the new one ---- */

static int number_of(const char *text, unsigned long *n)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	*n = strtoul(text, &end, 10);
	return errno || *end ? -1 : 0;
}

static void take_activated(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	unsigned long who, count, i;

	if (number_of(pid, &who) == 0 && who == (unsigned long)getpid() &&
		number_of(fds, &count) == 0 && count < 1024)
		for (i = 0; i < count; i++)
			listen_adopted_add(FIRST_ACTIVATED + (int)i);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

/* The operator drained a server; that holds across an upgrade. */
static void take_draining(struct master *m, const char *line)
{
	char name[BOARD_NAME_MAX];

	(void)m;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "\n"), line);
	servers_remember(name);
}

/* The old board, if it has our layout: the old connections still count, and
 * what was learned about servers is known. */
static void take_board(struct master *m, const char *line)
{
	char layout[BOARD_LAYOUT_MAX], own[BOARD_LAYOUT_MAX];
	struct board *b = NULL;
	int fd, share = -1;

	if (sscanf(line, "board %d %63s", &fd, layout) != 2)
		return;
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	board_layout(own);
	if (strcmp(layout, own) == 0)
		b = board_map(fd);
	if (b)
		share = board_take_share(b, fd);
	if (share < 0) {
		board_unmap(&b);
		close(fd);
		return;
	}
	board_unmap(&m->board);
	close(m->board_fd);
	m->board = b;
	m->board_fd = fd;
	m->share = (unsigned)share;
	m->board_taken = 1;
}

static int take_secret(const char *text, uint8_t secret[BUNDLE_TICKETS_LEN])
{
	size_t i;

	for (i = 0; i < BUNDLE_TICKETS_LEN; i++)
		if (sscanf(text + 2 * i, "%2hhx", &secret[i]) != 1)
			return -1;
	return 0;
}

/* Unknown lines are skipped: an older tlsd may have written them. */
static void take_line(struct master *m, const char *line)
{
	unsigned char secret[BUNDLE_TICKETS_LEN];
	unsigned long long n;
	int fd;

	if (sscanf(line, "listen %d", &fd) == 1) {
		listen_adopted_add(fd);
	} else if (sscanf(line, "control %d", &fd) == 1) {
		m->control_fd = fd;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	} else if (sscanf(line, "metrics %d", &fd) == 1) {
		m->metrics_fd = fd;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	} else if (sscanf(line, "state-owner %d", &fd) == 1) {
		m->owner_fd = fd;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	} else if (sscanf(line, "ready %d", &fd) == 1) {
		m->ready_fd = fd;
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	} else if (sscanf(line, "generation %llu", &n) == 1) {
		m->last_number = n;
	} else if (sscanf(line, "serial %llu", &n) == 1) {
		m->state.serial = n;
	} else if (strncmp(line, "serial-root ", 12) == 0) {
		sscanf(line + 12, "%64s", m->state.root);
	} else if (strncmp(line, "tickets ", 8) == 0) {
		if (take_secret(line + 8, secret) == 0)
			ticket_secret_set(secret);
	} else if (strncmp(line, "tickets-before ", 15) == 0) {
		if (take_secret(line + 15, secret) == 0)
			ticket_secret_set_before(secret);
	} else if (sscanf(line, "staples %d", &fd) == 1) {
		lseek(fd, 0, SEEK_SET);
		staple_restore(fd);
		close(fd);
	} else if (strncmp(line, "board ", 6) == 0) {
		take_board(m, line);
	} else if (strncmp(line, "draining ", 9) == 0) {
		take_draining(m, line + 9);
	} else {
		handed_take_line(m, line);
	}
}

static void take_handover(struct master *m)
{
	const char *text = getenv(HANDOVER);
	unsigned long fd;
	char line[BOARD_NAME_MAX + 32];
	FILE *f;

	if (!text)
		return;
	if (number_of(text, &fd) == 0 && (f = fdopen((int)fd, "r")) != NULL) {
		m->predecessor = getppid();
		rewind(f);
		while (fgets(line, sizeof(line), f))
			take_line(m, line);
		fclose(f);
		if (!m->board_taken)
			event_log(EVENT_NOTICE, "upgrade", "reason",
				"the counts of limits and servers begin again: "
				"the old tlsd arranges them differently, or a "
				"tlsd before it is still draining",
				NULL);
	}
	unsetenv(HANDOVER);
}

void handover_take(struct master *m)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n > 0) {
		path[n] = 0;
		m->self_path = strdup(path);
	}
	m->control_fd = m->metrics_fd = m->ready_fd = m->owner_fd = -1;
	take_activated();
	take_handover(m);
}

/* The first generation is live. */
void handover_ready(struct master *m)
{
	if (m->served)
		return;
	m->served = 1;
	listen_adopted_forget();
	handed_look(m);
	listen_own(&m->listeners);
	control_own();
	state_signed_over(m);
	if (m->board_taken)
		servers_forget_unchecked(m);
	notify_send("READY=1\nMAINPID=%d\nSTATUS=Serving.", (int)getpid());
	if (m->ready_fd >= 0) {
		if (write(m->ready_fd, "R", 1) != 1)
			event_log(EVENT_WARNING, "upgrade", "reason",
				"the old tlsd has ended", NULL);
		close(m->ready_fd);
		m->ready_fd = -1;
	}
}

/* ---- the old one ---- */

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
		setenv(HANDOVER, handover, 1);
		pid = fork();
		if (pid == 0)
			become_new(m, fd, pair[1], staples);
		unsetenv(HANDOVER);
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
