/*
 * Where a path leads (within.h).  Only directories that are open to the policy
 * are ever walked: a path has to begin with the name of one, and is followed
 * link by link from there.  A path that leaves it is judged again from its
 * text.
 */
#include "within.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "options.h"
#include "source.h"

/* As many links as the kernel follows (path_resolution(7)). */
enum { LINKS_MAX = 40, SPELLINGS = 4 };

struct dir {
	const char *spelt[SPELLINGS]; /* names for it */
	const char *real;             /* the one without links */
	enum within what;
};

struct within_reach {
	struct arena *arena;
	struct dir *dirs;
	size_t n;
	const char *cwd;
	int tokens;
};

static const char *absolute(const struct within_reach *r, const char *path)
{
	return *path == '/' ? path
			    : arena_printf(r->arena, "%s/%s", r->cwd, path);
}

/* An absolute path without "." and "..", as people would spell it; the other
 * name when links make that another place. */
static const char *tidy(
	const struct within_reach *r, const char *path, const char *other)
{
	char *out = arena_alloc(r->arena, strlen(path) + 2), *to = out, *real;
	const char *result;

	for (size_t n; *path; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (n == 2 && memcmp(path, "..", 2) == 0) {
			while (to > out && *--to != '/')
				;
		} else if (n && !(n == 1 && *path == '.')) {
			*to++ = '/';
			memcpy(to, path, n);
			to += n;
		}
	}
	*to = '\0';
	real = realpath(*out ? out : "/", NULL);
	result = real && strcmp(real, other) == 0 ? out : other;
	free(real);
	return result;
}

/* What is left of a path after a directory; NULL when it is elsewhere.  A
 * relative path is below "." as it is. */
static const char *behind(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (strcmp(dir, ".") == 0)
		return *path == '/' ? NULL : path;
	while (n && dir[n - 1] == '/')
		n--;
	if (strncmp(path, dir, n) != 0 || (path[n] && path[n] != '/'))
		return NULL;
	return path + n;
}

/* The command line is the user's, but a relative name on it may be a link that
 * the checkout holds: what it names lies below where its ".." lead. */
static int stays(const char *path, const char *real)
{
	char *base = realpath(".", NULL), *slash;
	int ok;

	if (!base || *path == '/') {
		free(base);
		return 1;
	}
	while (path[strspn(path, "/")] == '.') {
		path += strspn(path, "/");
		if (path[1] == '.' && (!path[2] || path[2] == '/')) {
			slash = strrchr(base, '/');
			slash[slash == base] = '\0';
			path++;
		} else if (path[1] && path[1] != '/') {
			break;
		}
		path++;
	}
	ok = behind(real, base) != NULL;
	free(base);
	return ok;
}

static void add(struct within_reach *r, const char *path, enum within what)
{
	struct dir *d = &r->dirs[r->n];
	char *real = realpath(path, NULL);

	/* What is not there opens nothing. */
	if (!real || !stays(path, real)) {
		free(real);
		return;
	}
	d->real = arena_strndup(r->arena, real, strlen(real));
	d->spelt[0] = path;
	d->spelt[1] = absolute(r, path);
	d->spelt[2] = tidy(r, d->spelt[1], d->real);
	d->spelt[3] = d->real;
	d->what = what;
	r->n++;
	free(real);
}

struct within_reach *within_new(
	struct arena *a, const char *root, const struct options *o)
{
	struct within_reach *r = arena_alloc(a, sizeof(*r));
	char *cwd = get_current_dir_name();

	r->arena = a;
	r->cwd = cwd ? arena_strndup(a, cwd, strlen(cwd)) : "";
	free(cwd);
	r->dirs = arena_alloc(
		a, (2 + o->include_count + o->allow_count) * sizeof(*r->dirs));
	add(r, root, WITHIN_TREE);
	for (size_t i = 0; i < o->include_count; i++)
		add(r, o->include_dirs[i], WITHIN_TREE);
	for (size_t i = 0; i < o->allow_count; i++)
		if (strcmp(o->allow_paths[i], "pkcs11:") == 0)
			r->tokens = 1;
		else
			add(r, o->allow_paths[i], WITHIN_ALLOWED);
	return r;
}

int within_tokens(const struct within_reach *r)
{
	return r->tokens;
}

/* The directory that a real path lies in, the deepest of them. */
static const struct dir *holder(const struct within_reach *r, const char *path)
{
	const struct dir *best = NULL;

	for (size_t i = 0; i < r->n; i++) {
		const struct dir *d = &r->dirs[i];

		if (!behind(path, d->real))
			continue;
		/* The policy's own tree stays its own, whatever is allowed
		 * above or below it. */
		if (!best || d->what > best->what)
			best = d;
	}
	return best;
}

/* A walk: at is a path without links, the rest is to be looked at. */
struct path_walk {
	const struct within_reach *r;
	const char *at, *rest;
	unsigned links;
};

/* From a text to where a walk begins: 0 when it begins nowhere. */
static int begin(struct path_walk *w, const char *path)
{
	const struct within_reach *r = w->r;

	for (size_t i = 0; i < r->n * SPELLINGS * 2; i++) {
		const struct dir *d = &r->dirs[i / 2 / SPELLINGS];
		const char *rest = behind(i % 2 ? absolute(r, path) : path,
			d->spelt[i / 2 % SPELLINGS]);

		if (rest) {
			w->at = d->real;
			w->rest = rest;
			return 1;
		}
	}
	return 0;
}

static void up(struct path_walk *w)
{
	const char *slash = strrchr(w->at, '/');

	w->at = slash && slash > w->at
		? arena_strndup(w->r->arena, w->at, (size_t)(slash - w->at))
		: "/";
}

static const char *joined(
	struct arena *a, const char *dir, const char *name, size_t n)
{
	return arena_printf(
		a, "%s/%.*s", strcmp(dir, "/") == 0 ? "" : dir, (int)n, name);
}

static size_t component(const char *rest)
{
	return strcspn(rest, "/");
}

/* Up and out: what follows may lead into another open directory, which the
 * text alone has to say. */
static int step_out(struct path_walk *w)
{
	const char *rest = w->rest;

	up(w);
	while (!holder(w->r, w->at)) {
		rest += strspn(rest, "/");
		if (component(rest) != 2 || memcmp(rest, "..", 2) != 0)
			return ++w->links <= LINKS_MAX &&
				begin(w,
					joined(w->r->arena, w->at, rest,
						strlen(rest)));
		rest += 2;
		up(w);
	}
	w->rest = rest;
	return 1;
}

/* What a checkout holds beside what is checked in, CI services' credentials
 * among it. */
static int is_repository(const char *name, size_t n)
{
	static const char *const own[] = {".git", ".hg", ".svn"};

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		if (strlen(own[i]) == n && memcmp(name, own[i], n) == 0)
			return 1;
	return 0;
}

/* Into the next component, or to where it points. */
static int step_in(struct path_walk *w, const char *name, size_t n)
{
	const char *next = joined(w->r->arena, w->at, name, n);
	char target[PATH_MAX];
	ssize_t got;
	const char *path;

	if (is_repository(name, n))
		return 0;
	got = readlink(next, target, sizeof(target) - 1);
	if (got < 0) {
		w->at = next;
		return 1;
	}
	target[got] = '\0';
	path = arena_printf(w->r->arena, "%s/%s", target, w->rest);
	if (++w->links > LINKS_MAX)
		return 0;
	if (*target == '/')
		return begin(w, path);
	w->rest = path;
	return 1;
}

enum within within_judge(const struct within_reach *r, const char *path)
{
	struct path_walk w = {.r = r};
	const struct dir *d;

	if (!begin(&w, path))
		return WITHIN_NOT;
	for (;;) {
		const char *name = w.rest += strspn(w.rest, "/");
		size_t n = component(name);
		int goes_on;

		if (!n)
			break;
		w.rest += n;
		if (n == 1 && *name == '.')
			continue;
		goes_on = n == 2 && memcmp(name, "..", 2) == 0
			? step_out(&w)
			: step_in(&w, name, n);
		if (!goes_on)
			return WITHIN_NOT;
	}
	d = holder(r, w.at);
	return d ? d->what : WITHIN_NOT;
}

const char *within_root(
	struct arena *a, const char *path, const struct options *o)
{
	struct within_reach *r = within_new(a, source_directory(a, path), o);

	/* Where the user is, mostly the root of a checkout, is not a secret. */
	add(r, ".", WITHIN_TREE);
	/* A shell's <(...) and /dev/stdin are links by nature, and no pull
	 * request's. */
	if (strcmp(path, "-") == 0 || strncmp(path, "/dev/", 5) == 0 ||
		strncmp(path, "/proc/", 6) == 0 ||
		within_judge(r, path) == WITHIN_TREE)
		return NULL;
	return "a link that leads out of its directory: name the file itself";
}
