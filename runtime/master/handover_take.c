/*
 * Takes over (handover_take.h): sockets from systemd (LISTEN_FDS), or everything
 * from an older tlsd, which continues if this one ends before it serves.
 */
#include "handover_take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "handed.h"
#include "listen_adopted.h"
#include "master.h"
#include "notify.h"
#include "runtime/common/board.h"
#include "runtime/common/board_share.h"
#include "runtime/common/bundle.h"
#include "runtime/common/event.h"
#include "runtime/tls/staple.h"
#include "servers.h"
#include "state.h"
#include "ticket_secret.h"

#define FIRST_ACTIVATED 3 /* sd_listen_fds(3) */

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
	const char *text = getenv(HANDOVER_LINES);
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
	unsetenv(HANDOVER_LINES);
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
