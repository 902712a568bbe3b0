/*
 * Name maps: `name [backend [certificate]]` a line, # comments, as many lines
 * as there are tenants.  Read in one pass; a name that is already in its stored
 * form is used in place, so a line costs a pattern and a slot in the hash set.
 */
#include <string.h>

#include "compiler/syntax/text.h"
#include "priv.h"

/* What is wrong in a large file is shown, not listed to the end. */
#define FAULTS_MAX 100

struct map_word {
	const char *at;
	size_t len;
};

struct map_reader {
	struct check *c;
	const struct map_target *t;
	const struct source *src;
	uint32_t file;
	unsigned faults;
	/* The last combination: neighbours mostly agree. */
	struct map_word last;
	uint32_t last_list;
};

size_t check_map_count(struct check *c, const struct ast *from, uint32_t *file)
{
	const struct ast *name = ast_kid(from, AST_STRING);
	size_t lines = 1;

	*file = 0;
	if (!name)
		return 0;
	if (c->o->no_fs) {
		c->f->unknown_files = 1;
		return 0;
	}
	*file = check_list(c, name);
	if (!*file)
		return 0;
	const struct source *src = source_get(c->s, *file);
	const char *p = src->text, *end = p + src->len;
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		p++;
		lines++;
	}
	return lines;
}

static struct span span_of(const struct map_reader *r, struct map_word w)
{
	uint32_t at = (uint32_t)(w.at - r->src->text);
	return (struct span){r->file, at, at + (uint32_t)w.len};
}

static struct map_word next_word(const char **p, const char *end)
{
	while (*p < end && (**p == ' ' || **p == '\t' || **p == '\r'))
		++*p;
	struct map_word w = {*p, 0};
	if (*p < end && **p == '#')
		*p = end;
	while (*p < end && **p != ' ' && **p != '\t' && **p != '\r')
		++*p;
	w.len = *w.at == '#' && w.at < end ? 0 : (size_t)(*p - w.at);
	return w;
}

/* The list for this backend and certificate, made on first use. */
static uint32_t target(
	struct map_reader *r, struct map_word backend, struct map_word cert)
{
	struct check *c = r->c;
	struct map_word both = {backend.at,
		(size_t)((cert.len ? cert.at + cert.len
				   : backend.at + backend.len) -
			backend.at)};

	if (!backend.len)
		return r->t->base;
	if (r->last.at && r->last.len == both.len &&
		!memcmp(r->last.at, both.at, both.len))
		return r->last_list;
	uint32_t i = symbols_find(c->sym, r->t->space, both.at, both.len);
	if (i == SYMBOL_NONE) {
		uint32_t b = check_ref_text(c, SPACE_BACKEND, backend.at,
			backend.len, span_of(r, backend), "backend");
		uint32_t k = MODEL_NONE;
		if (cert.len)
			k = check_ref_text(c, SPACE_CERTIFICATE, cert.at,
				cert.len, span_of(r, cert), "certificate");
		if (b == SYMBOL_NONE || (cert.len && k == SYMBOL_NONE)) {
			r->faults++;
			return SYMBOL_NONE;
		}
		c->m->backends.v[b].used = 1;
		if (cert.len)
			c->m->certs.v[k].used = 1;
		i = r->t->list(r->t->arg, b, k);
		symbols_add(c->sym, r->t->space, both.at, both.len, i);
	}
	r->last = both;
	r->last_list = i;
	return i;
}

static void line(struct map_reader *r, const char *p, const char *end)
{
	struct check *c = r->c;
	struct map_word name = next_word(&p, end);

	if (!name.len)
		return;
	struct map_word backend = next_word(&p, end), cert = {NULL, 0};
	if (backend.len)
		cert = next_word(&p, end);
	struct map_word more = {NULL, 0};
	if (cert.len)
		more = next_word(&p, end);
	if (more.len) {
		diag_add(c->d, DIAG_TC0103, span_of(r, more),
			"a map line has a name, a backend and a certificate");
		r->faults++;
		return;
	}
	size_t n;
	struct span span = span_of(r, name);
	const char *key = check_pattern_text(c, name.at, name.len, span, &n);
	if (!key) {
		r->faults++;
		return;
	}
	uint32_t list = target(r, backend, cert);
	if (list != SYMBOL_NONE)
		check_pattern(c, r->t->frontend, key, n, list, span, 1);
}

void check_map_read(struct check *c, uint32_t file, const struct map_target *t)
{
	struct map_reader r = {
		.c = c, .t = t, .src = source_get(c->s, file), .file = file};
	const char *end = r.src->text + r.src->len;
	const char *p = r.src->text + text_list_begin(r.src->text, r.src->len);

	while (p < end && r.faults < FAULTS_MAX) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		line(&r, p, nl ? nl : end);
		p = nl ? nl + 1 : end;
	}
	if (r.faults >= FAULTS_MAX && p < end) {
		struct span at = {file, (uint32_t)(p - r.src->text),
			(uint32_t)(p - r.src->text)};
		diag_add(c->d, DIAG_TC0103, at,
			"too many errors in this map: the rest was not read");
	}
}
