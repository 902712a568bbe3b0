/* The bundle: what goes in comes out, a damaged one is refused, and a file
 * that cannot be read is named. */
/* LINK: runtime/common/bundle.c runtime/common/bundle_make.c runtime/common/bundle_public.c runtime/judge/public.c runtime/judge/pem.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/common/bundle.h"
#include "runtime/common/bundle_file.h"
#include "runtime/common/bundle_make.h"

/* As good as a certificate: a sequence in a sequence. */
#define CERT                                                                   \
	"-----BEGIN CERTIFICATE-----\nMAMwAQA=\n-----END CERTIFICATE-----\n"
#define CRL "-----BEGIN X509 CRL-----\nMAMwAQA=\n-----END X509 CRL-----\n"
#define KEY                                                                    \
	"-----BEGIN EC PRIVATE KEY-----\nc2VjcmV0\n-----END EC PRIVATE "       \
	"KEY-----"

static char err[256];
static char dir[64];

static int setup(void **state)
{
	strcpy(dir, "/tmp/bundle.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static const char *at(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static int teardown(void **state)
{
	unlink(at("chain.pem"));
	unlink(at("key.pem"));
	unlink(at("pipe"));
	return rmdir(dir);
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A table with one certificate; STR as given. */
static const char str[] = "\0chain.pem\0key.pem\0pkcs11:token=x\0pipe";
static struct tbl_cert cert;

static struct table one_cert(void)
{
	struct table t = {.str = str,
		.str_size = sizeof(str),
		.cert = &cert,
		.cert_count = 1};

	memset(&cert, 0, sizeof(cert));
	cert.chain_str = 1;
	cert.key_str = 11;
	return t;
}

static void expect(struct bundle *b, const char *path, const char *text)
{
	const uint8_t *data = NULL;
	size_t len = 0;

	assert_int_equal(0, bundle_get(b, path, &data, &len));
	assert_int_equal(strlen(text), len);
	assert_memory_equal(text, data, len);
}

static void test_files(void **state)
{
	struct table t = one_cert();
	const uint8_t *data;
	struct bundle *b;
	size_t len;
	int fd;

	put("chain.pem", CERT);
	put("key.pem", "octets");
	fd = bundle_make(&t, dir, err, sizeof(err));
	assert_true(fd >= 0);
	assert_int_equal(-1, ftruncate(fd, 0));
	assert_int_equal(-1, write(fd, "x", 1));
	b = bundle_map(fd, err, sizeof(err));
	assert_non_null(b);
	close(fd);
	expect(b, "chain.pem", CERT);
	assert_int_equal(-1, bundle_get(b, "key.pem", &data, &len));
	assert_int_equal(0, bundle_get_key(b, "key.pem", &data, &len));
	assert_int_equal(6, len);
	assert_memory_equal("octets", data, 6);
	assert_int_equal(-1, bundle_get_key(b, "chain.pem", &data, &len));
	assert_int_equal(-1, bundle_get(b, "chain.pe", &data, &len));
	assert_int_equal(-1, bundle_get(b, "", &data, &len));
	bundle_unmap(&b);
	assert_null(b);
}

/* The certificate's file as it is used. */
static void expect_used(struct bundle *b, uint32_t i, const char *text)
{
	const uint8_t *data = NULL;
	size_t len = 0;

	assert_int_equal(0, bundle_cert_get(b, i, "chain.pem", &data, &len));
	assert_int_equal(strlen(text), len);
	assert_memory_equal(text, data, len);
}

static struct bundle *sealed(struct bundle_files *f)
{
	int fd = bundle_seal(f, err, sizeof(err));
	struct bundle *b = bundle_map(fd, err, sizeof(err));

	assert_non_null(b);
	close(fd);
	bundle_files_free(f);
	return b;
}

static void test_versions_of_certificates(void **state)
{
	struct bundle_files f = {0};
	const uint8_t *data;
	struct bundle *b;
	char why[8];
	size_t len;

	bundle_add(&f, "chain.pem", "new", 3);
	bundle_add(&f, "kept:1", "a long reason", 13);
	bundle_add(&f, "kept:1:chain.pem", "old", 3);
	bundle_add_key(&f, "kept:1:key.pem", "key", 3);
	b = sealed(&f);
	assert_false(bundle_has_unserved(b));
	expect_used(b, 0, "new");
	expect_used(b, 1, "old");
	expect_used(b, 11, "new");
	assert_int_equal(-1, bundle_cert_get_key(b, 0, "key.pem", &data, &len));
	assert_int_equal(0, bundle_cert_get_key(b, 1, "key.pem", &data, &len));
	assert_int_equal(-1, bundle_cert_get(b, 1, "key.pem", &data, &len));
	assert_int_equal(
		BUNDLE_CERT_KEPT, bundle_cert_state(b, 1, why, sizeof(why)));
	assert_string_equal("a long ", why);
	bundle_unmap(&b);

	bundle_add(&f, "kept:2", "x", 1);
	bundle_add(&f, "unserved:2", "y", 1);
	bundle_add(&f, "zone", "", 0);
	b = sealed(&f);
	assert_true(bundle_has_unserved(b));
	assert_int_equal(BUNDLE_CERT_UNSERVED,
		bundle_cert_state(b, 2, why, sizeof(why)));
	assert_string_equal("y", why);
	assert_int_equal(BUNDLE_CERT_FRESH, bundle_cert_state(b, 1, NULL, 0));
	bundle_unmap(&b);
}

/* Of a certificate only, and never of CAs. */
static void test_faults_are_collected(void **state)
{
	struct table t = one_cert();
	struct bundle_files f = {.patient = 1};
	struct tbl_action action = {0};

	put("chain.pem", CERT);
	assert_int_equal(0, bundle_collect(&f, &t, dir, err, sizeof(err)));
	assert_int_equal(1, f.faults);
	assert_string_equal("key.pem", f.fault[0].path);
	assert_string_equal(
		"key.pem: No such file or directory", f.fault[0].text);
	bundle_files_free(&f);

	action.client_ca_str = cert.key_str;
	t.action = &action;
	t.action_count = 1;
	f.patient = 1;
	assert_int_equal(-1, bundle_collect(&f, &t, dir, err, sizeof(err)));
	assert_string_equal("key.pem: No such file or directory", err);
	bundle_files_free(&f);
}

static void test_missing_file_is_named(void **state)
{
	struct table t = one_cert();

	put("chain.pem", CERT);
	assert_int_equal(-1, bundle_make(&t, dir, err, sizeof(err)));
	assert_string_equal("key.pem: No such file or directory", err);
	assert_int_equal(-1, bundle_make(&t, at("none"), err, sizeof(err)));
	assert_non_null(strstr(err, "none: No such file"));
}

static void test_not_a_file(void **state)
{
	struct table t = one_cert();

	put("chain.pem", CERT);
	cert.key_str = 34;
	assert_int_equal(0, mkfifo(at("pipe"), 0600));
	assert_int_equal(-1, bundle_make(&t, dir, err, sizeof(err)));
	assert_string_equal("pipe: not a regular file", err);
}

static void test_pkcs11_is_no_file(void **state)
{
	struct table t = one_cert();
	int fd;

	put("chain.pem", CERT);
	cert.key_str = 19;
	fd = bundle_make(&t, dir, err, sizeof(err));
	assert_true(fd >= 0);
	close(fd);
}

static void test_added_records(void **state)
{
	struct bundle_files f = {0};
	struct bundle *b;
	char name[32];
	int fd, i;

	for (i = 199; i >= 0; i--) {
		snprintf(name, sizeof(name), "resolve:h%d", i);
		bundle_add(&f, name, name, strlen(name));
	}
	bundle_add(&f, "resolve:h7", "192.0.2.7\n", 10);
	fd = bundle_seal(&f, err, sizeof(err));
	bundle_files_free(&f);
	assert_true(fd >= 0);
	b = bundle_map(fd, err, sizeof(err));
	assert_non_null(b);
	close(fd);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "resolve:h%d", i);
		expect(b, name, i == 7 ? "192.0.2.7\n" : name);
	}
	bundle_unmap(&b);
}

static struct bundle *public_of(const char *pem)
{
	struct table t = one_cert();
	struct bundle_files f = {0};
	struct bundle *b = NULL;
	int fd = -1;

	put("chain.pem", pem);
	put("key.pem", KEY);
	err[0] = 0;
	if (bundle_collect(&f, &t, dir, err, sizeof(err)) == 0)
		fd = bundle_seal_public(&f, err, sizeof(err));
	bundle_files_free(&f);
	if (fd >= 0)
		b = bundle_map(fd, err, sizeof(err));
	close(fd);
	return b;
}

/* However a key was joined to them, certificates alone come out. */
static void test_public(void **state)
{
	static const char *const joined[] = {
		CERT,
		KEY CERT,
		" \t" KEY "\n" CERT,
		"x" KEY " " CERT KEY,
		"Bag Attributes\n    localKeyID: 01\n" CERT "  " KEY,
		"-----BEGIN PRIVATE KEY-----\nc2Vj" CERT,
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\r\nc2Vj\r\n" CERT KEY,
		"-----BEGIN EC PRIVATE KEY-----" CERT,
		CERT "c2VjcmV0",
		KEY "----BEGIN CERTIFICATE-----\nMAMwAQA=\n"
		    "-----END CERTIFICATE-----\n",
		"-----BEGIN X509 CERTIFICATE-----\r\nMAMwAQA=\r\n"
		"-----END X509 CERTIFICATE-----\r\n" KEY,
	};
	const uint8_t *data;
	struct bundle *b;
	size_t len, i;

	for (i = 0; i < sizeof(joined) / sizeof(*joined); i++) {
		b = public_of(joined[i]);
		assert_non_null(b);
		expect(b, "chain.pem", CERT);
		assert_int_equal(-1, bundle_get(b, "key.pem", &data, &len));
		assert_int_equal(-1, bundle_get_key(b, "key.pem", &data, &len));
		bundle_unmap(&b);
	}
	b = public_of(CRL KEY CERT CRL);
	expect(b, "chain.pem", CRL CERT CRL);
	bundle_unmap(&b);
}

static void test_damaged_blocks_are_refused(void **state)
{
	static const char *const bad[] = {
		"-----BEGIN CERTIFICATE-----\nMAMwAQA=\n",
		"-----BEGIN CERTIFICATE-----\nMAMwAQA=\n" KEY,
		"-----BEGIN CERTIFICATE-----\nMAMw QA=!\n"
		"-----END CERTIFICATE-----\n",
		/* what a private key looks like: it begins with its version */
		"-----BEGIN CERTIFICATE-----\nMAMCAQA=\n"
		"-----END CERTIFICATE-----\n",
		/* octets after the sequence */
		"-----BEGIN CERTIFICATE-----\nMAIwAQA=\n"
		"-----END CERTIFICATE-----\n",
		"-----BEGIN X509 CRL-----\n\n-----END X509 CRL-----\n",
	};
	char text[400];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "%s%s", CERT, bad[i]);
		assert_null(public_of(text));
		assert_non_null(strstr(err,
			"TC0423: chain.pem: the PEM block "
			"at line 4: it "));
	}
}

/* A key where a staple or a list of SCTs was named goes nowhere. */
static void test_staples(void **state)
{
	static const uint8_t staple[] = {0x30, 3, 0x0a, 1, 0},
			     scts[] = {0, 3, 0, 1, 'x'},
			     key[] = {0x30, 3, 2, 1, 0};
	uint8_t *out;
	size_t len;

#define PART(role, octets)                                                     \
	bundle_public_part(BUNDLE_ROLE_##role, "x", octets, sizeof(octets),    \
		&out, &len, err, sizeof(err))
	assert_int_equal(0, PART(STAPLE, staple));
	assert_int_equal(sizeof(staple), len);
	free(out);
	assert_int_equal(0, PART(SCTS, scts));
	assert_int_equal(sizeof(scts), len);
	free(out);
	assert_int_equal(0, PART(STAPLE, key));
	assert_int_equal(0, len);
	assert_int_equal(0, PART(SCTS, key));
	assert_int_equal(0, len);
	assert_int_equal(0, PART(STAPLE, (const uint8_t *)KEY));
	assert_int_equal(0, len);
#undef PART
}

static void test_the_last_word(void **state)
{
	struct bundle_files f = {0};

	bundle_add_key(&f, "a", KEY, strlen(KEY));
	bundle_add(&f, "b", KEY, strlen(KEY));
	assert_int_equal(-1, bundle_seal_public(&f, err, sizeof(err)));
	assert_non_null(strstr(err, "TC0419: b: it contains a private key"));
	bundle_files_free(&f);
}

static void test_empty(void **state)
{
	struct bundle_files f = {0};
	int fd = bundle_seal(&f, err, sizeof(err));
	struct bundle *b = bundle_map(fd, err, sizeof(err));
	const uint8_t *data;
	size_t len;

	assert_non_null(b);
	assert_int_equal(-1, bundle_get(b, "x", &data, &len));
	bundle_unmap(&b);
	close(fd);
}

static struct bundle *map_bytes(const uint8_t *p, size_t n, int seals)
{
	int fd = memfd_create("t", MFD_ALLOW_SEALING);
	struct bundle *b;

	assert_int_equal(n, write(fd, p, n));
	if (seals)
		fcntl(fd, F_ADD_SEALS, seals);
	b = bundle_map(fd, err, sizeof(err));
	close(fd);
	return b;
}

static void test_damaged(void **state)
{
	/* "a" -> "1", "b" -> "22" */
	uint8_t good[32] = {1, 0, 0, 0, 1, 0, 0, 0, 'a', '1', 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 2, 0, 0, 0, 'b', '2', '2', 0, 0, 0, 0, 0};
	uint8_t bad[32];
	const int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW;
	struct bundle *b = map_bytes(good, sizeof(good), seals);
	size_t n;

	assert_non_null(b);
	expect(b, "b", "22");
	bundle_unmap(&b);
	assert_null(map_bytes(good, sizeof(good), 0)); /* not sealed */
	for (n = 1; n < sizeof(good); n++)
		if (n != 16)
			assert_null(map_bytes(good, n, seals));
	memcpy(bad, good, sizeof(bad));
	bad[7] = 0xff; /* data_len runs out of the file */
	assert_null(map_bytes(bad, sizeof(bad), seals));
	memcpy(bad, good, sizeof(bad));
	bad[0] = 0; /* a record without a name */
	assert_null(map_bytes(bad, sizeof(bad), seals));
	memcpy(bad, good, sizeof(bad));
	bad[8] = 'b'; /* the same name twice */
	assert_null(map_bytes(bad, sizeof(bad), seals));
	bad[8] = 'c'; /* out of order */
	assert_null(map_bytes(bad, sizeof(bad), seals));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_files),
		T(test_versions_of_certificates), T(test_faults_are_collected),
		T(test_missing_file_is_named), T(test_not_a_file),
		T(test_pkcs11_is_no_file), T(test_added_records),
		T(test_public), T(test_damaged_blocks_are_refused),
		T(test_staples), T(test_the_last_word), T(test_empty),
		T(test_damaged)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
