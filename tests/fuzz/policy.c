/*
 * Any octets as a policy: no crash, no hang, spans inside the text, every
 * diagnostic printable; and what parses is formatted to a text with the same
 * tokens, which formats to itself.
 */
/* LINK: tlsc */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/check/check.h"
#include "compiler/check/resolve.h"
#include "compiler/diag/list.h"
#include "compiler/syntax/fmt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void look(const struct ast *n, uint32_t size)
{
	for (; n; n = n->next) {
		must(n->span.begin <= n->span.end && n->span.end <= size);
		must(n->name_span.begin <= n->name_span.end);
		must(n->name_span.end <= size);
		must(!n->text || n->text[n->text_len] == '\0');
		look(n->kids, size);
	}
}

static void print(struct diags *d)
{
	static FILE *null;
	const struct diag_style style = {0, 0};
	const struct diag_report *r;

	if (!null)
		null = fopen("/dev/null", "w");
	r = diag_finish(d, 20000, 1, 1);
	for (const struct diag_format *f = diag_formats; f->name; f++)
		f->print(null, r, &style);
}

static size_t solid(const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += !strchr(" \t\r\n\f", text[i]) || !text[i];
	return n;
}

static void format(
	struct arena *a, struct sources *s, const char *text, size_t len)
{
	uint32_t file = source_add(s, "in.tls", text, len);
	struct diags *d = diag_new(a, s);
	size_t once_len, twice_len;
	char *once = fmt_text(a, s, file, d, &once_len), *twice;

	if (!once)
		return;
	file = source_add(s, "once.tls", once, once_len);
	twice = fmt_text(a, s, file, d, &twice_len);
	must(twice && once_len == twice_len);
	must(memcmp(once, twice, once_len) == 0);
	/* A byte order mark is dropped. */
	must(solid(once, once_len) == solid(text, len) ||
		solid(once, once_len) + 3 == solid(text, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options options = {
		.no_fs = 1, .no_credentials = 1, .now = 1790000000};
	struct arena *a = arena_new();
	struct sources *s = source_new(a);
	struct diags *d = diag_new(a, s);
	struct resolved resolved;
	struct parsed parsed;
	uint32_t file = source_add(s, "in.tls", (const char *)data, size);

	policy_parse(a, s, file, d, &parsed);
	must(memcmp(source_get(s, file)->text, data, size) == 0);
	look(parsed.file, (uint32_t)size);
	print(d);
	format(a, s, (const char *)data, size);
	/* Includes would read whatever lies about. */
	if (!memmem(data, size, "include", 7)) {
		d = diag_new(a, s);
		resolve_source(a, s, d, &options, file, &resolved);
		look(resolved.root, (uint32_t)size);
		check_model(a, s, d, &options, &resolved);
		print(d);
	}
	arena_free(&a);
	return 0;
}
