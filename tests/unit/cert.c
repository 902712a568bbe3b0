/* LINK: runtime/table/hex.c compiler/check/cert.c compiler/check/cert_facts.c runtime/judge/cert.c runtime/judge/public.c runtime/judge/pem.c compiler/check/cert_file.c compiler/base/arena.c compiler/base/name.c */
/* LIBS: -lgnutls -lidn2 */
/*
 * Certificates from files, made here with GnuTLS in a directory of its own:
 * key states, order of the chain, names and usage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "compiler/base/arena.h"
#include "compiler/check/cert.h"

static char dir[64];
static struct arena *a;

static const char *path(const char *name)
{
	return arena_printf(a, "%s/%s", dir, name);
}

static void put(const char *name, const void *data, size_t n, const char *mode)
{
	FILE *f = fopen(path(name), mode);
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
	chmod(path(name), 0600);
}

static gnutls_x509_privkey_t make_key(const char *name)
{
	gnutls_x509_privkey_t k;
	gnutls_datum_t out;

	gnutls_x509_privkey_init(&k);
	assert_int_equal(
		gnutls_x509_privkey_generate(k, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0),
		0);
	gnutls_x509_privkey_export2(k, GNUTLS_X509_FMT_PEM, &out);
	put(name, out.data, out.size, "w");
	gnutls_free(out.data);
	return k;
}

static gnutls_x509_crt_t make_cert(const char *name, gnutls_x509_privkey_t k,
	const char *dns, gnutls_x509_crt_t issuer,
	gnutls_x509_privkey_t issuer_key)
{
	gnutls_x509_crt_t x;
	gnutls_datum_t out;

	gnutls_x509_crt_init(&x);
	gnutls_x509_crt_set_version(x, 3);
	gnutls_x509_crt_set_serial(x, "\1", 1);
	gnutls_x509_crt_set_activation_time(x, 1700000000);
	gnutls_x509_crt_set_expiration_time(x, 1800000000);
	gnutls_x509_crt_set_dn_by_oid(x, GNUTLS_OID_X520_COMMON_NAME, 0, name,
		(unsigned)strlen(name));
	gnutls_x509_crt_set_key(x, k);
	if (dns)
		gnutls_x509_crt_set_subject_alt_name(
			x, GNUTLS_SAN_DNSNAME, dns, (unsigned)strlen(dns), 0);
	else
		gnutls_x509_crt_set_ca_status(x, 1);
	assert_int_equal(gnutls_x509_crt_sign2(x, issuer ? issuer : x,
				 issuer_key, GNUTLS_DIG_SHA256, 0),
		0);
	gnutls_x509_crt_export2(x, GNUTLS_X509_FMT_PEM, &out);
	put(name, out.data, out.size, "w");
	gnutls_free(out.data);
	return x;
}

static void join(const char *to, const char *const *from)
{
	char buf[8192];

	for (const char *mode = "w"; *from; from++, mode = "a") {
		FILE *f = fopen(path(*from), "r");
		size_t n = fread(buf, 1, sizeof(buf), f);
		fclose(f);
		put(to, buf, n, mode);
	}
}

static int setup(void **state)
{
	const char *good[] = {"leaf.pem", "middle.pem", NULL};
	const char *disorder[] = {"leaf.pem", "root.pem", "middle.pem", NULL};
	const char *foreign[] = {"leaf.pem", "root.pem", NULL};
	const char *full[] = {"leaf.pem", "middle.pem", "root.pem", NULL};

	a = arena_new();
	snprintf(dir, sizeof(dir), "/tmp/tlsc-cert-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	gnutls_x509_privkey_t rk = make_key("root.key");
	gnutls_x509_privkey_t mk = make_key("middle.key");
	gnutls_x509_privkey_t lk = make_key("leaf.key");
	gnutls_x509_crt_t root = make_cert("root.pem", rk, NULL, NULL, rk);
	gnutls_x509_crt_t mid = make_cert("middle.pem", mk, NULL, root, rk);
	gnutls_x509_crt_t leaf =
		make_cert("leaf.pem", lk, "*.Example.com", mid, mk);
	join("good.pem", good);
	join("disorder.pem", disorder);
	join("foreign.pem", foreign);
	join("full.pem", full);
	gnutls_datum_t out;
	gnutls_x509_privkey_export2_pkcs8(lk, GNUTLS_X509_FMT_PEM, "secret",
		GNUTLS_PKCS_PBES2_AES_128, &out);
	put("locked.key", out.data, out.size, "w");
	gnutls_free(out.data);
	put("junk", "nothing in here\n", 16, "w");
	put("empty", "", 0, "w");
	gnutls_x509_crt_deinit(root);
	gnutls_x509_crt_deinit(mid);
	gnutls_x509_crt_deinit(leaf);
	gnutls_x509_privkey_deinit(rk);
	gnutls_x509_privkey_deinit(mk);
	gnutls_x509_privkey_deinit(lk);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = {"root.key", "middle.key",
		"leaf.key", "root.pem", "middle.pem", "leaf.pem", "good.pem",
		"disorder.pem", "foreign.pem", "full.pem", "locked.key", "junk",
		"empty", NULL};

	for (const char *const *p = names; *p; p++)
		unlink(path(*p));
	int rc = rmdir(dir);
	arena_free(&a);
	return rc;
}

static void a_sound_chain(void **state)
{
	struct certinfo *i = cert_read(a, path("good.pem"), path("leaf.key"));

	assert_null(i->chain_error);
	assert_int_equal(i->key_state, CERT_KEY_OK);
	assert_int_equal(i->count, 2);
	assert_int_equal(i->broken_at, 0);
	assert_false(i->ends_in_root);
	assert_false(i->ends_in_system);
	assert_int_equal(i->certs[0].key, CERT_EC);
	assert_int_equal(i->certs[0].bits, 256);
	assert_int_equal(i->certs[0].not_after, 1800000000);
	assert_string_equal(i->certs[0].hash, "SHA256");
	assert_string_equal(i->certs[0].dns[0], "*.example.com");
	assert_false(i->certs[0].is_ca);
	assert_true(i->certs[1].is_ca);
	assert_int_equal(i->key_mode & 0777, 0600);
	assert_true(cert_covers(&i->certs[0], "a.example.com", 13));
	assert_true(cert_covers(&i->certs[0], "*.example.com", 13));
	assert_false(cert_covers(&i->certs[0], "**.example.com", 14));
	assert_false(cert_covers(&i->certs[0], "example.com", 11));
}

static void chains_in_disorder(void **state)
{
	struct certinfo *i =
		cert_read(a, path("disorder.pem"), path("leaf.key"));
	assert_int_equal(i->broken_at, 1);
	assert_int_equal(i->issuer_at, 2);
	i = cert_read(a, path("foreign.pem"), path("leaf.key"));
	assert_int_equal(i->broken_at, 1);
	assert_int_equal(i->issuer_at, 0);
	i = cert_read(a, path("full.pem"), path("leaf.key"));
	assert_int_equal(i->broken_at, 0);
	assert_true(i->ends_in_root);
	i = cert_read(a, path("root.pem"), path("root.key"));
	assert_true(i->certs[0].self_signed);
}

static void keys_in_every_state(void **state)
{
	const char *chain = path("good.pem");

	assert_int_equal(cert_read(a, chain, path("root.key"))->key_state,
		CERT_KEY_MISMATCH);
	assert_int_equal(cert_read(a, chain, path("locked.key"))->key_state,
		CERT_KEY_ENCRYPTED);
	assert_int_equal(
		cert_read(a, chain, path("junk"))->key_state, CERT_KEY_BAD);
	assert_int_equal(
		cert_read(a, chain, path("empty"))->key_state, CERT_KEY_BAD);
	assert_int_equal(cert_read(a, chain, path("none"))->key_state,
		CERT_KEY_UNREADABLE);
	assert_int_equal(
		cert_read(a, chain, dir)->key_state, CERT_KEY_UNREADABLE);
	assert_int_equal(cert_read(a, chain, "pkcs11:token=nowhere;object=none")
				 ->key_state,
		CERT_KEY_NO_MODULE);
}

static void chains_that_are_none(void **state)
{
	assert_string_equal(cert_read(a, path("none"), "k")->chain_error,
		"No such file or directory");
	assert_string_equal(cert_read(a, path("junk"), "k")->chain_error,
		"it has no PEM certificate");
	assert_non_null(cert_read(a, path("empty"), "k")->chain_error);
	assert_string_equal(cert_read(a, "/dev/zero", "k")->chain_error,
		"not a regular file");
	assert_non_null(cert_read_bundle(a, path("junk"))->chain_error);
	assert_int_equal(cert_read_bundle(a, path("full.pem"))->count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_chain),
		cmocka_unit_test(chains_in_disorder),
		cmocka_unit_test(keys_in_every_state),
		cmocka_unit_test(chains_that_are_none),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
