/*
 * Any octets as the beginning of a stream: no crash, no overread, and the
 * same answer whether they come at once or in pieces.
 */
/* LINK: runtime/table/hello.c runtime/table/hello_ext.c runtime/table/hello_judge.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/table/hello.h"

enum { LIMIT = 16384 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum hello_status in_pieces(struct hello *h, const uint8_t *data,
	size_t size, size_t step, uint8_t *scratch)
{
	enum hello_status st = HELLO_MORE;

	for (size_t have = 0; have < size && st == HELLO_MORE;) {
		uint8_t *copy;

		have = have + step < size ? have + step : size;
		copy = malloc(have);
		memcpy(copy, data, have);
		st = hello_parse(h, copy, have, LIMIT, scratch);
		free(copy);
	}
	return st;
}

/* It points into octets that are still there. */
static void judge(const struct hello *h)
{
	(void)hello_judge(h, 0x0304);
	(void)hello_judge(h, 0x0303);
	(void)hello_server_limit(h->extensions, h->extensions_len, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *scratch = malloc(LIMIT);
	struct hello whole = {0}, pieces = {0};
	struct server_hello answer = {0};
	enum hello_status a, b;

	if (size == 0 || size > 40000) {
		free(scratch);
		return 0;
	}
	a = hello_parse(&whole, data, size, LIMIT, scratch);
	b = in_pieces(&pieces, data, size, 1 + data[size - 1] % 64, scratch);
	if (a != b || whole.fault != pieces.fault ||
		strcmp(whole.sni, pieces.sni) != 0 ||
		whole.max_version != pieces.max_version)
		abort();
	if (a == HELLO_BAD)
		(void)hello_fault_text(whole.fault);
	if (a == HELLO_OK)
		judge(&whole);
	(void)hello_may_follow(
		data, size / 2, data + size / 2, size - size / 2);
	hello_parse_server(&answer, data, size, LIMIT, scratch);
	free(scratch);
	return 0;
}
