/*
 * One literal of a known type: its value, or TC0103 at its place.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/base/literal.h"
#include "compiler/base/name.h"
#include "priv.h"

int check_literal(const struct ast *n)
{
	return n->kind == AST_WORD || n->kind == AST_STRING ||
		n->kind == AST_NUMBER || n->kind == AST_UNIT ||
		n->kind == AST_ADDR || n->kind == AST_DATE;
}

static void bad(
	struct check *c, const struct ast *n, const struct literal_why *w)
{
	struct diag *g =
		diag_add(c->d, DIAG_TC0103, check_span(n), "%s", w->why);
	if (*w->help)
		diag_help(g, "%s", w->help);
}

/* A value in the words of its type, for messages about ranges. */
static const char *shown(char *buf, size_t size, enum value kind, uint64_t v)
{
	static const struct {
		uint64_t factor;
		const char *unit;
	} scales[][4] = {
		[VALUE_DURATION] = {{86400000, "d"}, {60000, "m"}, {1000, "s"},
			{1, "ms"}},
		[VALUE_SIZE] = {{1 << 30, "GiB"}, {1 << 20, "MiB"},
			{1 << 10, "KiB"}, {1, "B"}},
		[VALUE_COUNT] = {{1, ""}},
		[VALUE_RATE] = {{1, "/s"}},
		[VALUE_BANDWIDTH] = {{1 << 30, "GiB/s"}, {1 << 20, "MiB/s"},
			{1 << 10, "KiB/s"}, {1, "B/s"}},
	};
	unsigned i = 0;

	while (v < scales[kind][i].factor || v % scales[kind][i].factor) {
		if (scales[kind][i].factor == 1)
			break;
		i++;
	}
	snprintf(buf, size, "%llu%s",
		(unsigned long long)(v / scales[kind][i].factor),
		scales[kind][i].unit);
	return buf;
}

uint64_t check_value(struct check *c, const struct ast *n, enum value kind,
	uint64_t min, uint64_t max, uint64_t fallback)
{
	static int (*const readers[])(const char *, uint64_t *,
		struct literal_why *) = {literal_duration, literal_size,
		literal_count, literal_rate, literal_bandwidth};
	struct literal_why w = {{0}, {0}};
	uint64_t v;
	char lo[40], hi[40];

	if (readers[kind](n->text ? n->text : "", &v, &w) < 0) {
		bad(c, n, &w);
		return fallback;
	}
	if (v < min || v > max) {
		diag_add(c->d, DIAG_TC0103, check_span(n),
			"%s is out of range: %s to %s", n->text,
			shown(lo, sizeof(lo), kind, min),
			shown(hi, sizeof(hi), kind, max));
		return fallback;
	}
	return v;
}

int check_date(struct check *c, const struct ast *n, int64_t *days)
{
	struct literal_why w = {{0}, {0}};

	if (literal_date(n->text, days, &w) < 0) {
		bad(c, n, &w);
		return -1;
	}
	return 0;
}

int check_word(struct check *c, const struct ast *n, const char *const *words)
{
	char list[256] = "";

	for (int i = 0; words[i]; i++) {
		if (n->text && !strcmp(n->text, words[i]))
			return i;
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
			"%s%s",
			!i                     ? ""
				: words[i + 1] ? ", "
					       : " or ",
			words[i]);
	}
	struct diag *g = diag_add(c->d, DIAG_TC0101, check_span(n),
		"unexpected '%s', expected %s", n->text ? n->text : "", list);
	check_hint(g, n->text ? n->text : "", words);
	return -1;
}

const char *check_host(
	struct check *c, const char *text, size_t len, struct span span)
{
	struct name_why w;
	char buf[256];
	size_t n;

	switch (name_host(text, len, buf, &n, &w)) {
	case NAME_AS_IS:
		return arena_strndup(c->a, text, len);
	case NAME_BAD: {
		struct diag *g = diag_add(c->d, DIAG_TC0306, span,
			"bad host name '%s': %s", check_cut(c, text, len),
			w.why);
		if (*w.help)
			diag_help(g, "%s", w.help);
		return NULL;
	}
	default:
		return arena_strndup(c->a, buf, n);
	}
}
