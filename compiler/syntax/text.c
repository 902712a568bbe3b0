/*
 * Deceptive text.  What a reviewer sees must be what the compiler reads, so
 * everything invisible or reordering is refused everywhere, comments included
 * (see CVE-2021-42574); mixed scripts only matter in names.
 */
#include "text.h"

#include <string.h>
#include <strings.h>

#include <idn2.h>

#include "compiler/base/terminal.h"

#define SHOWN_MAX 20 /* per file */

struct range {
	uint32_t first, last;
	const char *what;
};

static const struct range hidden[] = {
	{0x00, 0x00, "a NUL"},
	{0x01, 0x08, "a control character"},
	{0x0b, 0x0b, "a control character"},
	{0x0e, 0x1f, "a control character"},
	{0x7f, 0x9f, "a control character"},
	{0xad, 0xad, "a soft hyphen"},
	{0x34f, 0x34f, "an invisible joiner"},
	{0x61c, 0x61c, "a bidirectional control"},
	{0x115f, 0x1160, "an invisible letter"},
	{0x17b4, 0x17b5, "an invisible letter"},
	{0x180b, 0x180f, "an invisible separator"},
	{0x200b, 0x200d, "a zero-width character"},
	{0x200e, 0x200f, "a bidirectional control"},
	{0x2028, 0x2029, "a line separator"},
	{0x202a, 0x202e, "a bidirectional control"},
	{0x2060, 0x2065, "a zero-width character"},
	{0x2066, 0x2069, "a bidirectional control"},
	{0x206a, 0x206f, "a zero-width character"},
	{0x3164, 0x3164, "an invisible letter"},
	{0xfe00, 0xfe0f, "a variation selector"},
	{0xfeff, 0xfeff, "a byte order mark inside the text"},
	{0xffa0, 0xffa0, "an invisible letter"},
	{0xfff9, 0xfffb, "an annotation control"},
	{0xe0000, 0xe0fff, "an invisible tag"},
};

/* Scripts whose letters are mistaken for each other's. */
static const struct range scripts[] = {
	{'A', 'Z', "Latin"},
	{'a', 'z', "Latin"},
	{0xc0, 0x24f, "Latin"},
	{0x250, 0x2af, "Latin"},
	{0x370, 0x3ff, "Greek"},
	{0x400, 0x52f, "Cyrillic"},
	{0x530, 0x58f, "Armenian"},
	{0x10a0, 0x10ff, "Georgian"},
	{0x13a0, 0x13ff, "Cherokee"},
	{0x1c80, 0x1c8f, "Cyrillic"},
	{0x1e00, 0x1eff, "Latin"},
	{0x1f00, 0x1fff, "Greek"},
	{0x2c60, 0x2c7f, "Latin"},
	{0x2c80, 0x2cff, "Coptic"},
	{0x2de0, 0x2dff, "Cyrillic"},
	{0xa640, 0xa69f, "Cyrillic"},
	{0xff21, 0xff5a, "full-width Latin"},
};

static const char *find(const struct range *r, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= r[i].first && c <= r[i].last)
			return r[i].what;
	return NULL;
}

/* Words of eight plain octets at a time: most files are nothing else.  Plain
 * means 0x20..0x7e; tabs and line ends fall out and are looked at singly. */
static size_t plain(const char *text, size_t len)
{
	const uint64_t ones = 0x0101010101010101u, high = ones * 0x80;
	size_t i = 0;

	while (i + 8 <= len) {
		uint64_t w, low, del;

		memcpy(&w, text + i, 8);
		low = (w - ones * 0x20) & ~w & high;
		del = w ^ ones * 0x7f;
		del = (del - ones) & ~del & high;
		if ((w & high) | low | del)
			break;
		i += 8;
	}
	return i;
}

static void complain(struct diags *d, uint32_t file, size_t at, size_t n,
	uint32_t c, const char *what, unsigned *shown)
{
	struct span span = {file, (uint32_t)at, (uint32_t)(at + n)};

	if (++*shown > SHOWN_MAX)
		return;
	if (c == UTF8_BAD)
		diag_add(d, DIAG_TC0106, span, "%s", what);
	else
		diag_add(
			d, DIAG_TC0106, span, "%s (U+%04X)", what, (unsigned)c);
}

size_t text_bom(const char *text, size_t len)
{
	return len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

const char *text_alien(const char *text, size_t len)
{
	size_t head = len < 512 ? len : 512, nuls = 0;

	if (len >= 4 &&
		(memcmp(text, "\xff\xfe\0\0", 4) == 0 ||
			memcmp(text, "\0\0\xfe\xff", 4) == 0))
		return "this file is UTF-32; a policy is UTF-8";
	if (len >= 2 &&
		(memcmp(text, "\xff\xfe", 2) == 0 ||
			memcmp(text, "\xfe\xff", 2) == 0))
		return "this file is UTF-16; a policy is UTF-8";
	if (len >= 5 && memcmp(text, "\x89TLSP", 5) == 0)
		return "this is a table, not the text of a policy";
	for (size_t i = 0; i < head; i++)
		nuls += !text[i];
	return nuls > 8 ? "this is not text" : NULL;
}

void text_check(struct sources *s, struct diags *d, uint32_t file)
{
	const struct source *src = source_get(s, file);
	size_t at = text_bom(src->text, src->len);
	unsigned shown = 0;

	while (at < src->len) {
		const char *what;
		uint32_t c;
		size_t n;

		at += plain(src->text + at, src->len - at);
		if (at >= src->len)
			break;
		n = utf8_next(src->text + at, src->len - at, &c);
		what = c == UTF8_BAD
			? "an octet that is not UTF-8"
			: find(hidden, sizeof(hidden) / sizeof(*hidden), c);
		if (what)
			complain(d, file, at, n, c, what, &shown);
		at += n;
	}
	if (shown > SHOWN_MAX)
		diag_add(d, DIAG_TC0106, (struct span){file, 0, 0},
			"%u more such characters in this file are not shown",
			shown - SHOWN_MAX);
}

void text_check_list(struct sources *s, struct diags *d, uint32_t file)
{
	const struct source *src = source_get(s, file);
	const char *what = text_alien(src->text, src->len);
	struct diag *g;

	if (!what) {
		text_check(s, d, file);
		return;
	}
	if (strstr(what, "UTF-16"))
		what = "this file is UTF-16; a list is UTF-8";
	if (strstr(what, "UTF-32"))
		what = "this file is UTF-32; a list is UTF-8";
	g = diag_add(d, DIAG_TC0101, (struct span){file, 0, 0}, "%s", what);
	diag_help(g, "save it as UTF-8 text, one entry per line");
}

size_t text_list_begin(const char *text, size_t len)
{
	return text_alien(text, len) ? len : text_bom(text, len);
}

/* An xn-- label is what it decodes to: that is what browsers show. */
static void check_a_labels(
	struct diags *d, struct span at, const char *text, size_t len)
{
	static const char ldh[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789-";
	char label[64], *shown;

	for (size_t i = 0; i < len; i++) {
		size_t n = 0;

		while (i + n < len && text[i + n] && strchr(ldh, text[i + n]))
			n++;
		if (n > 4 && n < sizeof(label) &&
			strncasecmp(text + i, "xn--", 4) == 0) {
			memcpy(label, text + i, n);
			label[n] = '\0';
			if (idn2_to_unicode_8z8z(label, &shown, 0) == IDN2_OK) {
				if (strncasecmp(shown, "xn--", 4) != 0)
					text_check_name(
						d, at, shown, strlen(shown));
				idn2_free(shown);
			}
		}
		i += n;
	}
}

void text_check_name(
	struct diags *d, struct span at, const char *text, size_t len)
{
	const char *first = NULL;
	size_t i = 0;

	/* Almost every string is ASCII; mixing takes something else. */
	while (i < len && (unsigned char)text[i] < 0x80)
		i++;
	if (i == len) {
		check_a_labels(d, at, text, len);
		return;
	}
	i = 0;
	while (i < len) {
		const char *script;
		uint32_t c;
		struct diag *g;

		i += utf8_next(text + i, len - i, &c);
		script = find(scripts, sizeof(scripts) / sizeof(*scripts), c);
		if (c < 0x80 && !script)
			first = NULL; /* a dot, a dash, a digit: a new word */
		if (!script || !first) {
			first = script ? script : first;
			continue;
		}
		if (strcmp(script, first) == 0)
			continue;
		g = diag_add(d, DIAG_TC0106, at,
			"a word that mixes %s and %s letters", first, script);
		diag_note(g,
			"letters of these scripts look alike, so this may not "
			"be the name that it appears to be");
		return;
	}
}
