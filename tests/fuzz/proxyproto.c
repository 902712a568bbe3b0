/* Any octets as a PROXY header: no overread; what is accepted in pieces is
 * what is accepted whole. */
/* LINK: runtime/proxyproto.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../runtime/proxyproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header whole, part;
	enum proxy_status st = proxy_parse(data, size, &whole);

	if (st == PROXY_OK && whole.len > size)
		abort();
	for (size_t n = 0; n < size && n < 600; n++) {
		enum proxy_status p = proxy_parse(data, n, &part);

		if (p == PROXY_OK && (st != PROXY_OK || part.len != whole.len))
			abort();
		if (p == PROXY_BAD && st != PROXY_BAD)
			abort();
	}
	return 0;
}
