/*
 * A captured ClientHello for `tlsc match --hello`: any octets as a file, as
 * raw bytes, pcap or pcapng, give a stream inside of bounds or a reason.
 */
/* LINK: compiler/ask/capture.c compiler/base/arena.c */
/* LIBS: -lpcap */
#include <stdlib.h>
#include <string.h>

#include "compiler/ask/capture.h"
#include "compiler/base/arena.h"
#include "grammar/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct capture c;
	const char *err = NULL;
	uint8_t *copy;

	memset(&c, 0, sizeof(c));
	if (capture_read(a, data, size, &c, &err) == 0) {
		if (c.len > size ||
			(c.family && c.family != TBL_V4 && c.family != TBL_V6))
			abort();
		copy = malloc(c.len + 1); /* every octet is there to be read */
		memcpy(copy, c.stream, c.len);
		free(copy);
	} else if (!err || !*err) {
		abort();
	}
	arena_free(&a);
	return 0;
}
