/*
 * include "glob"; : files inside the root policy's directory (or a -I one),
 * in bytewise order whatever the locale, each once per run.  TC0105.
 */
#include "resolve_parts.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/base/arena.h"
#include "compiler/base/within.h"

/* Without "." and ".." parts; NULL when it leads above its start. */
static const char *normal_path(struct arena *a, const char *path)
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

/* The directory's own characters are not a pattern. */
static const char *escaped(struct arena *a, const char *dir)
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

static void include_cycle(
	struct resolver *r, const struct ast *string, uint32_t file)
{
	struct diag *g;
	unsigned i = 0;

	while (r->stack[i] != file)
		i++;
	g = diag_add(r->diags, DIAG_TC0105, string->span, "%s includes itself",
		source_get(r->sources, file)->path);
	for (i++; i < r->depth; i++)
		diag_label(g, r->stack_at[i], "through this one");
}

static int is_open(const struct resolver *r, uint32_t file)
{
	for (unsigned i = 0; i < r->depth; i++)
		if (r->stack[i] == file)
			return 1;
	return 0;
}

/* What could not be included leaves an AST_ERROR: names that are missing now
 * are not reported. */
static struct ast_seq lost(struct resolver *r, const struct ast *string)
{
	return ast_one(ast_new(r->arena, AST_ERROR, string->span));
}

/* The same file by a shorter path: what people are shown. */
static const char *short_path(struct arena *a, const char *path)
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

static struct ast_seq include_one(struct resolver *r, const struct ast *string,
	const char *path, const char *shown)
{
	const char *why;
	uint32_t file;
	int again;

	if (within_judge(r->reach, path) != WITHIN_TREE) {
		diag_add(r->diags, DIAG_TC0105, string->span,
			"%s is outside the policy's directory", shown);
		return lost(r, string);
	}
	path = short_path(r->arena, path);
	file = source_read(r->sources, path, shown, &again, &why);
	if (!file) {
		diag_add(r->diags, DIAG_TC0105, string->span,
			"cannot read %s: %s", path, why);
		return lost(r, string);
	}
	if (again && is_open(r, file))
		include_cycle(r, string, file);
	return again ? ast_one(NULL) : resolve_file(r, file, string->span);
}

static int by_octets(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Where an include looks: a directory to open and how it is shown. */
struct include_place {
	const char *dir, *shown;
};

static const char *joined(struct arena *a, const char *dir, const char *name)
{
	if (strcmp(dir, ".") == 0)
		return name;
	return arena_printf(
		a, "%s%s%s", dir, strcmp(dir, "/") == 0 ? "" : "/", name);
}

static void include_directory(
	struct resolver *r, const struct ast *string, const char *path)
{
	struct diag *g = diag_add(
		r->diags, DIAG_TC0105, string->span, "%s is a directory", path);

	diag_help(g,
		"an include reads files: name those inside (\"%s/*.tls\"),"
		" or a pattern that leaves it out",
		path);
}

/* glob(3) asks these, and passes them nothing of ours: a pattern finds nothing
 * behind a link that leads out, not even that something is there. */
static const struct within_reach *looking;

static int looks_out(const char *path)
{
	if (within_judge(looking, path) == WITHIN_TREE)
		return 0;
	errno = ENOENT;
	return 1;
}

static void *open_inside(const char *path)
{
	return looks_out(path) ? NULL : opendir(path);
}

static int stat_inside(const char *path, struct stat *st)
{
	return looks_out(path) ? -1 : stat(path, st);
}

static int lstat_inside(const char *path, struct stat *st)
{
	struct arena *a = arena_new();
	int out = looks_out(source_directory(a, path));

	arena_free(&a);
	return out ? -1 : lstat(path, st);
}

static int glob_inside(struct resolver *r, const char *pattern, glob_t *found)
{
	looking = r->reach;
	found->gl_opendir = open_inside;
	found->gl_readdir =
		(struct dirent * (*)(void *))(void (*)(void))readdir;
	found->gl_closedir = (void (*)(void *))(void (*)(void))closedir;
	found->gl_stat = stat_inside;
	found->gl_lstat = lstat_inside;
	return glob(pattern, GLOB_NOSORT | GLOB_MARK | GLOB_ALTDIRFUNC, NULL,
		found);
}

/* All matches in one place; count is 0 when there is none. */
static struct ast_seq include_from(struct resolver *r, const struct ast *string,
	const struct include_place *place, size_t *count)
{
	const char *pattern =
		joined(r->arena, escaped(r->arena, place->dir), string->text);
	size_t skip = strlen(joined(r->arena, place->dir, ""));
	struct ast_seq all = ast_one(NULL);
	glob_t found;
	int status = glob_inside(r, pattern, &found);

	*count = 0;
	if (status != 0)
		return all;
	qsort(found.gl_pathv, found.gl_pathc, sizeof(char *), by_octets);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *path = found.gl_pathv[i];
		const char *shown = normal_path(
			r->arena, joined(r->arena, place->shown, path + skip));

		++*count;
		/* A pattern means files: what was meant to be one, or lies
		 * there by mistake, is not passed over in silence. */
		if (path[strlen(path) - 1] == '/') {
			include_directory(r, string, shown ? shown : path);
			continue;
		}
		all = ast_join(all,
			include_one(r, string, path, shown ? shown : path));
	}
	globfree(&found);
	return all;
}

/* Does the part in front of the first wildcard lead out? */
static int leaves(
	struct resolver *r, const struct include_place *place, const char *text)
{
	size_t n = strcspn(text, "*?[\\");

	while (n && text[n - 1] != '/')
		n--;
	return within_judge(r->reach,
		       joined(r->arena, place->dir,
			       arena_strndup(r->arena, text, n))) !=
		WITHIN_TREE;
}

static int may_include(struct resolver *r, const struct ast *string,
	const struct include_place *place)
{
	const char *what = NULL;

	if (!string->text_len)
		what = "an include needs a file name or pattern";
	else if (strlen(string->text) != string->text_len)
		what = "a file name cannot contain a NUL";
	else if (string->text[0] == '/')
		what = "an include must be a relative path, inside the "
		       "policy's directory";
	else if (leaves(r, place, string->text) ||
		(!r->options->include_count &&
			!normal_path(r->arena,
				joined(r->arena, place->shown, string->text))))
		what = "this include leaves the policy's directory";
	else if (r->depth == RESOLVE_DEPTH_MAX)
		what = "includes are nested too deeply";
	if (what)
		diag_add(r->diags, DIAG_TC0105, string->span, "%s", what);
	return !what;
}

struct ast_seq resolve_include(struct resolver *r, const struct ast *include)
{
	const struct ast *string = include->kids;
	const struct source *by = source_get(r->sources, include->span.file);
	struct include_place place = {
		by->dir, source_directory(r->arena, by->path)};
	struct ast_seq all;
	struct diag *g;
	size_t count;

	if (string->kind != AST_STRING) {
		diag_add(r->diags, DIAG_TC0105, string->span,
			"a parameter cannot be used in an include, which is "
			"read before parameters are known");
		return lost(r, string);
	}
	if (!may_include(r, string, &place))
		return lost(r, string);
	all = include_from(r, string, &place, &count);
	for (size_t i = 0; !count && i < r->options->include_count; i++) {
		place.dir = r->options->include_dirs[i];
		place.shown = ".";
		all = include_from(r, string, &place, &count);
	}
	if (!count) {
		g = diag_add(r->diags, DIAG_TC0105, string->span,
			"no file matches '%s'", string->text);
		diag_note(g, "looked in %s", by->dir);
		return lost(r, string);
	}
	return all;
}
