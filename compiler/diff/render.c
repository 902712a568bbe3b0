/*
 * A diff for people (the terminal), for programs (JSON), for a pull request's
 * comment (Markdown) and for its reviewer (statements of --accept).
 */
#include "render.h"

#include <string.h>

static void count(const struct diff_row *r, size_t n[WEAKEN_COUNT])
{
	n[r->kind] += r->why && !r->accepted;
}

void diff_headline(
	FILE *o, const struct diff *d, const char *before, const char *after)
{
	size_t n[WEAKEN_COUNT] = {0};
	const char *sep = before;

	for (size_t i = 0; i < d->groups.n; i++)
		for (size_t k = 0; k < d->groups.v[i].rows.n; k++)
			count(&d->groups.v[i].rows.v[k], n);
	for (size_t i = 0; i < d->items.n; i++)
		count(&d->items.v[i].row, n);
	for (size_t i = 0; i < WEAKEN_COUNT; i++) {
		if (!n[i])
			continue;
		fprintf(o, "%s%s", sep, diff_weaken_word((enum weaken_id)i));
		if (n[i] > 1)
			fprintf(o, " (%zu)", n[i]);
		sep = ", ";
	}
	if (sep != before)
		fprintf(o, "%s", after);
}

int diff_render(FILE *out, const struct diff *d, const struct diff_view *v)
{
	static const struct {
		const char *format;
		void (*put)(const struct render *r);
	} forms[] = {{"human", diff_human}, {"json", diff_json},
		{"markdown", diff_markdown}, {"accept", diff_stubs}};
	struct render r = {out, d, v};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strcmp(forms[i].format, v->format) == 0) {
			forms[i].put(&r);
			return 0;
		}
	return -1;
}
