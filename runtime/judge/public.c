/*
 * The public part of a file (public.h).
 */
#include "public.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pem.h"

struct public_text {
	uint8_t *data;
	size_t len, space;
};

static int put(struct public_text *x, const gnutls_datum_t *d)
{
	uint8_t *more;

	if (x->space - x->len < d->size) {
		size_t space = 2 * x->space + d->size;

		more = realloc(x->data, space);
		if (!more)
			return -1;
		x->data = more;
		x->space = space;
	}
	memcpy(x->data + x->len, d->data, d->size);
	x->len += d->size;
	return 0;
}

const uint8_t *judge_sequence(const uint8_t *p, size_t n)
{
	size_t len, octets, i;

	if (n < 2 || p[0] != 0x30)
		return NULL;
	len = p[1];
	p += 2;
	n -= 2;
	if (len & 0x80) {
		octets = len & 0x7f;
		if (octets == 0 || octets > 4 || octets > n)
			return NULL;
		for (len = 0, i = 0; i < octets; i++)
			len = len << 8 | p[i];
		p += octets;
		n -= octets;
	}
	return len == n && n > 0 ? p : NULL;
}

/* A sequence that begins with a sequence: a certificate or a CRL.  Private keys
 * begin with a version. */
static int is_signed(const gnutls_datum_t *der)
{
	const uint8_t *p = judge_sequence(der->data, der->size);

	return p && *p == 0x30;
}

/* Decoded and encoded again: exactly what GnuTLS would read, and no other octet
 * of the file. */
static int put_block(struct public_text *x, const struct judge_pem *b,
	const char *label, const char **why)
{
	gnutls_datum_t pem = {(uint8_t *)(uintptr_t)b->block, (unsigned)b->len};
	gnutls_datum_t der = {NULL, 0}, again = {NULL, 0};
	int r;

	*why = "it has no END line";
	if (!b->whole)
		return -1;
	r = gnutls_pem_base64_decode2(NULL, &pem, &der);
	*why = "it is damaged";
	if (r >= 0 && !is_signed(&der))
		r = GNUTLS_E_ASN1_TAG_ERROR;
	if (r >= 0)
		r = gnutls_pem_base64_encode2(label, &der, &again);
	if (r >= 0 && put(x, &again) < 0)
		*why = "out of memory", r = -1;
	if (der.data)
		gnutls_memset(der.data, 0, der.size);
	gnutls_free(der.data);
	gnutls_free(again.data);
	return r < 0 ? -1 : 0;
}

static int put_blocks(struct public_text *x, const uint8_t *data, size_t len,
	struct judge_pem *b, const char **why)
{
	while (judge_pem_next(&data, &len, b)) {
		int r = 0;

		*why = "it is a TRUSTED CERTIFICATE, a format of OpenSSL's own "
		       "(convert it with openssl x509)";
		if (judge_pem_is(b, "TRUSTED CERTIFICATE"))
			return -1;
		if (judge_pem_is(b, "CERTIFICATE") ||
			judge_pem_is(b, "X509 CERTIFICATE"))
			r = put_block(x, b, "CERTIFICATE", why);
		else if (judge_pem_is(b, "X509 CRL"))
			r = put_block(x, b, "X509 CRL", why);
		if (r < 0)
			return -1;
	}
	return 0;
}

static unsigned line_of(const uint8_t *data, const uint8_t *at)
{
	unsigned line = 1;

	while (data < at)
		line += *data++ == '\n';
	return line;
}

/* What a file without PEM is; NULL: unknown. */
static const char *other_kind(const uint8_t *p, size_t n)
{
	if (judge_sequence(p, n))
		return "it is DER and must be PEM (convert it with openssl ... "
		       "-inform DER)";
	if (n > 1 &&
		((p[0] == 0xff && p[1] == 0xfe) ||
			(p[0] == 0xfe && p[1] == 0xff)))
		return "it is UTF-16 and must be ASCII";
	if (n && memmem(p, n, "-----BEGIN PKCS7", 16))
		return "it is PKCS #7 and must be PEM certificates (convert it "
		       "with openssl pkcs7 -print_certs)";
	return NULL;
}

int judge_public(const uint8_t *data, size_t len, gnutls_datum_t *out,
	char *err, size_t n)
{
	const char *why = NULL, *kind;
	struct public_text x = {NULL, 0, 0};
	struct judge_pem b;

	if (put_blocks(&x, data, len, &b, &why) < 0) {
		snprintf(err, n, "the PEM block at line %u: %s",
			line_of(data, b.block), why);
		free(x.data);
		return -1;
	}
	kind = x.len ? NULL : other_kind(data, len);
	if (kind) {
		snprintf(err, n, "%s", kind);
		return -1;
	}
	out->data = x.data;
	out->size = (unsigned)x.len;
	return 0;
}
