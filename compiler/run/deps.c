/*
 * -M: a make rule that names every file a compilation read, so that make
 * compiles again when an include, a list, a certificate or a key changes.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/compile.h"
#include "compiler/table/emit.h"
#include "deps.h"
#include "output.h"

struct deps {
	const char *target;
	const char **v;
	size_t n, cap;
	struct arena *arena;
};

static void add(struct deps *d, const char *path)
{
	if (!path || !*path || strcmp(path, "-") == 0 ||
		strncmp(path, "pkcs11:", 7) == 0)
		return;
	arena_grow(d->arena, &d->v, d->n, &d->cap, sizeof(*d->v));
	d->v[d->n++] = path;
}

static void add_model(struct deps *d, const struct model *m)
{
	for (size_t i = 0; i < m->certs.n; i++) {
		add(d, m->certs.v[i].chain_open);
		add(d, m->certs.v[i].key_open);
	}
	for (size_t i = 0; i < m->backends.n; i++)
		add(d, m->backends.v[i].ca_open);
	for (size_t i = 0; i < m->actions.n; i++)
		add(d, m->actions.v[i].client_ca_open);
}

static int order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, each once; the policies themselves stay in front. */
static void settle(struct deps *d, size_t from)
{
	size_t n = from;

	if (d->n > from)
		qsort(d->v + from, d->n - from, sizeof(*d->v), order);
	for (size_t i = from; i < d->n; i++)
		if (n == from || strcmp(d->v[n - 1], d->v[i]) != 0)
			d->v[n++] = d->v[i];
	d->n = n;
}

/* Make cannot name such a file. */
static int unspeakable(const char *path)
{
	if (*path == '~' || path[strlen(path) - 1] == '&')
		return 1;
	for (; *path; path++)
		if ((unsigned char)*path < ' ' ||
			strchr("%*?[]\\;|\x7f", *path))
			return 1;
	return 0;
}

/* What make would read as something else.  It looks for an assignment before it
 * expands anything, so = comes from a variable. */
static void put(FILE *f, const char *path)
{
	for (; *path; path++) {
		if (*path == '$')
			fputc('$', f);
		else if (strchr(" #:", *path))
			fputc('\\', f);
		if (*path == '=')
			fputs("$(tlsc_equals)", f);
		else
			fputc(*path, f);
	}
}

static int any(const struct deps *d, int (*is)(const char *))
{
	for (size_t i = 0; i < d->n; i++)
		if (is(d->v[i]))
			return 1;
	return is(d->target);
}

static int has_equals(const char *path)
{
	return strchr(path, '=') != NULL;
}

static void print(FILE *f, const void *arg)
{
	const struct deps *d = arg;

	if (any(d, has_equals))
		fputs("tlsc_equals = =\n", f);
	put(f, d->target);
	fputc(':', f);
	for (size_t i = 0; i < d->n; i++) {
		fputs(" \\\n ", f);
		put(f, d->v[i]);
	}
	fputc('\n', f);
	/* A file that goes away must not stop make. */
	for (size_t i = 1; i < d->n; i++) {
		fputc('\n', f);
		put(f, d->v[i]);
		fputs(":\n", f);
	}
}

int deps_write(const struct cli *c, const struct compilation *v, size_t n)
{
	const char *path = cli_value(c, OPT_DEPS_FILE);
	struct deps d = {.target = cli_value(c, OPT_OUTPUT), .arena = c->arena};

	if (!path && !cli_has(c, OPT_DEPS))
		return CLI_OK;
	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 1; k <= source_count(v[i].sources); k++)
			add(&d, source_get(v[i].sources, k)->open_path);
	for (size_t i = 0; i < n; i++)
		if (v[i].model)
			add_model(&d, v[i].model);
	settle(&d, d.n ? 1 : 0);
	if (!d.target)
		d.target = arena_printf(c->arena, "%s.checked", v[0].path);
	if (any(&d, unspeakable))
		return cli_io("a make rule cannot name all of these files: "
			      "their names must not have control characters or "
			      "%%*?[]\\;| and must not begin with ~");
	if (path)
		return output_file(path, print, &d);
	print(stdout, &d);
	return CLI_OK;
}
