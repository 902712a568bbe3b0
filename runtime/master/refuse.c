/*
 * Refusals (refuse.h): an id and a sentence.
 */
#include "refuse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void refuse(struct refusal *r, const char *id, const char *format, ...)
{
	va_list ap;

	snprintf(r->id, sizeof(r->id), "%s", id);
	va_start(ap, format);
	vsnprintf(r->text, sizeof(r->text), format, ap);
	va_end(ap);
}

void refuse_known(struct refusal *r, const char *text)
{
	if (strncmp(text, "TC", 2) == 0 && strlen(text) > 8 && text[6] == ':') {
		refuse(r, "", "%s", text + 8);
		memcpy(r->id, text, 6);
		r->id[6] = 0;
		return;
	}
	refuse(r, "", "%s", text);
}
