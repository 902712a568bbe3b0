/*
 * What a responder sends, and the URL a certificate names: any octets, in any
 * pieces, give a body inside of them or a refusal.
 */
/* LINK: runtime/ocsp.c */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "../../runtime/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static gnutls_x509_crt_t leaf; /* an empty one */
	const char *p = (const char *)data, *why = NULL;
	const uint8_t *body = NULL;
	struct ocsp_facts f;
	struct ocsp_url u;
	size_t n, len = 0;
	int r;

	for (n = 0; n < size && n < 4096; n += 1 + n / 16)
		if (ocsp_body(p, n, 0, &body, &len, &why) < 0 && !why)
			abort();
	r = ocsp_body(p, size, 1, &body, &len, &why);
	if (r == 0 || (r == 1 && (body < data || len > size ||
				body + len > data + size)))
		abort();
	ocsp_url_parse(p, size, &u);
	if (!leaf && gnutls_x509_crt_init(&leaf) < 0)
		abort();
	ocsp_judge(data, size, leaf, leaf, 0, &f);
	return 0;
}
