/*
 * The bundle without private keys (bundle.h): what workers and the monitor
 * get when a keys process holds the keys.
 */
#include "bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_file.h"

static const char begin_text[] = "-----BEGIN ";
static const char end_text[] = "-----END ";
static const char key_text[] = "PRIVATE KEY-----";

static int starts(const uint8_t *p, size_t n, const char *text)
{
	return n >= strlen(text) && memcmp(p, text, strlen(text)) == 0;
}

/* The length of the line at p, its newline included. */
static size_t line_length(const uint8_t *p, size_t n)
{
	const uint8_t *end = memchr(p, '\n', n);

	return end ? (size_t)(end - p) + 1 : n;
}

/* Cuts PEM private keys out of data, in place; returns what is left.  A block
 * without an end reaches to the end of the file. */
static size_t cut_keys(uint8_t *data, size_t n)
{
	size_t in = 0, out = 0;
	int cutting = 0;

	while (in < n) {
		size_t len = line_length(data + in, n - in);
		const uint8_t *line = data + in;

		if (starts(line, len, begin_text) &&
			memmem(line, len, key_text, strlen(key_text)))
			cutting = 1;
		if (!cutting) {
			memmove(data + out, line, len);
			out += len;
		} else if (starts(line, len, end_text)) {
			cutting = 0;
		}
		in += len;
	}
	explicit_bzero(data + out, n - out);
	return out;
}

/* The paths of chains and of keys, sorted: a table may name 100,000. */
struct names {
	const char **chain, **key;
	size_t count;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int names_make(struct names *n, const struct table *t)
{
	uint32_t i;

	n->count = t->cert_count;
	n->chain = calloc(n->count + 1, sizeof(*n->chain));
	n->key = calloc(n->count + 1, sizeof(*n->key));
	if (!n->chain || !n->key)
		return -1;
	for (i = 0; i < t->cert_count; i++) {
		n->chain[i] = table_str(t, t->cert[i].chain_str);
		n->key[i] = table_str(t, t->cert[i].key_str);
	}
	qsort(n->chain, n->count, sizeof(*n->chain), by_text);
	qsort(n->key, n->count, sizeof(*n->key), by_text);
	return 0;
}

/* Named as a key and as nothing else. */
static int only_key(const struct names *n, const char *path)
{
	return bsearch(&path, n->key, n->count, sizeof(path), by_text) &&
		!bsearch(&path, n->chain, n->count, sizeof(path), by_text);
}

static void copy_public(struct bundle_files *to, const struct bundle_file *f)
{
	struct bundle_file *last;

	bundle_add(to, f->path, f->data, f->len);
	last = &to->file[to->count - 1];
	last->len = cut_keys(last->data, last->len);
}

int bundle_seal_public(
	struct bundle_files *f, const struct table *t, char *err, size_t n)
{
	struct bundle_files public = {0};
	struct names names;
	size_t i;
	int fd = -1;

	if (names_make(&names, t) == 0) {
		for (i = 0; i < f->count; i++)
			if (!only_key(&names, f->file[i].path))
				copy_public(&public, &f->file[i]);
		fd = bundle_seal(&public, err, n);
	} else {
		snprintf(err, n, "out of memory");
	}
	free(names.chain);
	free(names.key);
	bundle_files_free(&public);
	return fd;
}
