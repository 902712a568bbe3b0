/*
 * What of the files in a bundle is for everyone (bundle.h): workers and the
 * monitor get certificates, CRLs and staples, never a private key, wherever
 * one was put.  Files are taken apart when they are read; nothing is cut out of
 * a copy, what is known to be public is made anew.
 */
#include "bundle.h"

#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_file.h"
#include "judge_pem.h"

struct text {
	uint8_t *data;
	size_t len, room;
};

static int put(struct text *x, const gnutls_datum_t *d)
{
	uint8_t *more;

	if (x->room - x->len < d->size) {
		size_t room = 2 * x->room + d->size;

		more = realloc(x->data, room);
		if (!more)
			return -1;
		x->data = more;
		x->room = room;
	}
	memcpy(x->data + x->len, d->data, d->size);
	x->len += d->size;
	return 0;
}

/* The contents of the DER element at p, when it is a sequence that fills the n
 * octets (X.690 8.1, 10.1); NULL otherwise. */
static const uint8_t *sequence(const uint8_t *p, size_t n)
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

/* A sequence that begins with a sequence: a certificate, a CRL.  Private keys
 * begin with their version. */
static int is_signed(const gnutls_datum_t *der)
{
	const uint8_t *p = sequence(der->data, der->size);

	return p && *p == 0x30;
}

/* A sequence that begins with an enumerated: an OCSPResponse (RFC 6960 4.2.1). */
static int is_staple(const uint8_t *data, size_t len)
{
	const uint8_t *p = sequence(data, len);

	return p && *p == 0x0a;
}

/* Lengths of two octets that fill what they are of (RFC 6962 3.3). */
static int is_scts(const uint8_t *p, size_t n)
{
	size_t len;

	if (n < 4 || (size_t)(p[0] << 8 | p[1]) != n - 2)
		return 0;
	for (p += 2, n -= 2; n > 2; p += len, n -= len) {
		len = 2 + (size_t)(p[0] << 8 | p[1]);
		if (len > n)
			return 0;
	}
	return n == 0;
}

/* Decoded and encoded again: what GnuTLS would have read, and no octet of the
 * file beside it. */
static int put_block(struct text *x, const struct judge_pem *b,
	const char *label, const char **why)
{
	gnutls_datum_t pem = {(uint8_t *)(uintptr_t)b->block,
		(unsigned)b->len};
	gnutls_datum_t der = {NULL, 0}, again = {NULL, 0};
	int r;

	*why = "it has no end of its own";
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

static int put_blocks(struct text *x, const uint8_t *data, size_t len,
	struct judge_pem *b, const char **why)
{
	while (judge_pem_next(&data, &len, b)) {
		int r = 0;

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

int bundle_public_part(unsigned roles, const char *path, const uint8_t *data,
	size_t len, uint8_t **out, size_t *out_len, char *err, size_t n)
{
	const gnutls_datum_t whole = {(uint8_t *)(uintptr_t)data,
		(unsigned)len};
	struct text x = {NULL, 0, 0};
	struct judge_pem b;
	const char *why = "out of memory";
	int r = 0;

	b.block = data;
	if (roles & BUNDLE_ROLE_PEM)
		r = put_blocks(&x, data, len, &b, &why);
	else if (((roles & BUNDLE_ROLE_STAPLE) && is_staple(data, len)) ||
		((roles & BUNDLE_ROLE_SCTS) && is_scts(data, len)))
		r = put(&x, &whole);
	if (r < 0) {
		snprintf(err, n, "TC0405: %s: the PEM block of line %u: %s",
			path, line_of(data, b.block), why);
		free(x.data);
		return -1;
	}
	*out = x.data;
	*out_len = x.len;
	return 0;
}

int bundle_seal_public(struct bundle_files *f, char *err, size_t n)
{
	static const char key[] = "PRIVATE KEY";
	struct bundle_files public = {0};
	size_t i;
	int fd = -1;

	for (i = 0; i < f->count; i++) {
		const struct bundle_file *x = &f->file[i];

		if (x->secret)
			continue;
		/* The last word, whatever was done before. */
		if (memmem(x->data, x->len, key, strlen(key))) {
			snprintf(err, n, "TC0404: %s: there is a private key "
				"left in it that workers would see", x->path);
			goto out;
		}
		bundle_add(&public, x->path, x->data, x->len);
	}
	fd = bundle_seal(&public, err, n);
out:
	bundle_files_free(&public);
	return fd;
}
