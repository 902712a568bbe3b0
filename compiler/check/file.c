/*
 * Files that a policy names: lists and maps, which are read here, and
 * credentials, which are opened only where the policy may reach (within.h).  A
 * path outside is refused without a look at whether it exists.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/within.h"
#include "compiler/syntax/text.h"
#include "runtime/table/hex.h"
#include "priv.h"

/* "a/./b/../c" -> "a/c"; leading ".." stay.  In place. */
static void tidy(char *path)
{
	char *out = path, *in = path;
	int absolute = *path == '/';

	while (*in) {
		size_t n = strcspn(in, "/");
		char *prev = out;
		while (prev > path && prev[-1] == '/')
			prev--;
		while (prev > path && prev[-1] != '/')
			prev--;
		int up = n == 2 && !memcmp(in, "..", 2);
		int prev_up = !strncmp(prev, "../", 3);
		if (n == 0 || (n == 1 && *in == '.')) {
			if (in == path && absolute)
				*out++ = '/';
		} else if (up && out > path + absolute && !prev_up) {
			out = prev;
		} else {
			memmove(out, in, n);
			out += n;
			if (in[n])
				*out++ = '/';
		}
		in += n + (in[n] == '/');
	}
	while (out > path + 1 && out[-1] == '/')
		out--;
	*out = '\0';
}

static const char *dir_of(struct check *c, uint32_t file)
{
	const struct source *src =
		source_get(c->s, file ? file : c->r->root_file);
	return src && src->dir ? src->dir : ".";
}

static const char *open_path(struct check *c, uint32_t file, const char *text)
{
	const char *dir = dir_of(c, file);

	if (*text == '/' || !strcmp(dir, "."))
		return text;
	return arena_printf(c->a, "%s/%s", dir, text);
}

/* A path: as the table holds it and as it is to be opened. */
static void both_paths(struct check *c, const struct ast *n,
	const char **stored, const char **open)
{
	const char *text = n->text ? n->text : "";
	uint32_t file = check_span(n).file;
	const char *root = dir_of(c, c->r->root_file), *dir = dir_of(c, file);
	size_t root_len = strlen(root);

	if (!*text)
		diag_add(c->d, DIAG_TC0103, check_span(n), "an empty path");
	if (!strncmp(text, "pkcs11:", 7) || *text == '/') {
		*stored = *open = text;
		return;
	}
	*open = open_path(c, file, text);
	if (!strcmp(dir, root))
		dir = "";
	else if (!strncmp(dir, root, root_len) && dir[root_len] == '/')
		dir += root_len + 1;
	else if (!strncmp(dir, "./", 2))
		dir += 2;
	char *joined = *dir ? arena_printf(c->a, "%s/%s", dir, text)
			    : arena_strndup(c->a, text, strlen(text));
	tidy(joined);
	*stored = joined;
}

static void refuse(
	struct check *c, enum diag_id id, const struct ast *n, const char *path)
{
	struct diag *g = diag_add(c->d, id, check_span(n),
		"%s is outside the policy's directory and is not opened", path);

	diag_help(g, "'--allow-path %s' lets tlsc read there",
		source_directory(c->a, path));
	if (id == DIAG_TC0421)
		diag_help(g,
			"if the files are on another machine, check with "
			"--no-credentials");
}

/* Why a file cannot be read, or NULL.  A device or a pipe is not opened to
 * find out. */
static const char *unreadable(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) < 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return strerror(errno);
	close(fd);
	return NULL;
}

static const char *opened(
	struct check *c, const struct ast *n, const char *path)
{
	const char *why;
	struct diag *g;

	if (within_judge(c->r->reach, path) == WITHIN_NOT) {
		refuse(c, DIAG_TC0421, n, path);
		return NULL;
	}
	why = unreadable(path);
	if (!why)
		return path;
	g = diag_add(c->d, DIAG_TC0422, check_span(n), "cannot read %s: %s",
		path, why);
	if (strchr(path, '$'))
		diag_help(g,
			"parameters are not expanded inside strings: use a "
			"parameter of type string in place of the whole "
			"string");
	else
		diag_help(g,
			"a path is relative to the file that names it; if the "
			"files are on another machine, check with "
			"--no-credentials");
	return NULL;
}

/* The file with the PIN of a PKCS#11 URI (RFC 7512, 2.4), or NULL. */
static const char *pin_source(struct check *c, const char *uri)
{
	const char *at = strstr(uri, "pin-source=");
	char *path, *to;

	if (!at)
		return NULL;
	at += strlen("pin-source=");
	to = path = arena_strndup(c->a, at, strcspn(at, "&"));
	for (const char *p = path; *p; p++)
		if (*p == '%' && hex_value(p[1]) >= 0 && hex_value(p[2]) >= 0) {
			*to++ = (char)(hex_value(p[1]) << 4 | hex_value(p[2]));
			p += 2;
		} else {
			*to++ = *p;
		}
	*to = '\0';
	return strncmp(path, "file:", 5) == 0 ? path + 5 : path;
}

/* A token is part of the machine, too, and counts wrong PINs. */
static const char *token(struct check *c, const struct ast *n, const char *uri)
{
	const char *pin = pin_source(c, uri);
	struct diag *g;

	if (!within_tokens(c->r->reach)) {
		g = diag_add(c->d, DIAG_TC0421, check_span(n),
			"the key is in a PKCS#11 token, which tlsc does not "
			"use without permission");
		diag_help(g, "'--allow-path pkcs11:' lets tlsc use it");
		diag_help(g,
			"if the token is on another machine, check with "
			"--no-credentials");
		return NULL;
	}
	return pin && !opened(c, n, pin) ? NULL : uri;
}

const char *check_credential(
	struct check *c, const struct ast *n, const char **stored)
{
	const char *path;

	both_paths(c, n, stored, &path);
	if (c->o->no_credentials || !**stored)
		return NULL;
	return strncmp(path, "pkcs11:", 7) == 0 ? token(c, n, path)
						: opened(c, n, path);
}

const char *check_trust_file(struct check *c, const struct ast *n)
{
	const char *stored, *path;

	if (c->o->no_fs || !n->text || !*n->text)
		return NULL;
	both_paths(c, n, &stored, &path);
	return within_judge(c->r->reach, path) == WITHIN_NOT ? NULL : path;
}

uint32_t check_list(struct check *c, const struct ast *name)
{
	const char *err = NULL, *stored, *path;
	enum within where;
	uint32_t file;
	int again = 0;

	both_paths(c, name, &stored, &path);
	where = within_judge(c->r->reach, path);
	if (where == WITHIN_NOT) {
		refuse(c, DIAG_TC0105, name, path);
		return 0;
	}
	file = source_read(c->s, path, stored, &again, &err);
	if (!file) {
		diag_add(c->d, DIAG_TC0105, check_span(name),
			"cannot read %s: %s", stored, err);
		return 0;
	}
	if (!again) {
		source_mark_list(c->s, file, where == WITHIN_ALLOWED);
		text_check_list(c->s, c->d, file);
	}
	return file;
}
