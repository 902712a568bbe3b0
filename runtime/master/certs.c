/*
 * Certificates are checked before a table is accepted (certs.h): each key fits
 * its chain, and pins are kept.  Contents that passed are remembered, so a
 * renewal costs only what it changes.  If there are very many, only the first
 * are checked before the table serves, the others soon after.  Workers load
 * each certificate at its first use anyway.
 *
 * Afterwards, and every day, those that expire soon are logged, a few
 * milliseconds at a time.
 */
#include "certs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cert_life.h"
#include "certs_look.h"
#include "load.h"
#include "master.h"
#include "runtime/common/bundle.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/table/table.h"

#define AT_ONCE 2000    /* unknown ones, before the table serves */
#define SLICE 0.005     /* seconds of the loop's time */
#define REST 0.005      /* between slices */
#define LOGGED_MOST 100 /* bad ones that are logged one by one */
#define DAY 86400
#define LOOK 5.0 /* seconds between looks at the date */

static struct {
	struct master *master;
	ev_timer timer;
	ev_io io; /* results from the process that checks them */
	pid_t pid;
	int looking;
	/* whose certificates are checked; NULL: none */
	struct generation *table;
	struct bundle *bundle;
	uint32_t next;
	uint64_t bad, ending;
	/* Dates by the wall clock, which may be set: when this walk began, when
	 * the last one did (0: log all), and when the next certificate comes
	 * closer to its end. */
	time_t now, before, due;
	double full; /* clock_now() of the last walk that logged all */
} later;

/* All that the process finds.  Without a function to tell, it ends at the first
 * bad one, which is in o. */
static int check(const struct table *t, const struct bundle *b, uint32_t most,
	certs_bad *bad, void *arg, struct certs_look_outcome *o)
{
	int status = 0, fd;
	pid_t pid;

	fd = certs_look_begin(
		t, b, most, bad ? CERTS_TO_THE_END : CERTS_TO_FIRST_BAD, &pid);
	if (fd < 0)
		return -1;
	while (certs_look_next(fd, o) && (bad || !o->bad))
		if (o->bad && o->cert < t->cert_count)
			bad(arg, o->cert, o->text);
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int check_some(const struct table *t, const struct bundle *b,
	enum certs_extent extent, certs_bad *bad, void *arg, char *err,
	size_t n)
{
	struct certs_look_outcome o = {.bad = 0};
	int status;

	if (!certs_look_unknown(t, b))
		return 0;
	status = check(
		t, b, extent == CERTS_ALL ? UINT32_MAX : AT_ONCE, bad, arg, &o);
	if (status < 0)
		snprintf(err, n, "checking certificates: %s", strerror(errno));
	else if (!bad && o.bad)
		snprintf(err, n, "%s", o.text);
	else if (status != 0)
		snprintf(err, n,
			"the process that checks certificates ended early");
	else
		return 0;
	return -1;
}

int certs_check(const struct table *t, const struct bundle *b,
	enum certs_extent extent, char *err, size_t n)
{
	return check_some(t, b, extent, NULL, NULL, err, n);
}

int certs_check_each(const struct table *t, const struct bundle *b,
	enum certs_extent extent, certs_bad *bad, void *arg, char *err,
	size_t n)
{
	return check_some(t, b, extent, bad, arg, err, n);
}

static void stop(void)
{
	if (later.master) {
		ev_timer_stop(later.master->loop, &later.timer);
		ev_io_stop(later.master->loop, &later.io);
	}
	if (later.looking) {
		kill(later.pid, SIGKILL);
		close(later.io.fd);
		later.looking = 0;
	}
	if (!later.table)
		return;
	generation_put(&later.table);
	bundle_unmap(&later.bundle);
}

static void finished(void)
{
	char number[24], count[24];

	if (later.table->table.cert_count <= AT_ONCE)
		; /* all were checked before */
	else if (later.bad)
		event_audit(EVENT_ERROR, "certificates-bad", "count",
			event_number(number, later.bad), "of",
			event_number(count, later.table->table.cert_count),
			NULL);
	else
		event_log(EVENT_INFO, "certificates-checked", "count",
			event_number(count, later.table->table.cert_count),
			NULL);
	stop();
	ev_timer_set(&later.timer, LOOK, LOOK);
	ev_timer_start(later.master->loop, &later.timer);
}

/* Should it be logged?  In a walk that logs all: yes, from the first warning
 * on.  Otherwise only if the end, or one of the marks before it, has passed
 * since the last walk.  Also notes when the next mark will pass. */
static int worth_logging(double left, double early)
{
	const double marks[] = {early, 7. * DAY, DAY, 0};
	double since = later.before ? difftime(later.now, later.before) : 0;
	int passed = 0;
	size_t i;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		if (marks[i] > early)
			continue;
		if (left > marks[i] &&
			later.now + (time_t)(left - marks[i]) < later.due)
			later.due = later.now + (time_t)(left - marks[i]);
		passed |= left <= marks[i] && left + since > marks[i];
	}
	return later.before ? passed : left <= early;
}

static void warn_of_end(uint32_t i)
{
	const struct table *t = &later.table->table;
	double left, early;
	time_t from, until;
	char days[32];

	if (cert_life_of(t, later.bundle, i, &from, &until) < 0)
		return;
	left = difftime(until, later.now);
	early = cert_life_early(from, until);
	if (!worth_logging(left, early) || later.ending++ >= LOGGED_MOST)
		return;
	snprintf(days, sizeof(days), "%.1f", left / DAY);
	event_log(left > 0 ? EVENT_WARNING : EVENT_ERROR,
		left > 0 ? "certificate-expires" : "certificate-expired",
		"certificate", table_str(t, t->cert[i].name_str), "chain",
		table_str(t, t->cert[i].chain_str), "days", days, NULL);
}

static void log_bad(const struct certs_look_outcome *o)
{
	const struct table *t = &later.table->table;

	if (o->cert >= t->cert_count || later.bad++ >= LOGGED_MOST)
		return;
	event_audit(EVENT_ERROR, "certificate-bad", "certificate",
		table_str(t, t->cert[o->cert].name_str), "reason", o->text,
		NULL);
}

static void both_done(void)
{
	if (!later.looking && later.next == later.table->table.cert_count)
		finished();
}

static void on_outcome(struct ev_loop *loop, ev_io *w, int events)
{
	struct certs_look_outcome o;

	if (certs_look_next(w->fd, &o)) {
		if (o.bad)
			log_bad(&o);
		return;
	}
	ev_io_stop(loop, w);
	close(w->fd);
	later.looking = 0;
	both_done();
}

static void look_at_date(void);

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	double begun = clock_now();

	if (!later.table) {
		look_at_date();
		return;
	}
	while (later.next < later.table->table.cert_count) {
		warn_of_end(later.next++);
		if (clock_now() - begun > SLICE)
			break;
	}
	if (later.next == later.table->table.cert_count)
		ev_timer_stop(loop, w);
	both_done();
}

/* Those that are not known to be good, however long it takes. */
static void look_at_rest(struct master *m)
{
	int fd = certs_look_unknown(&later.table->table, later.bundle)
		? certs_look_begin(&later.table->table, later.bundle,
			  UINT32_MAX, CERTS_TO_THE_END, &later.pid)
		: -1;

	if (fd < 0)
		return;
	later.looking = 1;
	ev_io_init(&later.io, on_outcome, fd, EV_READ);
	ev_io_start(m->loop, &later.io);
}

static void walk(struct master *m, time_t before)
{
	const struct loaded *l = m->live;
	char err[300];

	stop();
	later.bundle = bundle_map(
		l->keys_fd >= 0 ? l->keys_fd : l->bundle_fd, err, sizeof(err));
	if (!later.bundle)
		return;
	later.master = m;
	later.table = generation_get(l->view);
	later.next = 0;
	later.bad = later.ending = 0;
	later.before = before;
	later.now = time(NULL);
	later.due = later.now + DAY;
	if (!before)
		later.full = clock_now();
	look_at_rest(m);
	ev_timer_init(&later.timer, on_timer, REST, REST);
	ev_timer_start(m->loop, &later.timer);
}

void certs_check_rest(struct master *m)
{
	walk(m, 0);
}

/* Walks if a day has passed, if the clock was set back, or if a mark has
 * passed, perhaps because the clock was set forward. */
static void look_at_date(void)
{
	time_t now = time(NULL);

	if (clock_now() - later.full >= DAY || now < later.now)
		walk(later.master, 0);
	else if (now >= later.due)
		walk(later.master, later.now);
}

void certs_forget(void)
{
	stop();
	certs_look_forget();
}
