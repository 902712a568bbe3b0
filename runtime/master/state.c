/*
 * What is kept across restarts (--state).  The file decides: it is read again,
 * under its lock, before a table goes live, because another tlsd may have
 * changed it during an upgrade.
 *
 * If it cannot be written, a load is refused and the table before stays in
 * service.  A start or a renewal is accepted nevertheless, because otherwise
 * nothing, or revoked clients, would be served; writing is tried again.
 */
#include "state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "master.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/judge/crl_mark.h"
#include "runtime/tls/crls.h"
#include "state_file.h"
#include "state_owner.h"
#include "state_text.h"

#define AGAIN 10.0 /* seconds until writing is tried again */

static double retry_at; /* clock_now(); 0: everything is written */

/* ---- serials ---- */

/* What may follow s.  A rollback is the operator's decision and is not
 * checked. */
static int serial_fits(
	const struct state *s, const struct loaded *l, struct refusal *why)
{
	unsigned long long new = l->serial, old = s->serial;

	if (!new)
		refuse(why, "TC0902",
			"%s: it has no serial (0), so an older table could "
			"replace it; compile it with --sign or --serial",
			l->path);
	else if (new < old)
		refuse(why, "TC0902",
			"%s: serial %llu is below %llu, which "
			"was live",
			l->path, new, old);
	else if (new == old && s->root[0] && strcmp(s->root, l->root) != 0)
		refuse(why, "TC0902",
			"%s: serial %llu belonged to another table, root %s; "
			"compile it with a higher one",
			l->path, new, s->root);
	else
		return 0;
	return -1;
}

int state_serial_fits(
	const struct master *m, const struct loaded *l, struct refusal *why)
{
	return m->options->signed_only ? serial_fits(&m->state, l, why) : 0;
}

static void note_serial(struct state *s, uint64_t serial, const char *root)
{
	if (serial < s->serial || !serial || (serial == s->serial && !root[0]))
		return;
	s->serial = serial;
	memmove(s->root, root, strlen(root) + 1);
}

/* ---- CRLs ---- */

static int crl_fits(const struct state *s, const struct crl_use *u,
	const struct crl_file *f, struct refusal *why)
{
	uint8_t path[JUDGE_CRL_ID];
	char err[400];
	size_t n, i;
	struct judge_crl_mark *now = judge_crls_marks(f->crls, &n);
	int r = 0;

	state_path(u->crl, path);
	for (i = 0; now && i < s->crls && r == 0; i++)
		if (memcmp(s->crl[i].path, path, sizeof(path)) == 0)
			r = judge_crl_mark_follow(&s->crl[i].mark, now, n,
				f->ca, f->count, err, sizeof(err));
	free(now);
	if (r < 0)
		refuse(why, "TC0418", "%s: %s", u->crl, err);
	return r;
}

int state_crls_fit(
	const struct master *m, const struct loaded *l, struct refusal *why)
{
	size_t count = 0, i;
	struct crl_use *u = NULL;
	struct crl_file f;
	int r = 0;

	if (m->state.crls && l->view->bundle)
		u = crls_of(&l->view->table, &count);
	for (i = 0; i < count && r == 0; i++) {
		if (crls_read(&f, l->view->bundle, &u[i]) < 0)
			continue;
		r = crl_fits(&m->state, &u[i], &f, why);
		crls_done(&f);
	}
	free(u);
	return r;
}

/* Keeps the newer of the two. */
static void keep_newer(struct state_crl *c, const struct state *s)
{
	size_t i;

	for (i = 0; i < s->crls; i++)
		if (memcmp(s->crl[i].path, c->path, sizeof(c->path)) == 0 &&
			memcmp(s->crl[i].mark.scope, c->mark.scope,
				sizeof(c->mark.scope)) == 0 &&
			judge_crl_mark_order(&c->mark, &s->crl[i].mark) < 0)
			c->mark = s->crl[i].mark;
}

/* What the file has, and what could not be written to it. */
struct before {
	const struct state *file, *here;
};

static void note_file(struct state *next, const struct before *b,
	const struct bundle *files, const char *name)
{
	struct judge_crls *list = crls_list(files, name);
	struct judge_crl_mark *mark;
	struct state_crl *c;
	size_t n = 0, i;

	if (!list)
		return;
	mark = judge_crls_marks(list, &n);
	for (i = 0; i < n; i++) {
		c = state_add(next);
		state_path(name, c->path);
		c->mark = mark[i];
		keep_newer(c, b->file);
		keep_newer(c, b->here);
	}
	free(mark);
	judge_crls_free(&list);
}

/* The CRLs of the table that is about to be live, and no others. */
static void note_crls(
	struct state *next, const struct before *b, const struct loaded *l)
{
	size_t count = 0, i;
	struct crl_use *u = NULL;

	if (l->view->bundle)
		u = crls_of(&l->view->table, &count);
	for (i = 0; i < count; i++)
		if (i == 0 || strcmp(u[i].crl, u[i - 1].crl) != 0)
			note_file(next, b, l->view->bundle, u[i].crl);
	free(u);
}

/* ---- the file ---- */

static int same(const struct state *a, const struct state *b)
{
	size_t n, k;
	char *x = state_text(a, &n), *y = state_text(b, &k);
	int equal = x && y && n == k && memcmp(x, y, n) == 0;

	free(x);
	free(y);
	return equal;
}

/* What is to be kept once l is live. */
static void next_state(struct master *m, const struct state *old,
	const struct loaded *l, struct state *next)
{
	next->serial = old->serial;
	memcpy(next->root, old->root, sizeof(next->root));
	if (m->options->signed_only) {
		note_serial(next, m->state.serial, m->state.root);
		note_serial(next, l->serial, l->root);
	}
	note_crls(next, &(struct before){old, &m->state}, l);
}

static int write_changed(const struct state_dir *d, const struct state *old,
	const struct state *next, char *err, size_t n)
{
	return same(old, next) ? 0 : state_file_write(d, next, err, n);
}

/* Becomes m->state, whether it could be written or not. */
static void take(struct master *m, struct state *next)
{
	state_free(&m->state);
	m->state = *next;
}

/* -1 with *why: another table has gone live meanwhile.  1 with err: it could
 * not be written. */
static int keep_in(const struct state_dir *d, struct master *m,
	const struct loaded *l, struct refusal *why, char *err, size_t n)
{
	struct state old, next = {0};
	int r = -1;

	if (state_file_read(d, &old, err, n) < 0)
		return 1;
	if (!why || !m->options->signed_only ||
		serial_fits(&old, l, why) == 0) {
		next_state(m, &old, l, &next);
		r = write_changed(d, &old, &next, err, n) < 0;
	}
	state_free(&old);
	if (r == 0)
		take(m, &next);
	else
		state_free(&next);
	return r;
}

/* Without why, the serial is not checked. */
static int keep(struct master *m, const struct loaded *l, struct refusal *why,
	char *err, size_t n)
{
	struct state_dir d;
	int r;

	if (state_file_open(&d, m->options->state, STATE_LOCK, err, n) < 0)
		return 1;
	r = keep_in(&d, m, l, why, err, n);
	state_file_close(&d);
	return r;
}

/* In memory at least. */
static void keep_here(struct master *m, const struct loaded *l)
{
	struct state next = {0};

	next_state(m, &m->state, l, &next);
	take(m, &next);
}

static void later(const char *err)
{
	event_audit(EVENT_ERROR, "state-unsaved", "reason", err, NULL);
	retry_at = clock_now() + AGAIN;
}

int state_take(struct master *m, const struct loaded *l, enum swap_kind kind,
	struct refusal *why)
{
	char err[600] = "";
	int r;

	if (kind == SWAP_ROLLBACK)
		return 0;
	if (!m->options->state) {
		keep_here(m, l);
		return 0;
	}
	r = keep(m, l, kind == SWAP_LOAD ? why : NULL, err, sizeof(err));
	if (r < 0)
		return -1;
	if (r && kind == SWAP_LOAD && m->live) {
		refuse(why, "",
			"%s; a table is loaded only if its serial can be saved",
			err);
		return -1;
	}
	if (r) {
		keep_here(m, l);
		later(err);
		return 0;
	}
	retry_at = 0;
	return 0;
}

void state_tick(struct master *m)
{
	char err[600] = "";

	if (!retry_at || clock_now() < retry_at || !m->live)
		return;
	if (keep(m, m->live, NULL, err, sizeof(err)) != 0) {
		later(err);
		return;
	}
	retry_at = 0;
	event_audit(EVENT_NOTICE, "state-saved", NULL);
}

/* ---- whose the directory is ---- */

/* A successor has inherited it. */
static int own(struct master *m, char *err, size_t n)
{
	if (m->owner_fd < 0)
		m->owner_fd = state_owner_take(m->options->state, err, n);
	return m->owner_fd < 0 ? -1 : 0;
}

void state_signed_over(struct master *m)
{
	if (m->owner_fd >= 0)
		state_owner_sign(m->owner_fd);
}

void state_release(struct master *m)
{
	if (m->owner_fd >= 0)
		close(m->owner_fd);
	m->owner_fd = -1;
}

/* ---- at a start ---- */

int state_start(struct master *m, enum state_access access, struct refusal *why)
{
	struct state_dir d;
	struct state s;
	char err[600];
	int r = -1;

	if (!m->options->state)
		return 0;
	if ((access == STATE_LOOK || own(m, err, sizeof(err)) == 0) &&
		state_file_open(
			&d, m->options->state, access, err, sizeof(err)) == 0) {
		r = state_file_read(&d, &s, err, sizeof(err));
		state_file_close(&d);
	}
	if (r < 0) {
		refuse(why, "", "%s", err);
		return -1;
	}
	if (r > 0 && access == STATE_LOCK)
		event_log(EVENT_NOTICE, "state-new", "reason",
			"there is no saved state: the first table and its CRLs "
			"are accepted whatever their age",
			NULL);
	/* What a predecessor handed over may not have been written. */
	note_serial(&s, m->state.serial, m->state.root);
	take(m, &s);
	return 0;
}
