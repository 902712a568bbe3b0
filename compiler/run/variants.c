/*
 * All values of enumerations (variants.h).  A run reports the enumerations that
 * nothing set; each other combination of their values is one more run, where a
 * chosen `where` may add further ones.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/diag/list.h"
#include "variants.h"

/* Where there are more combinations, each value is tried once. */
enum { RUNS_MAX = 64 };

/* An enumeration that nothing has set. */
struct open {
	const char *name;
	const struct ast *values, *now; /* now: the value in force, or NULL */
	size_t count;
};

struct opens {
	struct open *v;
	size_t n, cap, combinations;
	int valued; /* all have a value already */
};

static int is_set(const struct variant *a, const char *name)
{
	for (size_t i = 0; i < a->define_count; i++)
		if (strcmp(a->defines[i].name, name) == 0)
			return 1;
	return 0;
}

static const struct ast *value_of(const struct ast *param)
{
	const struct ast *value = NULL;

	for (const struct ast *k = param->kids; k; k = k->next)
		if (k->kind != AST_TYPE)
			value = k;
	return value;
}

static void find_open(
	struct arena *arena, const struct variant *a, struct opens *o)
{
	*o = (struct opens){.combinations = 1, .valued = 1};
	for (const struct ast *p = a->x.resolved.params; p; p = p->next) {
		const struct ast *type = ast_kid(p, AST_TYPE);
		struct open *e;

		if (p->kind != AST_PARAM || !type ||
			strcmp(type->text, "enum") != 0 || is_set(a, p->text))
			continue;
		arena_grow(arena, &o->v, o->n, &o->cap, sizeof(*o->v));
		e = &o->v[o->n++];
		*e = (struct open){.name = p->text,
			.values = type->kids,
			.now = value_of(p)};
		for (const struct ast *k = type->kids; k; k = k->next)
			e->count++;
		o->valued &= e->now != NULL;
		if (o->combinations <= RUNS_MAX)
			o->combinations *= e->count;
	}
}

static const char *nth(const struct ast *values, size_t n)
{
	while (n--)
		values = values->next;
	return values->text;
}

static void push(struct variants *out, const struct variant *from,
	const struct opens *o, const char *const *chosen)
{
	struct define *d = arena_alloc(
		out->arena, (from->define_count + o->n + 1) * sizeof(*d));
	struct variant *to;
	size_t n = from->define_count;
	const char *text = from->text;

	if (n)
		memcpy(d, from->defines, n * sizeof(*d));
	for (size_t i = 0; i < o->n; i++) {
		/* They outlive the run that named them. */
		d[n].name = arena_strndup(
			out->arena, o->v[i].name, strlen(o->v[i].name));
		d[n].value =
			arena_strndup(out->arena, chosen[i], strlen(chosen[i]));
		text = arena_printf(out->arena, "%s%s%s=%s", text,
			*text ? ", " : "", d[n].name, d[n].value);
		n++;
	}
	arena_grow(out->arena, &out->v, out->n, &out->cap, sizeof(*out->v));
	to = &out->v[out->n++];
	*to = (struct variant){.defines = d, .define_count = n, .text = text};
}

static int in_force(const struct opens *o, const char *const *chosen)
{
	for (size_t i = 0; i < o->n; i++)
		if (!o->v[i].now || strcmp(o->v[i].now->text, chosen[i]) != 0)
			return 0;
	return 1;
}

static void every_combination(
	struct variants *out, size_t at, const struct opens *o)
{
	const char **chosen = arena_alloc(out->arena, o->n * sizeof(*chosen));

	for (size_t k = 0; k < o->combinations; k++) {
		const struct variant from = out->v[at];
		size_t rest = k;

		for (size_t i = 0; i < o->n; i++) {
			chosen[i] = nth(o->v[i].values, rest % o->v[i].count);
			rest /= o->v[i].count;
		}
		if (!in_force(o, chosen))
			push(out, &from, o, chosen);
	}
}

static void every_value(struct variants *out, size_t at, const struct opens *o)
{
	const char **chosen = arena_alloc(out->arena, o->n * sizeof(*chosen));

	out->left_out = 1;
	for (size_t i = 0; i < o->n; i++)
		for (size_t k = 0; k < o->v[i].count && out->n < RUNS_MAX;
			k++) {
			const struct variant from = out->v[at];

			for (size_t j = 0; j < o->n; j++)
				chosen[j] = j == i || !o->v[j].now
					? nth(o->v[j].values, j == i ? k : 0)
					: o->v[j].now->text;
			if (!in_force(o, chosen))
				push(out, &from, o, chosen);
		}
}

static int run_one(const struct cli *c, const char *path, struct variant *a)
{
	struct cli one = *c;

	one.options.defines = (struct define *)a->defines;
	one.options.define_count = a->define_count;
	if (strcmp(path, "-") == 0 && lseek(STDIN_FILENO, 0, SEEK_SET) < 0)
		return cli_io("standard input: %s", strerror(errno));
	return compile_policy(&one, path, &a->x);
}

/* A run that lacks values is none: its variants are. */
static void settle(struct variants *out, size_t *at)
{
	struct opens o;

	find_open(out->arena, &out->v[*at], &o);
	/* This run is one of them, or is none. */
	if (o.n && o.combinations <= RUNS_MAX - out->n + 1)
		every_combination(out, *at, &o);
	else if (o.n)
		every_value(out, *at, &o);
	if (o.n && !o.valued) {
		compile_free(&out->v[*at].x);
		memmove(&out->v[*at], &out->v[*at + 1],
			(--out->n - *at) * sizeof(*out->v));
	} else {
		++*at;
	}
}

/* Standard input is read once and looked at by every run. */
static int keep_stdin(void)
{
	char buf[65536];
	ssize_t n;
	int fd = memfd_create("policy", MFD_CLOEXEC);

	if (fd < 0)
		return cli_io("standard input: %s", strerror(errno));
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		if (write(fd, buf, (size_t)n) != n)
			n = -1;
	if (n < 0 || dup2(fd, STDIN_FILENO) < 0) {
		close(fd);
		return cli_io("standard input: %s", strerror(errno));
	}
	close(fd);
	return CLI_OK;
}

int variants_run(const struct cli *c, const char *path, struct variants *out)
{
	static const struct opens none;
	const struct variant given = {.defines = c->options.defines,
		.define_count = c->options.define_count,
		.text = ""};
	size_t at = 0;
	int status = strcmp(path, "-") == 0 ? keep_stdin() : CLI_OK;

	if (status)
		return status;
	*out = (struct variants){.arena = c->arena};
	push(out, &given, &none, NULL);
	while (at < out->n) {
		status = run_one(c, path, &out->v[at]);

		if (status) {
			out->n = at;
			variants_free(out);
			return status;
		}
		settle(out, &at);
	}
	if (out->left_out)
		fprintf(stderr,
			"tlsc: %s: there are too many combinations of "
			"parameters, so each value was tried once; choose some "
			"with -D\n",
			shown_text(path));
	return CLI_OK;
}

void variants_free(struct variants *v)
{
	for (size_t i = 0; i < v->n; i++)
		compile_free(&v->v[i].x);
	v->n = 0;
}

/* A finding of a variant beside the first: which values bring it. */
static void mark(struct diag_report *r, const struct variant *a)
{
	for (size_t i = 0; i < r->n; i++)
		diag_note(r->v[i], "found with %s", a->text);
}

/* That a test decides a clause is asked of the policy with its own values. */
static void without_coverage(struct diag_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->v[i]->id == DIAG_TC0804)
			r->notes -= r->v[i]->level == DIAG_NOTE;
		else
			r->v[n++] = r->v[i];
	r->n = n;
}

/* The identities of a run's findings, in order. */
struct marks {
	uint64_t *v;
	size_t n;
};

static int by_value(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

static struct marks marks_of(struct arena *a, const struct diag_report *r)
{
	struct marks m = {arena_alloc(a, (r->n + 1) * sizeof(*m.v)), r->n};

	for (size_t i = 0; i < r->n; i++)
		m.v[i] = diag_identity(r->v[i]);
	if (m.n)
		qsort(m.v, m.n, sizeof(*m.v), by_value);
	return m;
}

/* Has the run judged the statement that another's finding is in? */
static int judged(const struct variant *a, const struct diag *g)
{
	const char *path =
		source_get(diag_sources(g->owner), g->span.file)->open_path;
	uint32_t file = source_count(a->x.sources);

	while (file && strcmp(source_get(a->x.sources, file)->open_path, path))
		file--;
	if (!file || a->x.incomplete)
		return 0;
	for (const struct ast *b = a->x.resolved.dropped; b; b = b->next)
		if (b->span.file == file && b->span.begin <= g->span.begin &&
			g->span.end <= b->span.end)
			return 0;
	return 1;
}

/* Were all values tried that parameters can have? */
static int all_tried(const struct variants *v)
{
	int all = !v->left_out;

	for (size_t i = 0; i < v->n; i++)
		for (const struct ast *p = v->v[i].x.resolved.params; p;
			p = p->next)
			all &= ast_kid(p, AST_TYPE) &&
				strcmp(ast_kid(p, AST_TYPE)->text, "enum") == 0;
	return all;
}

/* What has no effect with these values, but with others, is not a finding. */
static void settle_varying(struct diag_report *r, const struct variants *v,
	const struct marks *m, int all)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		struct diag *g = r->v[i];
		uint64_t id = diag_identity(g);
		int always = 1;

		for (size_t k = 0;
			diag_may_vary(g) && g->span.file && k < v->n && always;
			k++)
			always = !judged(&v->v[k], g) ||
				bsearch(&id, m[k].v, m[k].n, sizeof(id),
					by_value);
		if (!always && g->level == DIAG_WARNING) {
			r->warnings--;
			continue;
		}
		if (always && all)
			diag_never_varies(g);
		r->v[n++] = g;
	}
	r->n = n;
}

struct diag_report *variants_report(
	const struct cli *c, const struct variants *v)
{
	struct diag_report **r = arena_alloc(c->arena, (v->n + 1) * sizeof(*r));
	struct diags **all = arena_alloc(c->arena, (v->n + 1) * sizeof(*all));
	struct marks *m = arena_alloc(c->arena, (v->n + 1) * sizeof(*m));
	int incomplete = v->left_out;

	/* With -D it may matter for the values that were not looked at. */
	for (size_t i = 0; i < v->n; i++) {
		all[i] = v->v[i].x.diags;
		incomplete |= v->v[i].x.incomplete ||
			(c->options.define_count && v->v[i].x.resolved.dropped);
	}
	diag_share_allows(all, v->n, c->options.now / 86400);
	for (size_t i = 0; i < v->n; i++) {
		r[i] = diag_finish(all[i], c->options.now / 86400, incomplete,
			c->options.no_credentials);
		m[i] = marks_of(c->arena, r[i]);
	}
	for (size_t i = 0; i < v->n; i++) {
		if (!c->options.define_count)
			settle_varying(r[i], v, m, all_tried(v));
		if (!i)
			continue;
		mark(r[i], &v->v[i]);
		without_coverage(r[i]);
	}
	return diag_report_merge(c->arena, r, v->n);
}
