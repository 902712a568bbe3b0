/*
 * UTF-8 as terminals show it, without the locale: output must not depend on
 * anything but the input.
 */
#ifndef COMPILER_TERMINAL_H
#define COMPILER_TERMINAL_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/table/utf8.h"

struct arena;

/* Columns on a terminal: 0, 1 or 2. */
unsigned terminal_width(uint32_t cp);
/* Code points in s[0..n). */
size_t terminal_length(const char *s, size_t n);
/* A printable copy: hidden ones as <U+202E>, stray octets as <FF>. */
const char *terminal_shown(struct arena *a, const char *s, size_t n);
/* How a hidden or bad one is written; buf of at least 12.  Returns its
 * length. */
unsigned terminal_escape(char *buf, uint32_t cp, unsigned char octet);

#endif
