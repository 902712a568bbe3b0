/*
 * include "glob"; : files inside the root policy's directory (or a -I one),
 * in bytewise order whatever the locale, each once per run.  TC0105.
 */
#include "resolve_parts.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "arena.h"

const char *
resolve_directory(struct arena *a, const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return ".";
	return slash == path ? "/" :
			       arena_strndup(a, path, (size_t)(slash - path));
}

/* Without "." and ".." parts; NULL when it leads above its start. */
static const char *
normal_path(struct arena *a, const char *path)
{
	char *out = arena_strndup(a, path, strlen(path));
	size_t used = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && memcmp(path, "..", 2) == 0) {
			if (!used)
				return NULL;
			while (used && out[--used] != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			if (used)
				out[used++] = '/';
			memmove(out + used, path, n);
			used += n;
		}
		path += n;
		path += *path == '/';
	}
	out[used] = '\0';
	return out;
}

/* The directory's own characters are no pattern. */
static const char *
escaped(struct arena *a, const char *dir)
{
	char *out = arena_alloc(a, strlen(dir) * 2 + 1), *to = out;

	for (; *dir; dir++) {
		if (strchr("*?[]\\", *dir))
			*to++ = '\\';
		*to++ = *dir;
	}
	*to = '\0';
	return out;
}

static int
is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, "/") == 0)
		return 1;
	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

/* Links may not lead out of the allowed directories either. */
static int
is_inside(struct resolver *r, const char *path)
{
	char *real = realpath(path, NULL);
	int ok = !real || is_below(real, r->root_real);

	for (size_t i = 0; !ok && i < r->options->include_count; i++) {
		char *dir = realpath(r->options->include_dirs[i], NULL);

		ok = dir && is_below(real, dir);
		free(dir);
	}
	free(real);
	return ok;
}

static void
include_cycle(struct resolver *r, const struct ast *string, uint32_t file)
{
	struct diag *g;
	unsigned i = 0;

	while (r->stack[i] != file)
		i++;
	g = diag_add(r->diags, DIAG_TC0105, string->span,
		"%s includes itself", source_get(r->sources, file)->path);
	for (i++; i < r->depth; i++)
		diag_label(g, r->stack_at[i], "by way of this");
}

static int
is_open(const struct resolver *r, uint32_t file)
{
	for (unsigned i = 0; i < r->depth; i++)
		if (r->stack[i] == file)
			return 1;
	return 0;
}

/* What could not be included leaves an AST_ERROR: names that are missing now
 * are no faults of their own. */
static struct ast_seq
lost(struct resolver *r, const struct ast *string)
{
	return ast_one(ast_new(r->arena, AST_ERROR, string->span));
}

static struct ast_seq
include_one(struct resolver *r, const struct ast *string, const char *path,
	const char *shown)
{
	const char *why;
	uint32_t file;
	int again;

	if (!is_inside(r, path)) {
		diag_add(r->diags, DIAG_TC0105, string->span,
			"%s lies outside the policy's directory", path);
		return lost(r, string);
	}
	file = sources_read(r->sources, path, shown, &again, &why);
	if (!file) {
		diag_add(r->diags, DIAG_TC0105, string->span,
			"cannot read %s: %s", path, why);
		return lost(r, string);
	}
	if (again && is_open(r, file))
		include_cycle(r, string, file);
	return again ? ast_one(NULL) : resolve_file(r, file, string->span);
}

static int
by_octets(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Where an include looks: a directory to open and how it is shown. */
struct place {
	const char *dir, *shown;
};

static const char *
joined(struct arena *a, const char *dir, const char *name)
{
	if (strcmp(dir, ".") == 0)
		return name;
	return arena_printf(a, "%s%s%s", dir,
		strcmp(dir, "/") == 0 ? "" : "/", name);
}

/* The same file by a shorter path: what people are shown. */
static const char *
short_path(struct arena *a, const char *path)
{
	const char *normal = normal_path(a, path);
	struct stat st, short_st;

	if (normal && *path == '/')
		normal = arena_printf(a, "/%s", normal);
	if (!normal || stat(path, &st) || stat(normal, &short_st) ||
		st.st_dev != short_st.st_dev || st.st_ino != short_st.st_ino)
		return arena_strndup(a, path, strlen(path));
	return normal;
}

static void
include_directory(struct resolver *r, const struct ast *string,
	const char *path)
{
	struct diag *g = diag_add(r->diags, DIAG_TC0105, string->span,
		"%s is a directory", path);

	diag_help(g, "an include reads files: name those inside (\"%s/*.tls\"),"
		" or a pattern that leaves it out", path);
}

/* All matches in one place; count is 0 when there is none. */
static struct ast_seq
include_from(struct resolver *r, const struct ast *string,
	const struct place *place, size_t *count)
{
	const char *pattern = joined(r->arena, escaped(r->arena, place->dir),
		string->text);
	size_t skip = strlen(joined(r->arena, place->dir, ""));
	struct ast_seq all = ast_one(NULL);
	glob_t found;
	int status = glob(pattern, GLOB_NOSORT | GLOB_MARK, NULL, &found);

	*count = 0;
	if (status != 0)
		return all;
	qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), by_octets);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		const char *shown = normal_path(r->arena,
			joined(r->arena, place->shown, path + skip));

		++*count;
		/* A pattern means files: what was meant to be one, or lies
		 * there by mistake, is not passed over in silence. */
		if (path[strlen(path) - 1] == '/') {
			include_directory(r, string, shown ? shown : path);
			continue;
		}
		all = ast_join(all, include_one(r, string,
			short_path(r->arena, path),
			shown ? shown : path));
	}
	globfree(&found);
	return all;
}

static int
may_include(struct resolver *r, const struct ast *string, const char *here)
{
	const char *what = NULL;

	if (!string->text_len)
		what = "an include needs a file name or pattern";
	else if (strlen(string->text) != string->text_len)
		what = "a NUL in a file name";
	else if (string->text[0] == '/')
		what = "an include is relative: an absolute path leaves the "
		       "policy's directory";
	else if (!normal_path(r->arena, joined(r->arena, here, string->text)))
		what = "this include leaves the policy's directory";
	else if (r->depth == RESOLVE_DEPTH_MAX)
		what = "files include one another too deeply";
	if (what)
		diag_add(r->diags, DIAG_TC0105, string->span, "%s", what);
	return !what;
}

struct ast_seq
resolve_include(struct resolver *r, const struct ast *include)
{
	const struct ast *string = include->kids;
	const struct source *by = source_get(r->sources, include->span.file);
	struct place place = { by->dir, resolve_directory(r->arena, by->path) };
	struct ast_seq all;
	struct diag *g;
	size_t count;

	if (string->kind != AST_STRING) {
		diag_add(r->diags, DIAG_TC0105, string->span,
			"an include is read before parameters are known");
		return lost(r, string);
	}
	if (!may_include(r, string, place.shown))
		return lost(r, string);
	all = include_from(r, string, &place, &count);
	for (size_t i = 0; !count && i < r->options->include_count; i++) {
		place.dir = r->options->include_dirs[i];
		place.shown = ".";
		all = include_from(r, string, &place, &count);
	}
	if (!count) {
		g = diag_add(r->diags, DIAG_TC0105, string->span,
			"no file matches \"%s\"", string->text);
		diag_note(g, "looked in %s", by->dir);
		return lost(r, string);
	}
	return all;
}
