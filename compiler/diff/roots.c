/*
 * Who may vouch for a peer (roots.h).  Files are compared by what they hold; one
 * that cannot be read on some side is said to be unjudged, or taken for another
 * when its name is.
 */
#include "roots.h"

#include <string.h>

static const struct trust_file *unread(struct two *t, const char *why)
{
	struct trust_file *f = arena_alloc(t->arena, sizeof(*f));

	f->error = why;
	return f;
}

/* What the file of a policy holds now. */
const struct trust_file *roots_file(
	struct two *t, unsigned i, const char *open, const char *said, int crls)
{
	if (!t->m[i]->facts)
		return unread(t, "a table has only its path");
	if (!open)
		return unread(t,
			t->d->o->no_fs ? "--no-fs does not read it"
				       : "the policy may not open files there");
	return crls ? trust_crls(t->d->trust, open, said)
		    : trust_cas(t->d->trust, open, said);
}

static enum hold hold_of(const struct model *m, const struct m_trust *f)
{
	if (f && f->live)
		return LIVE;
	if (f && f->certs.n)
		return HELD;
	return m->facts ? STATED : UNKNOWN;
}

/* A table says what its files of CAs held when it was made, unless they are
 * live or were not read. */
void roots_read(struct two *t, unsigned i, struct roots *r, uint32_t trust,
	const char *open)
{
	const struct model *m = t->m[i];
	const struct m_trust *f =
		trust < m->trusts.n ? &m->trusts.v[trust] : NULL;

	r->hold = hold_of(m, f);
	if (f && f->certs.n)
		r->file = trust_held(t->d->trust, f);
	else if (r->hold == LIVE && !m->facts)
		r->file = unread(t, "it is live, so the table does not say");
	else
		r->file = roots_file(t, i, open, r->path, 0);
}

size_t roots_list(struct listed *l, const char *mark,
	const struct trust_file *a, const struct trust_file *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		if (!a || !trust_has(a, b->v[i].id)) {
			n++;
			diff_listed_add(l,
				arena_printf(l->a, "%s%s", mark, b->v[i].text));
		}
	return n;
}

static const char *roots_text(struct two *t, const struct roots *r)
{
	if (r->anyone)
		return "anyone";
	if (!r->path)
		return "system";
	return arena_printf(t->arena, "%s\"%s\"%s",
		r->system ? "system, ca " : "ca ", r->path,
		r->hold == LIVE ? " live" : "");
}

/* One path on both sides, and a file there on one of them at most.  Policies
 * that say an absolute one mean one file. */
static void unjudged(struct two *t, enum weaken_id kind, const char *path,
	const struct trust_file *f[2], int live)
{
	if (*path == '/' && t->m[0]->facts && t->m[1]->facts)
		return;
	if (live)
		diff_elsewhere(t->d, kind, path, "it may change by itself");
	else if (f[0]->absent && f[1]->absent)
		diff_elsewhere(t->d, kind, path, "neither side has this file");
	else
		diff_unjudged(t->d, kind, path, f[f[0]->error ? 0 : 1]->error);
}

int roots_judged(struct two *t, enum weaken_id kind, const char *path[2],
	const struct trust_file *f[2], int live)
{
	if (!f[0]->error && !f[1]->error)
		return 1;
	if (diff_text_same(path[0], path[1]))
		unjudged(t, kind, path[1], f, live);
	return 0;
}

/* Two tables that leave the contents to others differ in none of it. */
static int live_in_tables(const struct two *t, const struct roots r[2])
{
	return r[0].hold == LIVE && r[1].hold == LIVE && !t->m[0]->facts &&
		!t->m[1]->facts;
}

static const char *hold_text(struct two *t, const struct roots *r)
{
	static const char *const words[] = {
		[HELD] = "held to what it was",
		[STATED] = "held to what it was",
		[UNKNOWN] = "not said what it holds",
		[LIVE] = "live",
	};

	return arena_printf(t->arena, "ca \"%s\", %s", r->path, words[r->hold]);
}

static int is_unread(const struct roots *r)
{
	return r->hold == STATED || r->hold == UNKNOWN;
}

static void compare_hold(struct two *t, const struct roots r[2])
{
	const char *why = NULL;

	if (r[0].hold == r[1].hold || (is_unread(&r[0]) && is_unread(&r[1])) ||
		(r[0].hold <= STATED && r[1].hold <= STATED))
		return;
	if (r[0].hold <= STATED)
		why = r[1].hold == LIVE
			? "who is trusted may change without a new table"
			: "the table does not say what the file holds";
	diff_row(t, WEAKEN_CA_LIVE, hold_text(t, &r[0]), hold_text(t, &r[1]),
		why);
}

void roots_compare_files(
	struct two *t, enum weaken_id kind, const struct roots r[2])
{
	const char *path[2] = {r[0].path, r[1].path}, *why = NULL;
	const struct trust_file *f[2] = {r[0].file, r[1].file};
	struct listed l = diff_listed(t->d, ROOTS_SHOWN);
	size_t more = 0;

	compare_hold(t, r);
	if (roots_judged(t, kind, path, f, live_in_tables(t, r))) {
		more = roots_list(&l, "+ ", f[0], f[1]);
		roots_list(&l, "- ", f[1], f[0]);
		why = more ? "more CAs are trusted" : NULL;
	} else if (!diff_text_same(path[0], path[1])) {
		why = arena_printf(t->arena, "another file, and %s",
			f[0]->error ? f[0]->error : f[1]->error);
	}
	if (!l.n && diff_text_same(path[0], path[1]))
		return;
	diff_row(t, kind, roots_text(t, &r[0]),
		arena_printf(t->arena, "%s%s%s", roots_text(t, &r[1]),
			l.n ? ": " : "", l.n ? diff_listed_end(&l) : ""),
		why);
}

const char *roots_with_names(struct two *t, const struct roots *r)
{
	struct listed l = diff_listed(t->d, ROOTS_SHOWN);

	if (r->path && !r->file->error)
		roots_list(&l, "", NULL, r->file);
	return l.n ? arena_printf(t->arena, "%s: %s", roots_text(t, r),
			     diff_listed_end(&l))
		   : roots_text(t, r);
}

void roots_compare(struct two *t, enum weaken_id kind, const struct roots r[2],
	const char *anyone)
{
	const char *why = NULL;

	if (r[0].path && r[1].path && r[0].system == r[1].system) {
		roots_compare_files(t, kind, r);
		return;
	}
	if (r[0].anyone == r[1].anyone && r[0].system == r[1].system &&
		!r[0].path == !r[1].path)
		return;
	if (!r[0].anyone && r[1].anyone)
		why = anyone;
	else if (!r[0].anyone && r[1].system && !r[0].system)
		why = "the system's CAs are trusted";
	else if (!r[0].anyone && r[1].path)
		why = "other CAs are trusted";
	diff_row(t, kind, roots_with_names(t, &r[0]),
		roots_with_names(t, &r[1]), why);
}
