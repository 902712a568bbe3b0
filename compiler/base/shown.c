/*
 * The only writer of foreign text for people (shown.h); JSON and XML have
 * json_out.c and xml_out.c.
 */
#include "shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal.h"

enum { KEPT = 16, ESCAPE_MAX = 12 };

/* Where a workflow command would begin: the octet that must not be printed. */
static const char *command_at(const char *text, const char *p)
{
	if (p[0] == '#' && p[1] == '#' && p[2] == '[')
		return p + 2;
	if (p[0] != ':' || p[1] != ':')
		return NULL;
	/* Blanks before it are passed over, and so are ours. */
	while (p > text && (p[-1] == ' ' || p[-1] == '\t'))
		p--;
	return p == text || p[-1] == '\n' ? p + strspn(p, " \t") : NULL;
}

static int is_harmless(const char *text, int lines)
{
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < ' ' && !(lines && *p == '\n')) ||
			(unsigned char)*p > 0x7e || command_at(text, p))
			return 0;
	return 1;
}

static char *escaped(const char *text, int lines)
{
	size_t n = strlen(text), take;
	char *out = malloc(n * ESCAPE_MAX + 1), *to = out;
	const char *end = text + n, *bad = NULL;
	uint32_t cp;

	if (!out)
		abort();
	for (const char *p = text; p < end; p += take) {
		const char *command = command_at(text, p);

		bad = command ? command : bad;
		take = utf8_next(p, (size_t)(end - p), &cp);
		if (p == bad || cp == UTF8_BAD ||
			(utf8_hidden(cp) && !(lines && cp == '\n'))) {
			to += terminal_escape(to, p == bad ? UTF8_BAD : cp,
				(unsigned char)*p);
		} else {
			memcpy(to, p, take);
			to += take;
		}
	}
	*to = '\0';
	return out;
}

static const char *shown(const char *text, int lines)
{
	static char *kept[KEPT];
	static unsigned next;

	if (!text)
		return "";
	if (is_harmless(text, lines))
		return text;
	next = (next + 1) % KEPT;
	free(kept[next]);
	kept[next] = escaped(text, lines);
	return kept[next];
}

const char *shown_text(const char *text)
{
	return shown(text, 0);
}

const char *shown_lines(const char *text)
{
	return shown(text, 1);
}
