/*
 * Certificates are checked before a table is accepted (certs.h): keys fit
 * their chains, pins are kept.  What was found good is remembered by its
 * contents, so a renewal costs what it changes; and of a table with very many
 * only the first are checked before it serves, the others soon after.  All of
 * this is done by children that end with it, since private keys are decoded for
 * it.  Workers load each at its first use anyway.  Then, and every day, those
 * that are soon to expire are said, a few milliseconds at a time.
 */
#include "certs.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cert_life.h"
#include "load.h"
#include "master.h"
#include "runtime/common/bundle.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/table/table.h"
#include "runtime/tls/certificate.h"

#define AT_ONCE 2000 /* unknown ones, before the table serves */
#define SLICE 0.005  /* seconds of the loop's time */
#define REST 0.005   /* between slices */
#define GOOD_MOST (1u << 20)
#define SAID_MOST 100 /* bad ones that are said one by one */
#define DAY 86400
#define LOOK 5.0 /* seconds between looks at the date */

/* The contents that were found good: 16 octets of a hash each. */
struct digest {
	uint64_t a, b;
};
static struct {
	struct digest *slot; /* open addressing; a and b 0: free */
	size_t slots, used;
} good;

static struct {
	struct master *master;
	ev_timer timer;
	ev_io io; /* the child that looks at them */
	pid_t pid;
	int looking;
	struct generation *table; /* of what is being checked; NULL: nothing */
	struct bundle *bundle;
	uint32_t next;
	uint64_t bad, ending;
	/* Dates by the wall clock, which may be set: what it is when this walk
	 * begins, what it was at the last one (0: say all), and when the next
	 * certificate comes nearer to its end. */
	time_t now, before, due;
	double full; /* clock_now() of the last walk that says all */
} later;

static struct digest *find(struct digest d)
{
	size_t i = (size_t)d.a & (good.slots - 1);

	while ((good.slot[i].a || good.slot[i].b) &&
		(good.slot[i].a != d.a || good.slot[i].b != d.b))
		i = (i + 1) & (good.slots - 1);
	return &good.slot[i];
}

static void grow(void)
{
	struct digest *old = good.slot;
	size_t n = good.slots, i;

	if (good.used >= GOOD_MOST) { /* many renewals ago: begin again */
		free(old);
		old = NULL;
		n = 0;
	}
	good.slots = n ? 2 * n : 1024;
	good.used = 0;
	good.slot = calloc(good.slots, sizeof(*good.slot));
	if (!good.slot)
		abort();
	for (i = 0; i < n; i++)
		if (old[i].a || old[i].b) {
			*find(old[i]) = old[i];
			good.used++;
		}
	free(old);
}

static int is_good(struct digest d)
{
	return good.slots && (find(d)->a || find(d)->b);
}

static void remember(struct digest d)
{
	if (good.used * 2 >= good.slots)
		grow();
	good.used += !is_good(d);
	*find(d) = d;
}

static void mix(gnutls_hash_hd_t h, const uint8_t *p, size_t n)
{
	uint64_t len = n;

	gnutls_hash(h, &len, sizeof(len));
	gnutls_hash(h, p, n);
}

/* Of everything the check looks at. */
static struct digest digest_of(
	const struct table *t, const struct bundle *b, uint32_t i)
{
	const struct tbl_cert *c = &t->cert[i];
	const char *key = table_str(t, c->key_str);
	struct digest d[2] = {{1, 1}};
	const uint8_t *p = NULL;
	gnutls_hash_hd_t h;
	size_t n = 0;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) < 0)
		abort();
	(void)bundle_get(b, table_str(t, c->chain_str), &p, &n);
	mix(h, p, n);
	if (bundle_get_key(b, key, &p, &n) < 0) {
		p = (const uint8_t *)key; /* a pkcs11 URI */
		n = strlen(key);
	}
	mix(h, p, n);
	gnutls_hash(h, &c->has_pin, 1);
	gnutls_hash(h, c->pin, sizeof(c->pin));
	gnutls_hash_deinit(h, d);
	return d[0];
}

/* ---- checking, in a process of its own ---- */

/* What was found of one certificate; of a good one, what to remember. */
struct outcome {
	uint32_t cert;
	int bad, keep;
	struct digest digest;
	char text[512];
};

static void look(const struct table *t, const struct bundle *b, uint32_t i,
	struct digest d, struct outcome *o)
{
	struct certificate *x;

	memset(o, 0, sizeof(*o));
	o->cert = i;
	o->digest = d;
	x = certificate_load(t, b, i, NULL, o->text, sizeof(o->text));
	o->bad = !x;
	certificate_free(&x);
	/* A token's key may change where we do not see it. */
	o->keep = !o->bad &&
		strncmp(table_str(t, t->cert[i].key_str), BUNDLE_PKCS11,
			strlen(BUNDLE_PKCS11)) != 0;
}

enum depth { TO_FIRST_BAD, TO_THE_END };

static void look_at_all(const struct table *t, const struct bundle *b,
	uint32_t most, enum depth depth, int to)
{
	struct outcome o;
	uint32_t i, fresh = 0;

	for (i = 0; i < t->cert_count && fresh < most; i++) {
		struct digest d = digest_of(t, b, i);

		if (is_good(d))
			continue;
		fresh++;
		look(t, b, i, d, &o);
		if (write(to, &o, sizeof(o)) != (ssize_t)sizeof(o) ||
			(o.bad && depth == TO_FIRST_BAD))
			return;
	}
}

/* Private keys are decoded in a child, so that no number of one is ever in our
 * memory.  It has no descriptor but the one it answers on: listening sockets
 * must not outlive us there.  The end to read from, or -1 with errno. */
static int look_apart(const struct table *t, const struct bundle *b,
	uint32_t most, enum depth depth, pid_t *pid)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	*pid = fork();
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(p[1], STDIN_FILENO);
		close_range(STDERR_FILENO + 1, ~0u, 0);
		look_at_all(t, b, most, depth, STDIN_FILENO);
		_exit(0);
	}
	close(p[1]);
	if (*pid < 0) {
		close(p[0]);
		return -1;
	}
	return p[0];
}

static int any_unknown(const struct table *t, const struct bundle *b)
{
	uint32_t i;

	for (i = 0; i < t->cert_count; i++)
		if (!is_good(digest_of(t, b, i)))
			return 1;
	return 0;
}

/* A whole outcome is less than a pipe takes at once: none comes in parts. */
static int next_outcome(int fd, struct outcome *o)
{
	ssize_t r;

	do
		r = read(fd, o, sizeof(*o));
	while (r < 0 && errno == EINTR);
	if (r != (ssize_t)sizeof(*o))
		return 0;
	if (o->keep)
		remember(o->digest);
	return 1;
}

int certs_check(const struct table *t, const struct bundle *b,
	enum certs_extent extent, char *err, size_t n)
{
	struct outcome o = {.bad = 0};
	int fd, status = 0;
	pid_t pid;

	if (!any_unknown(t, b))
		return 0;
	fd = look_apart(t, b, extent == CERTS_ALL ? UINT32_MAX : AT_ONCE,
		TO_FIRST_BAD, &pid);
	if (fd < 0) {
		snprintf(err, n, "checking certificates: %s", strerror(errno));
		return -1;
	}
	while (next_outcome(fd, &o) && !o.bad)
		;
	close(fd);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!o.bad && status == 0)
		return 0;
	snprintf(err, n, "%s",
		o.bad ? o.text
		      : "checking certificates ended "
			"before its end");
	return -1;
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

/* Is it to be said?  When a walk says all: from the first warning on; else when
 * the end, or the warning before it, has come since the last walk.  And when is
 * it to be said next? */
static int worth_saying(double left, double early)
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
	if (!worth_saying(left, early) || later.ending++ >= SAID_MOST)
		return;
	snprintf(days, sizeof(days), "%.1f", left / DAY);
	event_log(left > 0 ? EVENT_WARNING : EVENT_ERROR,
		left > 0 ? "certificate-expires" : "certificate-expired",
		"certificate", table_str(t, t->cert[i].name_str), "chain",
		table_str(t, t->cert[i].chain_str), "days", days, NULL);
}

static void say_bad(const struct outcome *o)
{
	const struct table *t = &later.table->table;

	if (o->cert >= t->cert_count || later.bad++ >= SAID_MOST)
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
	struct outcome o;

	if (next_outcome(w->fd, &o)) {
		if (o.bad)
			say_bad(&o);
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

/* Those that are not known to be good, for as long as it takes. */
static void look_at_rest(struct master *m)
{
	int fd = any_unknown(&later.table->table, later.bundle)
		? look_apart(&later.table->table, later.bundle, UINT32_MAX,
			  TO_THE_END, &later.pid)
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

/* A day has passed, the clock was set back, or a date has come, also by setting
 * the clock forth. */
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
	free(good.slot);
	memset(&good, 0, sizeof(good));
}
