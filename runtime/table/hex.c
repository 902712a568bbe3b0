/* Hexadecimal digits (hex.h). */
#include "hex.h"

static const char digits[] = "0123456789abcdef";

const char *hex_text(char *out, const uint8_t *p, size_t n)
{
	char *to = out;

	for (; n; n--, p++) {
		*to++ = digits[*p >> 4];
		*to++ = digits[*p & 15];
	}
	*to = '\0';
	return out;
}

int hex_value(char digit)
{
	char lower = digit | 0x20;

	return digit >= '0' && digit <= '9'    ? digit - '0'
		: lower >= 'a' && lower <= 'f' ? lower - 'a' + 10
					       : -1;
}
