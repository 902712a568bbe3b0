/* The bundle: what goes in comes out, a damaged one is refused, and a file
 * that cannot be read is named. */
/* LINK: runtime/bundle.c runtime/bundle_make.c runtime/bundle_public.c */
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

#include "../../runtime/bundle.h"

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
	struct table t = {.str = str, .str_size = sizeof(str), .cert = &cert,
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

	put("chain.pem", "CHAIN");
	put("key.pem", "");
	fd = bundle_make(&t, dir, err, sizeof(err));
	assert_true(fd >= 0);
	assert_int_equal(-1, ftruncate(fd, 0));
	assert_int_equal(-1, write(fd, "x", 1));
	b = bundle_map(fd, err, sizeof(err));
	assert_non_null(b);
	close(fd);
	expect(b, "chain.pem", "CHAIN");
	expect(b, "key.pem", "");
	assert_int_equal(-1, bundle_get(b, "chain.pe", &data, &len));
	assert_int_equal(-1, bundle_get(b, "", &data, &len));
	bundle_unmap(&b);
	assert_null(b);
}

static void test_missing_file_is_named(void **state)
{
	struct table t = one_cert();

	put("chain.pem", "CHAIN");
	assert_int_equal(-1, bundle_make(&t, dir, err, sizeof(err)));
	assert_string_equal("key.pem: No such file or directory", err);
	assert_int_equal(-1, bundle_make(&t, at("none"), err, sizeof(err)));
	assert_non_null(strstr(err, "none: No such file"));
}

static void test_not_a_file(void **state)
{
	struct table t = one_cert();

	put("chain.pem", "CHAIN");
	cert.key_str = 34;
	assert_int_equal(0, mkfifo(at("pipe"), 0600));
	assert_int_equal(-1, bundle_make(&t, dir, err, sizeof(err)));
	assert_string_equal("pipe: not a regular file", err);
}

static void test_pkcs11_is_no_file(void **state)
{
	struct table t = one_cert();
	int fd;

	put("chain.pem", "CHAIN");
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

static void test_public(void **state)
{
	static const char both[] = "\0both.pem\0key.pem";
	struct tbl_cert certs[2] = {
		{.chain_str = 1, .key_str = 1}, {.chain_str = 1, .key_str = 10}};
	struct table t = {.str = both, .str_size = sizeof(both), .cert = certs,
		.cert_count = 2};
	static const char pem[] = "one\n"
		"-----BEGIN EC PRIVATE KEY-----\nsecret\n"
		"-----END EC PRIVATE KEY-----\ntwo\n"
		"-----BEGIN CERTIFICATE-----\nc\n-----END CERTIFICATE-----\n"
		"-----BEGIN PRIVATE KEY-----\nsecret";
	struct bundle_files f = {0};
	const uint8_t *data;
	struct bundle *b;
	size_t len;
	int fd;

	bundle_add(&f, "both.pem", pem, strlen(pem));
	bundle_add(&f, "key.pem", "secret", 6);
	bundle_add(&f, "system-ca", "-----BEGIN", 10);
	fd = bundle_seal_public(&f, &t, err, sizeof(err));
	bundle_files_free(&f);
	b = bundle_map(fd, err, sizeof(err));
	close(fd);
	assert_non_null(b);
	expect(b, "both.pem", "one\ntwo\n-----BEGIN CERTIFICATE-----\nc\n"
			      "-----END CERTIFICATE-----\n");
	expect(b, "system-ca", "-----BEGIN");
	assert_int_equal(-1, bundle_get(b, "key.pem", &data, &len));
	bundle_unmap(&b);
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
		T(test_missing_file_is_named), T(test_not_a_file),
		T(test_pkcs11_is_no_file), T(test_added_records), T(test_public),
		T(test_empty),
		T(test_damaged)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
