/*
 * What a responder sends, and the URL a certificate names: any octets, in any
 * pieces, give a body inside of them or a refusal.
 */
/* LINK: runtime/tls/ocsp.c */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "runtime/tls/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The seeds hold responses about this one.  Its issuer's signature is not
 * asked for: no input would get past it. */
static const char leaf_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBBTCBrQICEJIwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCY2EwIBcNMjYxMTI0\n"
	"MTAyMzIxWhgPMjEyNjEwMzExMDIzMjFaMA8xDTALBgNVBAMMBGxlYWYwWTATBgcq\n"
	"hkjOPQIBBggqhkjOPQMBBwNCAARhnTXEuKamOFjDcu9g3asdRYt0pBOjVF35VbkV\n"
	"4UXMt6V0iQtiRa2S3tyzRnbL7w2DF6QKoDdQ0BQlBoQ2BK/bMAoGCCqGSM49BAMC\n"
	"A0cAMEQCIHJyeIdiQ7sdpYPHGkv4tS3LwSj2r1lbVQK/vAKMxLeBAiAQuX4+cUOP\n"
	"4FFn29t3v+/joHGBUNB4L7z4rRP8TzMs1g==\n"
	"-----END CERTIFICATE-----\n";

enum { NOW = 1800000000 };

static gnutls_x509_crt_t leaf_of(void)
{
	static gnutls_x509_crt_t leaf;
	gnutls_datum_t pem = {
		(unsigned char *)(uintptr_t)leaf_pem, sizeof(leaf_pem) - 1};

	if (!leaf &&
		(gnutls_x509_crt_init(&leaf) < 0 ||
			gnutls_x509_crt_import(
				leaf, &pem, GNUTLS_X509_FMT_PEM) < 0))
		abort();
	return leaf;
}

static void judge(const uint8_t *data, size_t size)
{
	struct ocsp_facts f = {0, 0};
	const char *wrong = ocsp_judge(data, size, leaf_of(), NULL, NOW, &f);
	double wait;

	if (!wrong) {
		wait = ocsp_refresh(&f, NOW);
		if (f.until <= NOW || !(wait > 0) || wait > 1e6)
			abort();
	} else if (!*wrong) {
		abort();
	}
	/* Nobody else's signature is taken for the issuer's. */
	if (!ocsp_judge(data, size, leaf_of(), leaf_of(), NOW, &f))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *why = NULL;
	const uint8_t *body = NULL;
	struct ocsp_url u;
	size_t n, len = 0;
	int r;

	for (n = 0; n < size && n < 4096; n += 1 + n / 16)
		if (ocsp_body(p, n, 0, &body, &len, &why) < 0 && !why)
			abort();
	r = ocsp_body(p, size, 1, &body, &len, &why);
	if (r == 0 ||
		(r == 1 &&
			(body < data || len > size ||
				body + len > data + size)))
		abort();
	ocsp_url_parse(p, size, &u);
	judge(data, size);
	return 0;
}
