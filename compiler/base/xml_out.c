/*
 * Escaping for XML (xml_out.h).
 */
#include <string.h>

#include "terminal.h"
#include "xml_out.h"

static void put_octets(FILE *f, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		switch (s[i]) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(s[i], f);
		}
}

void xml_put(FILE *f, const char *text)
{
	size_t n = strlen(text);
	char buf[16];
	unsigned len;
	uint32_t cp;

	for (size_t i = 0; i < n; i += len) {
		len = utf8_next(text + i, n - i, &cp);
		if (cp == UTF8_BAD || utf8_hidden(cp) || cp == 0xfffe ||
			cp == 0xffff)
			put_octets(f, buf,
				terminal_escape(
					buf, cp, (unsigned char)text[i]));
		else if (cp == '[' && i > 1 && !memcmp(text + i - 2, "##", 2))
			fputs("&#91;", f); /* "##[": see shown.h */
		else
			put_octets(f, text + i, len);
	}
}
