/*
 * A file that a policy names as a chain, and what of it workers get: whole
 * certificates and CRLs in PEM and nothing else; what came out goes through
 * unchanged a second time; GnuTLS finds no private key in it.  The first octet
 * chooses the role.
 */
/* LINK: runtime/common/bundle.c runtime/common/bundle_make.c runtime/common/bundle_public.c runtime/judge/public.c runtime/judge/pem.c */
/* LIBS: -lgnutls */
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/common/bundle.h"
#include "runtime/common/bundle_file.h"
#include "runtime/judge/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(truth) must_at(truth, #truth)
static void must_at(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* Nothing but blocks, one behind the other. */
static void check_blocks(const uint8_t *p, size_t n)
{
	struct judge_pem b;
	const uint8_t *at = p;

	while (judge_pem_next(&p, &n, &b)) {
		must(b.whole &&
			(judge_pem_is(&b, "CERTIFICATE") ||
				judge_pem_is(&b, "X509 CRL")));
		must(b.block == at);
		at += b.len;
		must(*at++ == '\n');
	}
	must(n == 0 || at == p + n);
}

static void check_no_key(const uint8_t *p, size_t n)
{
	gnutls_datum_t d = {(uint8_t *)(uintptr_t)p, (unsigned)n};
	gnutls_privkey_t key;

	must(!judge_pem_has_private(p, n));
	must(!n || !memmem(p, n, "PRIVATE KEY", 11));
	must(gnutls_privkey_init(&key) == 0);
	must(gnutls_privkey_import_x509_raw(
		     key, &d, GNUTLS_X509_FMT_PEM, NULL, 0) < 0);
	gnutls_privkey_deinit(key);
}

/* What GnuTLS reads of the public part it has read of the file, in that order;
 * it takes labels that only begin like ours, too. */
static void check_same(
	const uint8_t *data, size_t size, const uint8_t *out, size_t len)
{
	gnutls_datum_t a = {(uint8_t *)(uintptr_t)data, (unsigned)size};
	gnutls_datum_t b = {(uint8_t *)(uintptr_t)out, (unsigned)len};
	gnutls_x509_crt_t *x = NULL, *y = NULL;
	unsigned n = 0, m = 0, i, k = 0;

	if (memmem(data, size, "X509 CERT", 9) ||
		gnutls_x509_crt_list_import2(
			&x, &n, &a, GNUTLS_X509_FMT_PEM, 0) < 0)
		return;
	if (gnutls_x509_crt_list_import2(&y, &m, &b, GNUTLS_X509_FMT_PEM, 0) <
		0)
		m = 0;
	for (i = 0; i < m; i++) {
		while (k < n && !gnutls_x509_crt_equals(x[k], y[i]))
			k++;
		must(k++ < n);
		gnutls_x509_crt_deinit(y[i]);
	}
	for (i = 0; i < n; i++)
		gnutls_x509_crt_deinit(x[i]);
	gnutls_free(x);
	gnutls_free(y);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *out, *again;
	size_t len, n;
	char err[300];

	if (size < 1)
		return 0;
	if (bundle_public_part(data[0] & 15, "file", data + 1, size - 1, &out,
		    &len, err, sizeof(err)) < 0) {
		must(!strncmp(
			     err, "TC0423: file: the PEM block at line ", 36) ||
			!strncmp(err, "TC0423: file: it is ", 20));
		return 0;
	}
	if (data[0] & BUNDLE_ROLE_PEM) {
		check_blocks(out, len);
		check_no_key(out, len);
		check_same(data + 1, size - 1, out, len);
	}
	must(len <= 4 * size + 200);
	must(bundle_public_part(data[0] & 15, "file", out, len, &again, &n, err,
		     sizeof(err)) == 0);
	must(n == len && (!n || !memcmp(out, again, n)));
	free(out);
	free(again);
	return 0;
}
