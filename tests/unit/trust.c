/* What a file of CAs holds: a set of whole certificates, whatever else stands in
 * the file, and how it is held against a table. */
/* LINK: runtime/seal/trust.c runtime/judge/pem.c runtime/table/table.c runtime/table/siphash.c runtime/table/utf8.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/seal/trust.h"

/* A certificate for that common name, by its own key; PEM. */
static char *certificate(const char *cn)
{
	static const uint8_t serial[] = {1};
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	gnutls_datum_t pem;
	char *text;

	assert_true(gnutls_x509_privkey_init(&key) >= 0 &&
		gnutls_x509_crt_init(&crt) >= 0 &&
		gnutls_x509_privkey_generate(key, GNUTLS_PK_EDDSA_ED25519,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519),
			0) >= 0);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	gnutls_x509_crt_set_activation_time(crt, 0);
	gnutls_x509_crt_set_expiration_time(crt, 2000000000);
	assert_true(
		gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME,
			0, cn, (unsigned)strlen(cn)) >= 0 &&
		gnutls_x509_crt_set_key(crt, key) >= 0 &&
		gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA512, 0) >=
			0 &&
		gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &pem) >= 0);
	text = strndup((char *)pem.data, pem.size);
	gnutls_free(pem.data);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
	return text;
}

static struct seal_trusted *of(const char *text, size_t *n)
{
	struct seal_trusted *v =
		seal_trusted((const uint8_t *)text, strlen(text), n);

	assert_non_null(v);
	return v;
}

static char *a, *b;

static int setup(void **state)
{
	a = certificate("alpha");
	b = certificate("beta");
	return 0;
}

static int teardown(void **state)
{
	free(a);
	free(b);
	return 0;
}

static void a_set(void **state)
{
	struct seal_trusted *v, *w;
	char text[8192];
	size_t n, m;

	snprintf(text, sizeof(text), "%s%s", a, b);
	v = of(text, &n);
	snprintf(text, sizeof(text), "a note\n%s-- %s\n%s", b, a, b);
	w = of(text, &m);
	assert_int_equal(n, 2);
	assert_int_equal(m, 2);
	assert_memory_equal(v[0].sha256, w[0].sha256, 32);
	assert_memory_equal(v[1].sha256, w[1].sha256, 32);
	assert_true(memcmp(v[0].sha256, v[1].sha256, 32) < 0);
	free(v);
	free(w);
	v = of("", &n);
	assert_int_equal(n, 0);
	free(v);
}

/* The fingerprint that openssl x509 -fingerprint -sha256 tells. */
static void a_fingerprint(void **state)
{
	gnutls_datum_t der, pem = {(unsigned char *)a, (unsigned)strlen(a)};
	uint8_t want[32];
	size_t n;
	struct seal_trusted *v = of(a, &n);

	gnutls_pem_base64_decode2("CERTIFICATE", &pem, &der);
	gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, want);
	assert_memory_equal(v->sha256, want, 32);
	assert_string_equal(v->subject, "CN=alpha");
	gnutls_free(der.data);
	free(v);
}

static void hostile_subjects(void **state)
{
	char name[400];
	char *pem = certificate("x\x1b[2J\xe2\x80\xae\ny");
	struct seal_trusted *v;
	size_t n;

	v = of(pem, &n);
	for (const char *p = v->subject; *p; p++)
		assert_true((unsigned char)*p >= ' ' && *p != 0x7f);
	assert_null(strstr(v->subject, "\xe2\x80\xae"));
	free(v);
	free(pem);

	memset(name, 0, sizeof(name));
	memset(name, 'n', 60);
	pem = certificate(name);
	v = of(pem, &n);
	assert_true(strlen(v->subject) <= TBL_SUBJECT_MAX);
	free(v);
	free(pem);

	/* No certificate at all is still other contents. */
	v = of("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		&n);
	assert_int_equal(n, 1);
	assert_string_equal(v->subject, "?");
	free(v);
}

/* ---- against a table ---- */

static const char strings[] = "\0ca.pem\0CN=alpha\0live.pem";
enum { CA = 1, ALPHA = 8, LIVE = 17 };

static struct table table_of(struct tbl_trust *rows, uint32_t n)
{
	return (struct table){.str = strings,
		.str_size = sizeof(strings),
		.trust = rows,
		.trust_count = n};
}

static int fits(const struct table *t, const char *path, const char *text,
	char err[300])
{
	err[0] = '\0';
	return seal_trust_fits(
		t, path, (const uint8_t *)text, strlen(text), err, 300);
}

static void against_a_table(void **state)
{
	struct tbl_trust rows[2] = {{.file_str = CA,
					    .kind = TBL_TRUST_CERTIFICATE,
					    .subject_str = ALPHA},
		{.file_str = LIVE, .kind = TBL_TRUST_LIVE}};
	struct table t = table_of(rows, 2);
	char err[300], both[8192];
	size_t n;
	struct seal_trusted *v = of(a, &n);

	memcpy(rows[0].sha256, v->sha256, 32);
	free(v);
	snprintf(both, sizeof(both), "%s%s", b, a);
	assert_int_equal(fits(&t, "ca.pem", a, err), 0);
	assert_int_equal(fits(&t, "live.pem", b, err), 0);
	assert_int_equal(fits(&t, "other.pem", b, err), 0);
	assert_int_equal(fits(&t, "ca.pem", both, err), -1);
	assert_non_null(strstr(err, ": + CN=beta (sha256 "));
	assert_null(strstr(err, "- CN="));
	assert_int_equal(fits(&t, "ca.pem", b, err), -1);
	assert_non_null(strstr(err, "+ CN=beta (sha256 "));
	assert_non_null(strstr(err, "- CN=alpha (sha256 "));
	assert_int_equal(fits(&t, "ca.pem", "", err), -1);
	assert_non_null(strstr(err, ": - CN=alpha (sha256 "));
}

static void unbound(void **state)
{
	struct tbl_trust rows[1] = {{.file_str = LIVE, .kind = TBL_TRUST_LIVE}};
	struct tbl_backend backends[2] = {{.ca_str = LIVE}, {.ca_str = 0}};
	struct tbl_action action = {.client_ca_str = CA};
	struct table t = table_of(rows, 1);

	t.backend = backends;
	t.backend_count = 2;
	assert_null(seal_trust_unbound(&t));
	t.action = &action;
	t.action_count = 1;
	assert_string_equal(seal_trust_unbound(&t), "ca.pem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_set),
		cmocka_unit_test(a_fingerprint),
		cmocka_unit_test(hostile_subjects),
		cmocka_unit_test(against_a_table), cmocka_unit_test(unbound)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
