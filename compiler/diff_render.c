/*
 * A diff for people (the terminal), for programs (JSON), for a pull request's
 * comment (Markdown) and for who reviews it (statements of --accept).
 */
#include "diff_render.h"

#include <string.h>

int diff_render(FILE *out, const struct diff *d, const struct diff_view *v)
{
	static const struct {
		const char *format;
		void (*put)(const struct render *r);
	} forms[] = { { "human", diff_human }, { "json", diff_json },
		{ "markdown", diff_markdown }, { "accept", diff_stubs } };
	struct render r = { out, d, v };

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strcmp(forms[i].format, v->format) == 0) {
			forms[i].put(&r);
			return 0;
		}
	return -1;
}
