/*
 * UTF-8 as terminals show it, without the locale: output must not depend on
 * anything but the input.
 */
#ifndef COMPILER_UTF8_H
#define COMPILER_UTF8_H

#include <stddef.h>
#include <stdint.h>

struct arena;

#define UTF8_BAD 0xffffffffu

/* One code point of s[0..n), n > 0.  Returns the octets taken; *cp is UTF8_BAD
 * (and 1 octet is taken) for what is no well-formed UTF-8 (RFC 3629). */
unsigned utf8_next(const char *s, size_t n, uint32_t *cp);
/* Columns on a terminal: 0, 1 or 2. */
unsigned utf8_width(uint32_t cp);
/* Control, bidi control, zero-width or otherwise invisible: never printed raw
 * (CVE-2021-42574). */
int utf8_hidden(uint32_t cp);
/* Code points in s[0..n). */
size_t utf8_length(const char *s, size_t n);
/* A printable copy: hidden ones as <U+202E>, stray octets as <FF>. */
const char *utf8_shown(struct arena *a, const char *s, size_t n);
/* How a hidden or bad one is written; buf of at least 12.  Returns its
 * length. */
unsigned utf8_escape(char *buf, uint32_t cp, unsigned char octet);

#endif
