/*
 * "bridge to api" as people write it: what an answer is compared with.
 */
#include <stdio.h>
#include <string.h>

#include "grammar/words.h"
#include "match.h"

enum { NAME_MAX_OCTETS = 300 };

struct words {
	char v[5][NAME_MAX_OCTETS];
	int n;
};

/* One word, or a name in quotes; NULL: there is none that fits. */
static const char *take(const char *p, char *out)
{
	int quoted = *p == '"';
	size_t n = 0;

	for (p += quoted; *p && *p != (quoted ? '"' : ' '); p++) {
		p += quoted && *p == '\\' && p[1];
		if (n + 1 == NAME_MAX_OCTETS)
			return NULL;
		out[n++] = *p;
	}
	out[n] = '\0';
	if (quoted && *p++ != '"')
		return NULL;
	return !*p || *p == ' ' ? p : NULL;
}

static int split(const char *p, struct words *w)
{
	for (w->n = 0; *(p += strspn(p, " ")); w->n++)
		if (w->n == 5 || !(p = take(p, w->v[w->n])))
			return -1;
	return 0;
}

static int known(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return 1;
	return 0;
}

static int is_action(const struct words *w)
{
	if (strcmp(w->v[0], "reject") == 0)
		return w->n == 1 || (w->n == 2 && known(w->v[1], words_reject));
	return w->n == 1 ||
		(w->n == 4 && strcmp(w->v[1], "to") == 0 &&
			strcmp(w->v[2], "site") == 0) ||
		((w->n == 3 || w->n == 5) && strcmp(w->v[1], "to") == 0 &&
			(w->n == 3 || strcmp(w->v[3], "enforcing") == 0));
}

int match_expected(const struct match_answer *a, const char *expect, char *err,
	size_t err_size)
{
	struct match_expect x;
	struct words w;
	int bad = split(expect, &w);

	if (!bad && (!w.n || !known(w.v[0], words_mode + 1))) {
		snprintf(err, err_size,
			"'%s' does not begin with an action: passthrough, "
			"offload, bridge or reject",
			expect);
		return -1;
	}
	if (bad || !is_action(&w)) {
		snprintf(err, err_size,
			"'%s' is not an action: write 'bridge to NAME' or "
			"'reject REASON'",
			expect);
		return -1;
	}
	x = (struct match_expect){w.v[0], w.n == 2 ? w.v[1] : NULL,
		w.n > 2 && w.n != 4 ? w.v[2] : NULL, w.n == 5 ? w.v[4] : NULL,
		w.n == 4 ? w.v[3] : NULL};
	return match_agrees(a, &x);
}
