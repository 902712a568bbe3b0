/*
 * Prints texts from outside (text.h): names sent by clients, paths, answers of
 * servers.  As in the log, visible characters stay and all others are escaped
 * (\u001b), so that no name can move the cursor or add a line.
 */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/table/utf8.h"

static char *shown(const char *v)
{
	size_t left = strlen(v), n;
	char *out = malloc(left * UTF8_JSON_MAX + 1), *p = out;
	uint32_t cp;

	if (!out)
		abort();
	for (; left; v += n, left -= n) {
		n = utf8_next(v, left, &cp);
		if (cp == UTF8_BAD || utf8_hidden(cp)) {
			p += utf8_json(p, cp, (unsigned char)*v);
		} else {
			memcpy(p, v, n);
			p += n;
		}
	}
	*p = 0;
	return out;
}

void text_clean(json_t *v)
{
	const char *key;
	json_t *part;
	size_t i;
	char *text;

	json_object_foreach(v, key, part) text_clean(part);
	json_array_foreach(v, i, part) text_clean(part);
	if (json_is_string(v)) {
		text = shown(json_string_value(v));
		json_string_set(v, text);
		free(text);
	}
}

void text_print(const char *what, const char *more)
{
	char *one = shown(what), *two = shown(more);

	fprintf(stderr, "tlsctl: %s%s%s\n", one, *two ? ": " : "", two);
	free(one);
	free(two);
}

void text_json(const json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII), *p;

	if (!text)
		abort();
	for (p = text; *p; p++) /* ASCII, but not printable */
		if (*p == 0x7f)
			fputs("\\u007f", stdout);
		else
			putchar(*p);
	putchar('\n');
	free(text);
}
