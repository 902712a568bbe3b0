/*
 * The table of octets.h, by ranges: each row is written from the ABNF.
 */
#include "runtime/http/octets.h"

enum {
	VQ = OCTET_VALUE | OCTET_QUERY,
	TVQ = OCTET_TOKEN | VQ,
	/* sub-delims, `:` and `@`; those of them that a token may have */
	DELIM = VQ | OCTET_PATH | OCTET_PLAIN,
	TDELIM = OCTET_TOKEN | DELIM,
	/* unreserved: ALPHA, DIGIT, `-`, `.`, `_`, `~` */
	MARK = TDELIM | OCTET_UNRESERVED,
	NAME = MARK | OCTET_HOST,
	DIGIT = NAME | OCTET_HEX,
	UPPER = NAME & ~OCTET_PLAIN,
};

const uint8_t http_octets[256] = {
	['\t'] = OCTET_VALUE,
	[' '] = OCTET_VALUE,
	['!'] = TDELIM,
	['"'] = OCTET_VALUE,
	['#'] = OCTET_TOKEN | OCTET_VALUE,
	['$'] = TDELIM,
	['%'] = TVQ | OCTET_PATH,
	['&'] = TDELIM,
	['\''] = TDELIM,
	['('] = DELIM,
	[')'] = DELIM,
	['*'] = TDELIM,
	['+'] = TDELIM,
	[','] = DELIM,
	['-'] = NAME,
	['.'] = NAME,
	['/'] = VQ | OCTET_PATH,
	['0' ... '9'] = DIGIT,
	[':'] = DELIM,
	[';'] = VQ | OCTET_PATH,
	['<'] = OCTET_VALUE,
	['='] = DELIM,
	['>'] = OCTET_VALUE,
	['?'] = VQ,
	['@'] = DELIM,
	['A' ... 'F'] = UPPER | OCTET_HEX,
	['G' ... 'Z'] = UPPER,
	['['] = VQ,
	['\\'] = VQ,
	[']'] = VQ,
	['^'] = TVQ,
	['_'] = NAME,
	['`'] = TVQ,
	['a' ... 'f'] = NAME | OCTET_HEX,
	['g' ... 'z'] = NAME,
	['{'] = VQ,
	['|'] = TVQ,
	['}'] = VQ,
	['~'] = MARK,
	[0x80 ... 0xff] = OCTET_VALUE,
};
