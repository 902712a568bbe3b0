/* Any octets as a PROXY header: no overread; what is accepted in pieces is
 * what is accepted whole.  And any names in a header of ours: it fits its
 * room or is none, and says the same addresses when it is read. */
/* LINK: runtime/common/proxyproto.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/table.h"
#include "runtime/common/proxyproto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_written(
	const uint8_t *out, size_t n, const struct proxy_facts *f)
{
	struct proxy_header h;

	if (n == 0)
		return;
	if (proxyproto_parse(out, n, &h) != PROXY_OK || h.len != n ||
		h.family != f->family)
		abort();
	if (f->family &&
		(h.source_port != f->source_port ||
			memcmp(h.source, f->source,
				f->family == TBL_V4 ? 4 : 16)))
		abort();
}

static void write_one(const uint8_t *data, size_t size)
{
	static const uint8_t families[] = {0, TBL_V4, TBL_V6};
	size_t room = 1 + data[1] * 8u, n = size - 35;
	const char *text = (const char *)data + 35;
	uint8_t source[16], dest[16];
	char cn[64] = "";
	struct proxy_facts f = {.family = families[data[0] % 3],
		.source = source,
		.dest = dest,
		.source_port = (uint16_t)(data[2] << 4 | 1),
		.dest_port = 443,
		.authority = text,
		.authority_len = n < 255 ? n : 255,
		.alpn = text,
		.alpn_len = n / 2 < 255 ? n / 2 : 255,
		.client_cert = data[0] >> 5 & 1,
		.client_cn = cn};
	uint8_t *out = malloc(room);

	memcpy(source, data + 3, 16);
	memcpy(dest, data + 19, 16);
	source[0] = dest[0] = 0x20; /* no mapped ones: they are read as v4 */
	memcpy(cn, text, n < sizeof(cn) - 1 ? n : sizeof(cn) - 1);
	if (data[0] & 0x40) {
		f.tls_version = "TLSv1.3";
		f.cipher = "TLS_AES_128_GCM_SHA256";
	}
	check_written(out, proxyproto_write_v2(out, room, &f), &f);
	check_written(out, proxyproto_write_v1(out, room, &f), &f);
	free(out);
	out = malloc(PROXY_OUT_MAX);
	n = proxyproto_write_v2(out, PROXY_OUT_MAX, &f);
	if (n == 0)
		abort();
	check_written(out, n, &f);
	free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header whole, part;
	enum proxy_status st = proxyproto_parse(data, size, &whole);

	if (st == PROXY_OK && whole.len > size)
		abort();
	for (size_t n = 0; n < size && n < 600; n++) {
		enum proxy_status p = proxyproto_parse(data, n, &part);

		if (p == PROXY_OK && (st != PROXY_OK || part.len != whole.len))
			abort();
		if (p == PROXY_BAD && st != PROXY_BAD)
			abort();
	}
	proxyproto_begins(data, size);
	if (size >= 35)
		write_one(data, size);
	return 0;
}
