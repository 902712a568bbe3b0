/*
 * UTF-8 decoding and the table of what is invisible (utf8.h).
 */
#include "utf8.h"

#include <stdio.h>
#include <string.h>

/* Invisible: controls, bidi, zero-width, tags, line separators. */
static const struct utf8_range hidden[] = {
	{0x0000, 0x001f},
	{0x007f, 0x009f},
	{0x00ad, 0x00ad},
	{0x034f, 0x034f},
	{0x061c, 0x061c},
	{0x115f, 0x1160},
	{0x17b4, 0x17b5},
	{0x180b, 0x180f},
	{0x200b, 0x200f},
	{0x2028, 0x202e},
	{0x2060, 0x206f},
	{0x3164, 0x3164},
	{0xfeff, 0xfeff},
	{0xffa0, 0xffa0},
	{0xfff0, 0xfffb},
	{0xe0000, 0xe0fff},
	{0x10ffff, 0x10ffff},
};

int utf8_in_ranges(const struct utf8_range *v, size_t n, uint32_t cp)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (cp < v[mid].first)
			hi = mid;
		else if (cp > v[mid].last)
			lo = mid + 1;
		else
			return 1;
	}
	return 0;
}

/* Length by the first octet, and the smallest code point of that length. */
static unsigned lead(unsigned char c, uint32_t *bits, uint32_t *least)
{
	if (c < 0x80)
		return *bits = c, *least = 0, 1;
	if (c >= 0xc2 && c < 0xe0)
		return *bits = c & 0x1f, *least = 0x80, 2;
	if (c >= 0xe0 && c < 0xf0)
		return *bits = c & 0x0f, *least = 0x800, 3;
	if (c >= 0xf0 && c < 0xf5)
		return *bits = c & 0x07, *least = 0x10000, 4;
	return 0;
}

unsigned utf8_next(const char *s, size_t n, uint32_t *cp)
{
	uint32_t bits = 0, least = 0;
	unsigned len = lead((unsigned char)s[0], &bits, &least);

	*cp = UTF8_BAD;
	if (!len || len > n)
		return 1;
	for (unsigned i = 1; i < len; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 1;
		bits = bits << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (bits < least || bits > 0x10ffff ||
		(bits >= 0xd800 && bits < 0xe000))
		return 1;
	*cp = bits;
	return len;
}

int utf8_hidden(uint32_t cp)
{
	return utf8_in_ranges(hidden, sizeof(hidden) / sizeof(hidden[0]), cp);
}

unsigned utf8_json(
	char buf[UTF8_JSON_MAX + 1], uint32_t cp, unsigned char octet)
{
	if (cp == UTF8_BAD)
		cp = octet;
	if (cp < 0x10000)
		return (unsigned)snprintf(
			buf, UTF8_JSON_MAX + 1, "\\u%04x", (unsigned)cp);
	return (unsigned)snprintf(buf, UTF8_JSON_MAX + 1, "\\u%04x\\u%04x",
		(unsigned)(0xd800 + ((cp - 0x10000) >> 10)),
		(unsigned)(0xdc00 + ((cp - 0x10000) & 0x3ff)));
}

void utf8_valid(char *to, size_t room, const char *v)
{
	size_t left = strlen(v), n, need;
	uint32_t cp;

	for (; left; v += n, left -= n, to += need, room -= need) {
		n = utf8_next(v, left, &cp);
		need = cp == UTF8_BAD ? 2 : n;
		if (need >= room)
			break;
		memcpy(to, v, n);
		if (cp == UTF8_BAD) {
			to[0] = (char)(0xc0 | (unsigned char)*v >> 6);
			to[1] = (char)(0x80 | (*v & 0x3f));
		}
	}
	*to = 0;
}
