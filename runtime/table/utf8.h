/*
 * UTF-8 by octets, and which characters a reader would not see: for everything
 * that prints foreign text (logline.c, tlsctl, the compiler's terminal.h).
 */
#ifndef RUNTIME_UTF8_H
#define RUNTIME_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define UTF8_BAD 0xffffffffu

/* Is cp in one of the n ranges, which ascend and do not meet? */
struct utf8_range {
	uint32_t first, last;
};
int utf8_in_ranges(const struct utf8_range *v, size_t n, uint32_t cp);

/* One code point of s[0..n), n > 0.  Returns the octets taken; *cp is UTF8_BAD
 * (and 1 octet is taken) for what is not well-formed UTF-8 (RFC 3629). */
unsigned utf8_next(const char *s, size_t n, uint32_t *cp);
/* Control, bidi control, zero-width or otherwise invisible: never printed raw
 * (CVE-2021-42574). */
int utf8_hidden(uint32_t cp);
/* A copy that is UTF-8, as JSON wants it: an octet that is not becomes the code
 * point of its number.  Cut when it does not fit. */
void utf8_valid(char *to, size_t room, const char *v);
/* How JSON escapes one: \u202e, a surrogate pair above U+FFFF (RFC 8259 7);
 * what is not UTF-8 as the code point of its number.  Returns its length. */
#define UTF8_JSON_MAX 12
unsigned utf8_json(
	char buf[UTF8_JSON_MAX + 1], uint32_t cp, unsigned char octet);

#endif
