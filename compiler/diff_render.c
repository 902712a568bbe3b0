/*
 * A diff for people (the terminal), for programs (JSON) and for a pull
 * request's comment (Markdown).
 */
#include "diff_render.h"

#include <string.h>

int diff_render(FILE *out, const struct diff *d, const char *format,
	const char *old, const char *new_, int all)
{
	struct render r = { out, d, old, new_, all };

	if (strcmp(format, "human") == 0)
		diff_human(&r);
	else if (strcmp(format, "json") == 0)
		diff_json(&r);
	else if (strcmp(format, "markdown") == 0)
		diff_markdown(&r);
	else
		return -1;
	return 0;
}
