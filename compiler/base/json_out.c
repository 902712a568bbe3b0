/*
 * Escaping of JSON strings (json_out.h).
 */
#include <string.h>

#include "json_out.h"
#include "terminal.h"

static void put_escape(FILE *f, uint32_t cp)
{
	if (cp == '\n')
		fputs("\\n", f);
	else if (cp == '\t')
		fputs("\\t", f);
	else if (cp < 0x10000)
		fprintf(f, "\\u%04x", (unsigned)cp);
	else
		fprintf(f, "\\u%04x\\u%04x",
			(unsigned)(0xd800 + ((cp - 0x10000) >> 10)),
			(unsigned)(0xdc00 + ((cp - 0x10000) & 0x3ff)));
}

void json_put_raw(FILE *f, const char *text)
{
	size_t n = strlen(text);
	unsigned len;
	uint32_t cp;

	for (size_t i = 0; i < n; i += len) {
		len = utf8_next(text + i, n - i, &cp);
		if (cp == UTF8_BAD)
			fputs("\\ufffd", f);
		else if (cp == '"' || cp == '\\')
			fprintf(f, "\\%c", (int)cp);
		else if (utf8_hidden(cp) ||
			(cp == '[' && i > 1 && !memcmp(text + i - 2, "##", 2)))
			put_escape(f, cp); /* "##[": see shown.h */
		else
			fwrite(text + i, 1, len, f);
	}
}

void json_put(FILE *f, const char *text)
{
	if (!text) {
		fputs("null", f);
		return;
	}
	fputc('"', f);
	json_put_raw(f, text);
	fputc('"', f);
}
