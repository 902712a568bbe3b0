/*
 * The table of octets.h, by ranges: each row is written from the ABNF.
 */
#include "runtime/http/octets.h"

enum {
	TVQ = OCTET_TOKEN | OCTET_VALUE | OCTET_QUERY,
	VQ = OCTET_VALUE | OCTET_QUERY,
	VPQ = VQ | OCTET_PATH,
	TVPQ = TVQ | OCTET_PATH,
	/* unreserved: ALPHA, DIGIT, `-`, `.`, `_`, `~` */
	MARK = TVPQ | OCTET_UNRESERVED,
	NAME = MARK | OCTET_HOST,
	DIGIT = NAME | OCTET_HEX,
	UPPER = NAME | OCTET_UPPER,
};

const uint8_t http_octets[256] = {
	['\t'] = OCTET_VALUE,
	[' '] = OCTET_VALUE,
	['!'] = TVPQ,
	['"'] = OCTET_VALUE,
	['#'] = OCTET_TOKEN | OCTET_VALUE,
	['$'] = TVPQ,
	['%'] = TVPQ,
	['&'] = TVPQ,
	['\''] = TVPQ,
	['('] = VPQ,
	[')'] = VPQ,
	['*'] = TVPQ,
	['+'] = TVPQ,
	[','] = VPQ,
	['-'] = NAME,
	['.'] = NAME,
	['/'] = VPQ,
	['0' ... '9'] = DIGIT,
	[':'] = VPQ,
	[';'] = VPQ,
	['<'] = OCTET_VALUE,
	['='] = VPQ,
	['>'] = OCTET_VALUE,
	['?'] = VQ,
	['@'] = VPQ,
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
