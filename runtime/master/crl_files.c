/*
 * CRLs before and while they are in use (crl_files.h).  Each is signed by a CA
 * of the same clause.  An older one never replaces a newer one, because a
 * revoked client would be let in.  Their end is logged ahead and when it has
 * come; from then on, workers refuse the clients they are about.
 */
#include "crl_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "load.h"
#include "master.h"
#include "runtime/common/bundle.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/judge/crl_follow.h"
#include "runtime/table/table.h"
#include "runtime/tls/crls.h"

#define DAY 86400
#define WARN_DAYS 14   /* before the end, or a third of a shorter life */
#define LOOK_MOST 60.0 /* seconds until the clock is looked at again */
#define LOOK_LEAST 0.2

static struct {
	struct master *master;
	ev_timer timer;
	struct crl_end *end;
	size_t count;
} watch;

int crl_files_check(
	const struct table *t, const struct bundle *b, char *err, size_t n)
{
	size_t count, i;
	struct crl_use *u = crls_of(t, &count);
	struct crl_file f;
	char why[400];
	int r = 0;

	for (i = 0; i < count && r == 0; i++) {
		if (crls_read(&f, b, &u[i]) < 0) {
			snprintf(err, n,
				"TC0414: %s: it has no usable CRL, or %s has "
				"no usable CA",
				u[i].crl, u[i].ca);
			r = -1;
			break;
		}
		r = judge_crls_signed(f.crls, f.ca, f.count, why, sizeof(why));
		if (r < 0)
			snprintf(err, n, "TC0416: %s: %s", u[i].crl, why);
		crls_done(&f);
	}
	free(u);
	return r;
}

/* ---- an older one never follows ---- */

static int64_t until(const struct judge_crls *l)
{
	struct judge_crl_times t;

	judge_crls_times(l, &t);
	return t.until;
}

static int follows(const struct judge_crls *held, const struct crl_file *new,
	const char *path, struct refusal *why)
{
	int64_t now = (int64_t)time(NULL);
	char err[400];

	if (judge_crls_follow(
		    held, new->crls, new->ca, new->count, err, sizeof(err)) < 0)
		refuse(why, "TC0418", "%s: %s; the one in use is kept", path,
			err);
	else if (until(new->crls) < now && until(held) >= now)
		refuse(why, "TC0418",
			"%s: it has expired; the one in use has not and is "
			"kept",
			path);
	else
		return 0;
	return -1;
}

static int same(
	const struct bundle *a, const struct bundle *b, const char *path)
{
	const uint8_t *x, *y;
	size_t n, m;

	return bundle_get(a, path, &x, &n) == 0 &&
		bundle_get(b, path, &y, &m) == 0 && n == m &&
		memcmp(x, y, n) == 0;
}

/* Compares the same file, whatever CAs were listed with it. */
static int check_use(const struct crl_use *u, const struct bundle *old,
	const struct bundle *new, struct refusal *why)
{
	struct judge_crls *held;
	struct crl_file now;
	int r = 0;

	if (same(old, new, u->crl) || crls_read(&now, new, u) < 0)
		return 0;
	held = crls_list(old, u->crl);
	if (held) /* otherwise it was not in use */
		r = follows(held, &now, u->crl, why);
	judge_crls_free(&held);
	crls_done(&now);
	return r;
}

int crl_files_follow(
	const struct loaded *old, const struct loaded *new, struct refusal *why)
{
	size_t count, i;
	struct crl_use *u = crls_of(&new->view->table, &count);
	int r = 0;

	for (i = 0; i < count && r == 0 && old->view->bundle; i++)
		r = check_use(&u[i], old->view->bundle, new->view->bundle, why);
	free(u);
	return r;
}

/* ---- when they end ---- */

struct crl_end *crl_files_ends(const struct loaded *l, size_t *n)
{
	size_t count, i;
	struct crl_use *u = crls_of(&l->view->table, &count);
	struct crl_end *e = calloc(count + 1, sizeof(*e));
	struct judge_crl_times t;
	struct crl_file f;

	*n = 0;
	for (i = 0; e && i < count; i++) {
		if ((i && strcmp(u[i].crl, u[i - 1].crl) == 0) ||
			crls_read(&f, l->view->bundle, &u[i]) < 0)
			continue;
		judge_crls_times(f.crls, &t);
		crls_done(&f);
		snprintf(e[*n].path, sizeof(e[*n].path), "%s", u[i].crl);
		snprintf(e[*n].issuer, sizeof(e[*n].issuer), "%s", t.issuer);
		e[*n].from = t.from;
		e[(*n)++].until = t.until;
	}
	free(u);
	return e;
}

const char *crl_files_date(int64_t when, char out[32])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (when == JUDGE_CRL_FOREVER || !gmtime_r(&t, &tm) ||
		!strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, 32, "never");
	return out;
}

/* From when on to warn of the end. */
static int64_t warn_at(const struct crl_end *e)
{
	int64_t early = WARN_DAYS * (int64_t)DAY;

	if (e->until == JUDGE_CRL_FOREVER)
		return e->until;
	if (early > (e->until - e->from) / 3)
		early = (e->until - e->from) / 3;
	return e->until - early;
}

static void tell(struct crl_end *e, int64_t now)
{
	int level = now > e->until ? 2 : now >= warn_at(e) ? 1 : 0;
	char date[32];

	if (level <= e->logged)
		return;
	e->logged = level;
	crl_files_date(e->until, date);
	if (level == 1)
		event_log(EVENT_WARNING, "crl-expires", "id", "TC0418", "crl",
			e->path, "issuer", e->issuer, "until", date, NULL);
	else
		event_audit(EVENT_ERROR, "crl-expired", "id", "TC0418", "crl",
			e->path, "issuer", e->issuer, "until", date, "reason",
			"client certificates of this issuer are refused until "
			"the file is renewed",
			NULL);
}

/* Seconds until the next warning; the clock may be set meanwhile. */
static double next_look(int64_t now)
{
	double wait = LOOK_MOST;
	size_t i;

	for (i = 0; i < watch.count; i++) {
		const struct crl_end *e = &watch.end[i];
		double left =
			(double)((e->logged ? e->until + 1 : warn_at(e)) - now);

		if (e->logged < 2 && left < wait)
			wait = left;
	}
	return wait < LOOK_LEAST ? LOOK_LEAST : wait;
}

static void look(void)
{
	int64_t now = (int64_t)time(NULL);
	size_t i;

	for (i = 0; i < watch.count; i++)
		tell(&watch.end[i], now);
	ev_timer_stop(watch.master->loop, &watch.timer);
	ev_timer_set(&watch.timer, next_look(now), 0);
	if (watch.count)
		ev_timer_start(watch.master->loop, &watch.timer);
}

static void on_timer(struct ev_loop *loop, ev_timer *w, int events)
{
	look();
}

/* What was logged about a CRL is not logged again when a table with the same
 * CRL is loaded. */
static void remember(struct crl_end *e)
{
	size_t i;

	for (i = 0; i < watch.count; i++)
		if (watch.end[i].until == e->until &&
			strcmp(watch.end[i].path, e->path) == 0)
			e->logged = watch.end[i].logged;
}

void crl_files_watch(struct master *m)
{
	size_t n, i;
	struct crl_end *e = crl_files_ends(m->live, &n);

	if (!e)
		return;
	for (i = 0; i < n; i++)
		remember(&e[i]);
	if (!watch.master)
		ev_timer_init(&watch.timer, on_timer, LOOK_MOST, 0);
	watch.master = m;
	free(watch.end);
	watch.end = e;
	watch.count = n;
	look();
}

void crl_files_stop(void)
{
	if (watch.master)
		ev_timer_stop(watch.master->loop, &watch.timer);
	free(watch.end);
	memset(&watch, 0, sizeof(watch));
}

const struct crl_end *crl_files_watched(size_t *n)
{
	*n = watch.count;
	return watch.end;
}
