/* Octets as hexadecimal digits, in lower case, and back. */
#ifndef RUNTIME_HEX_H
#define RUNTIME_HEX_H

#include <stddef.h>
#include <stdint.h>

#define HEX_SHA256 65 /* what hex_text needs for a SHA-256 */

/* out has room for 2 n + 1 characters.  Returns out. */
const char *hex_text(char *out, const uint8_t *p, size_t n);
/* The value of a digit in either case, or -1. */
int hex_value(char digit);

#endif
