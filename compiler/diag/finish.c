/*
 * The end of a run (diag.h): allowed findings are removed, an allow that allows
 * nothing is reported, and the rest is sorted.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "list.h"
#include "priv.h"

static int allow_order(const void *pa, const void *pb)
{
	const struct allow *a = pa, *b = pb;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->scope.file != b->scope.file)
		return a->scope.file < b->scope.file ? -1 : 1;
	if (a->scope.begin != b->scope.begin)
		return a->scope.begin < b->scope.begin ? -1 : 1;
	return a->place.begin < b->place.begin
		? -1
		: a->place.begin > b->place.begin;
}

static int same_file(const struct allow *a, const struct allow *b)
{
	return a->id == b->id && a->scope.file == b->scope.file;
}

static void allows_index(struct diags *d, int64_t today)
{
	struct allow *v = d->allows.v;

	if (d->allows.n)
		qsort(v, d->allows.n, sizeof(*v), allow_order);
	for (size_t i = 0; i < d->allows.n; i++) {
		v[i].expired = v[i].until_days && v[i].until_days < today;
		v[i].reach = v[i].scope.end;
		if (i && same_file(&v[i], &v[i - 1]) &&
			v[i - 1].reach > v[i].reach)
			v[i].reach = v[i - 1].reach;
	}
}

/* The innermost allow in force for a finding.  Scopes nest (a route in its
 * frontend), so walking back from the last one that begins before the finding
 * ends as soon as none further back reaches it. */
static struct allow *allow_for(
	struct diags *d, enum diag_id id, struct span span)
{
	struct allow key = {.id = id, .scope = span}, *v = d->allows.v;
	size_t lo = 0, hi = d->allows.n;

	key.place.begin = UINT32_MAX;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (allow_order(&v[mid], &key) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo--) {
		if (!same_file(&v[lo], &key) || v[lo].reach < span.end)
			return NULL;
		if (!v[lo].expired && diag_inside(v[lo].scope, span))
			return &v[lo];
	}
	return NULL;
}

static int drop(struct diags *d, enum diag_id id, enum diag_level level,
	struct span span)
{
	struct allow *w;

	if (diag_id_level(id) == DIAG_ERROR || level == DIAG_ERROR)
		return 0;
	w = allow_for(d, id, span);
	if (w)
		w->hits++;
	return w || level == DIAG_IGNORED;
}

static void report_stale(
	struct diags *d, const struct allow *w, int incomplete, int no_fs)
{
	const char *id = diag_id_text(w->id);
	struct diag *g;

	if (w->expired) {
		g = diag_add(
			d, DIAG_TC0206, w->place, "'allow %s' has expired", id);
		diag_at(g, DIAG_DENY);
		diag_help(g,
			"correct what it allowed, or set a later date with a "
			"reason");
	} else if (!w->hits && !incomplete &&
		!(no_fs && strncmp(id, "TC04", 4) == 0)) {
		g = diag_add(d, DIAG_TC0206, w->place,
			"'allow %s' suppresses nothing", id);
		diag_help(g, "remove it");
	}
}

/* An allow in any run of one policy: FNV-1a. */
static uint64_t allow_key(const struct diags *d, const struct allow *w)
{
	const char *p = source_get(d->sources, w->place.file)->open_path;
	uint64_t h = 0xcbf29ce484222325u ^ w->id;

	h = (h ^ w->place.begin) * 0x100000001b3u;
	for (; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3u;
	return h ? h : 1;
}

static void use_allow(struct diags *all, struct diags *d, enum diag_id id,
	enum diag_level level, struct span span)
{
	const struct allow *w =
		diag_id_level(id) == DIAG_ERROR || level == DIAG_ERROR
		? NULL
		: allow_for(d, id, span);

	if (w)
		diag_seen_before(all, allow_key(d, w));
}

void diag_share_allows(struct diags *const *v, size_t n, int64_t today)
{
	struct diags *all = n ? diag_new(v[0]->arena, v[0]->sources) : NULL;

	for (size_t i = 0; i < n; i++) {
		struct diags *d = v[i];

		allows_index(d, today);
		for (size_t k = 0; k < d->briefs.n; k++)
			use_allow(all, d, d->briefs.v[k].id,
				d->briefs.v[k].level, d->briefs.v[k].span);
		for (size_t k = 0; k < d->kept.n; k++)
			use_allow(all, d, d->kept.v[k]->id, d->kept.v[k]->level,
				d->kept.v[k]->span);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < v[i]->allows.n; k++)
			v[i]->allows.v[k].hits += diag_seen_known(
				all, allow_key(v[i], &v[i]->allows.v[k]));
}

static int place_order(const void *pa, const void *pb)
{
	const struct diag *a = *(struct diag *const *)pa;
	const struct diag *b = *(struct diag *const *)pb;

	if (a->span.file != b->span.file)
		return a->span.file - 1 < b->span.file - 1 ? -1 : 1;
	if (a->span.begin != b->span.begin)
		return a->span.begin < b->span.begin ? -1 : 1;
	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static void tally(struct diag_report *r, enum diag_level level)
{
	if (level >= DIAG_DENY)
		r->errors++;
	else if (level == DIAG_WARNING)
		r->warnings++;
	else
		r->notes++;
}

static int says_unread(enum diag_id id)
{
	return id == DIAG_TC0421 || id == DIAG_TC0422 || id == DIAG_TC0423;
}

/* A credential was not read: what is in it, and allowed, is not known. */
static int lacks_credential(const struct diags *d)
{
	for (size_t i = 0; i < d->kept.n; i++)
		if (says_unread(d->kept.v[i]->id))
			return 1;
	for (size_t i = 0; i < d->briefs.n; i++)
		if (says_unread(d->briefs.v[i].id))
			return 1;
	return 0;
}

struct diag_report *diag_finish(
	struct diags *d, int64_t today, int incomplete, int no_fs)
{
	struct diag_report *r = arena_alloc(d->arena, sizeof(*r));
	size_t found = d->kept.n, brief = d->briefs.n;

	r->arena = d->arena;
	no_fs = no_fs || lacks_credential(d);
	allows_index(d, today);
	for (size_t i = 0; i < brief; i++) {
		struct brief *b = &d->briefs.v[i];

		if (drop(d, b->id, b->level, b->span))
			continue;
		tally(r, b->level);
		r->left_out++;
	}
	for (size_t i = 0; i < found; i++) {
		struct diag *g = d->kept.v[i];

		if (drop(d, g->id, g->level, g->span))
			g->level = DIAG_IGNORED;
	}
	for (size_t i = 0; i < d->allows.n; i++)
		report_stale(d, &d->allows.v[i], incomplete, no_fs);
	r->v = arena_alloc(d->arena, (d->kept.n + 1) * sizeof(*r->v));
	for (size_t i = 0; i < d->kept.n; i++) {
		struct diag *g = d->kept.v[i];

		/* A suppressed TC0206 cannot be: it has its own place. */
		if (g->level == DIAG_IGNORED)
			continue;
		tally(r, g->level);
		r->v[r->n++] = g;
	}
	qsort(r->v, r->n, sizeof(*r->v), place_order);
	return r;
}
