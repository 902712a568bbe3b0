/*
 * JSON strings for writers that stream.  The text may be any octets: invalid
 * UTF-8 becomes U+FFFD, invisible characters become escapes (RFC 8259).
 */
#ifndef COMPILER_JSON_OUT_H
#define COMPILER_JSON_OUT_H

#include <stdio.h>

/* "text", quoted; null for NULL. */
void json_put(FILE *f, const char *text);
/* The same without quotes, to build one string of several. */
void json_put_raw(FILE *f, const char *text);

#endif
