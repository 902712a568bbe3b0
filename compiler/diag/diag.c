/*
 * The collector of diagnostics (diag.h).  It keeps what the phases report,
 * once each and within bounds, and makes the sorted list that the printers
 * read.  A file with a million faults costs a million small records: of one id
 * only the first DIAGS_KEPT are kept whole.  attach.c has what is added to one
 * of them, ids.c the rows of diag.def, finish.c the end of a run.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "list.h"
#include "priv.h"

struct diags *diag_new(struct arena *a, struct sources *s)
{
	struct diags *d = arena_alloc(a, sizeof(*d));

	d->arena = a;
	d->sources = s;
	diag_rules_init(&d->rules);
	d->mute.owner = d;
	d->mute.muted = 1;
	return d;
}

void diag_apply_rules(struct diags *d, const struct diag_rules *r)
{
	d->rules = *r;
}

/* The level of a finding whose own default is `own`. */
static enum diag_level effective(
	const struct diags *d, enum diag_id id, enum diag_level own)
{
	int asked = d->rules.level[id];

	if (asked == DIAG_KEEP || diag_id_level(id) == DIAG_ERROR)
		return own;
	return (enum diag_level)asked;
}

/* FNV-1a over what makes a repetition: id, place and message. */
static uint64_t fingerprint(
	enum diag_id id, struct span span, const char *message)
{
	const uint32_t head[4] = {id, span.file, span.begin, span.end};
	uint64_t h = 0xcbf29ce484222325u;

	for (unsigned i = 0; i < 4; i++)
		h = (h ^ head[i]) * 0x100000001b3u;
	for (; *message; message++)
		h = (h ^ (unsigned char)*message) * 0x100000001b3u;
	return h ? h : 1;
}

static void seen_put(uint64_t *v, size_t cap, uint64_t h)
{
	size_t i = (h ^ h >> 29) & (cap - 1);

	while (v[i])
		i = (i + 1) & (cap - 1);
	v[i] = h;
}

static void seen_enlarge(struct diags *d)
{
	size_t cap = d->seen.cap ? d->seen.cap * 2 : 256;
	uint64_t *v = arena_alloc(d->arena, cap * sizeof(*v));

	for (size_t i = 0; i < d->seen.cap; i++)
		if (d->seen.v[i])
			seen_put(v, cap, d->seen.v[i]);
	d->seen.v = v;
	d->seen.cap = cap;
}

/* Was it there already?  It is now. */
int diag_seen_before(struct diags *d, uint64_t h)
{
	size_t i;

	if (d->seen.n * 2 >= d->seen.cap)
		seen_enlarge(d);
	i = (h ^ h >> 29) & (d->seen.cap - 1);
	for (; d->seen.v[i]; i = (i + 1) & (d->seen.cap - 1))
		if (d->seen.v[i] == h)
			return 1;
	d->seen.v[i] = h;
	d->seen.n++;
	return 0;
}

int diag_seen_known(const struct diags *d, uint64_t h)
{
	size_t i;

	if (!d->seen.cap)
		return 0;
	i = (h ^ h >> 29) & (d->seen.cap - 1);
	for (; d->seen.v[i]; i = (i + 1) & (d->seen.cap - 1))
		if (d->seen.v[i] == h)
			return 1;
	return 0;
}

/* A list that only --allow-path opened: no text of it goes anywhere, whatever a
 * phase has to say. */
static int is_closed(const struct diags *d, struct span span)
{
	const struct source *src = source_get(d->sources, span.file);

	return src && src->is_closed;
}

static struct diag *keep(
	struct diags *d, enum diag_id id, struct span span, const char *message)
{
	struct diag *g = arena_alloc(d->arena, sizeof(*g));

	g->owner = d;
	g->id = id;
	g->level = effective(d, id, diag_id_level(id));
	g->span = span;
	g->closed = is_closed(d, span);
	g->seq = (uint32_t)d->kept.n;
	g->message = message;
	arena_grow(d->arena, &d->kept.v, d->kept.n, &d->kept.cap,
		sizeof(*d->kept.v));
	d->kept.v[d->kept.n++] = g;
	d->kept_of[id]++;
	return g;
}

static void count_only(struct diags *d, enum diag_id id, struct span span)
{
	struct brief b = {id, effective(d, id, diag_id_level(id)), span};

	arena_grow(d->arena, &d->briefs.v, d->briefs.n, &d->briefs.cap,
		sizeof(*d->briefs.v));
	d->briefs.v[d->briefs.n++] = b;
}

/* What has no effect may have one with other parameters. */
int diag_may_vary(const struct diag *g)
{
	return g->owner->varies &&
		(g->id == DIAG_TC0207 || g->id == DIAG_TC0301 ||
			g->id == DIAG_TC0302 || g->id == DIAG_TC0315);
}

static void note_parameters(struct diag *g)
{
	if (diag_may_vary(g) && *g->owner->varies)
		diag_note(g,
			"with these parameters: %s; with others it may "
			"matter",
			g->owner->varies);
}

/* It is the first note of all. */
void diag_never_varies(struct diag *g)
{
	if (diag_may_vary(g) && *g->owner->varies && g->notes && !g->muted)
		g->notes = g->notes->next;
}

struct diag *diag_add(struct diags *d, enum diag_id id, struct span span,
	const char *fmt, ...)
{
	char buf[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(buf, sizeof(buf),
		is_closed(d, span) ? "this entry is invalid or a duplicate "
				     "(its text is not shown because the list "
				     "is outside the policy's directory)"
				   : fmt,
		ap);
	va_end(ap);
	if (diag_seen_before(d, fingerprint(id, span, buf)))
		return &d->mute;
	d->total_of[id]++;
	d->at_level[effective(d, id, diag_id_level(id))]++;
	if (d->kept_of[id] < DIAGS_KEPT) {
		struct diag *g = keep(
			d, id, span, arena_strndup(d->arena, buf, strlen(buf)));

		note_parameters(g);
		return g;
	}
	count_only(d, id, span);
	return &d->mute;
}

void diag_at(struct diag *g, enum diag_level level)
{
	struct diags *d = g->owner;

	if (g->muted)
		return;
	d->at_level[g->level]--;
	g->level = effective(d, g->id, level);
	d->at_level[g->level]++;
}

void diag_varies(struct diags *d, const char *values)
{
	d->varies = values;
}

void diag_allow(struct diags *d, enum diag_id id, struct span scope,
	struct span allow_span, int64_t until_days, const char *reason)
{
	struct allow w = {.id = id,
		.scope = scope,
		.place = allow_span,
		.until_days = until_days,
		.reason = reason
			? arena_strndup(d->arena, reason, strlen(reason))
			: NULL};

	if (d->rules.no_allow[id])
		return;
	arena_grow(d->arena, &d->allows.v, d->allows.n, &d->allows.cap,
		sizeof(*d->allows.v));
	d->allows.v[d->allows.n++] = w;
}

int diag_inside(struct span outer, struct span inner)
{
	return outer.file == inner.file && outer.begin <= inner.begin &&
		inner.end <= outer.end;
}

/* Without an index: counts may be asked for while allows still come in. */
static int allowed_so_far(
	const struct diags *d, enum diag_id id, struct span span)
{
	for (size_t i = 0; i < d->allows.n; i++)
		if (d->allows.v[i].id == id &&
			diag_inside(d->allows.v[i].scope, span))
			return 1;
	return 0;
}

const char *diag_allowed(
	const struct diags *d, enum diag_id id, struct span span, int64_t today)
{
	for (size_t i = 0; i < d->allows.n; i++) {
		const struct allow *w = &d->allows.v[i];

		if (w->id == id && diag_inside(w->scope, span) &&
			(!w->until_days || w->until_days >= today))
			return w->reason;
	}
	return NULL;
}

unsigned diag_count(const struct diags *d, enum diag_level at_least)
{
	unsigned n = 0;

	for (int l = at_least; l <= DIAG_ERROR; l++)
		n += d->at_level[l];
	if (!d->allows.n)
		return n;
	for (size_t i = 0; i < d->kept.n; i++) {
		const struct diag *g = d->kept.v[i];

		if (g->level >= at_least && g->level < DIAG_ERROR &&
			allowed_so_far(d, g->id, g->span))
			n--;
	}
	return n;
}

unsigned diag_unsound(const struct diags *d)
{
	return d->at_level[DIAG_ERROR] - d->total_of[DIAG_TC0801] -
		d->total_of[DIAG_TC0803];
}

int diag_has(const struct diags *d, enum diag_id id)
{
	return d->total_of[id] > 0;
}

size_t diag_places(
	const struct diags *d, enum diag_id id, struct span *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < d->kept.n && n < max; i++)
		if (d->kept.v[i]->id == id)
			out[n++] = d->kept.v[i]->span;
	return n;
}

struct sources *diag_sources(const struct diags *d)
{
	return d->sources;
}
