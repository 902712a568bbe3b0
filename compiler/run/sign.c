/*
 * Signing tables (sign.h).  Only keys without a passphrase (signify -G -n) can
 * be used: a build server cannot ask for one.  Called by commands/sign.c,
 * commands/genkey.c and commands/compile.c.
 */
#include "sign.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/write.h"
#include "compiler/table/emit.h"

#define FILE_MAX 512

static int fail(char *err, size_t n, const char *path, const char *why)
{
	snprintf(err, n, "%s: %s", path, why);
	return -1;
}

/* signify's: the first octets of SHA-512 over the key pair. */
static int checksum(const struct secret *s, uint8_t out[8])
{
	uint8_t hash[64];

	if (gnutls_hash_fast(GNUTLS_DIG_SHA512, s->seed,
		    sizeof(s->seed) + sizeof(s->public), hash) < 0)
		return -1;
	memcpy(out, hash, 8);
	gnutls_memset(hash, 0, sizeof(hash));
	return 0;
}

int sign_read_secret(const char *path, struct secret *s, char *err, size_t n)
{
	static const uint8_t none[4];
	uint8_t sum[8];

	if (signature_read_file(path, (uint8_t *)s, sizeof(*s), err, n))
		return -1;
	if (memcmp(s->rounds, none, sizeof(none)) != 0)
		return fail(err, n, path,
			"the key has a passphrase; make one "
			"without (tlsc genkey, or signify -G -n)");
	if (checksum(s, sum) || memcmp(sum, s->checksum, sizeof(sum)) != 0)
		return fail(err, n, path, "the key is damaged");
	return 0;
}

static int make_pair(struct secret *s)
{
	gnutls_datum_t x = {NULL, 0}, k = {NULL, 0};
	gnutls_privkey_t key;
	int good;

	if (gnutls_privkey_init(&key) < 0)
		return -1;
	good = gnutls_privkey_generate(key, GNUTLS_PK_EDDSA_ED25519,
		       GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_ED25519),
		       0) >= 0 &&
		gnutls_privkey_export_ecc_raw(key, NULL, &x, NULL, &k) >= 0 &&
		x.size == sizeof(s->public) && k.size == sizeof(s->seed);
	if (good) {
		memcpy(s->public, x.data, sizeof(s->public));
		memcpy(s->seed, k.data, sizeof(s->seed));
	}
	if (k.data)
		gnutls_memset(k.data, 0, k.size);
	gnutls_free(k.data);
	gnutls_free(x.data);
	gnutls_privkey_deinit(key);
	return good ? 0 : -1;
}

int sign_new_secret(struct secret *s, char *err, size_t n)
{
	memset(s, 0, sizeof(*s));
	memcpy(s->algorithm, "Ed", 2);
	memcpy(s->kdf, "BK", 2);
	if (make_pair(s) || checksum(s, s->checksum) ||
		gnutls_rnd(GNUTLS_RND_KEY, s->salt, sizeof(s->salt)) < 0 ||
		gnutls_rnd(GNUTLS_RND_KEY, s->keynum, sizeof(s->keynum)) < 0) {
		snprintf(err, n, "cannot generate a key");
		return -1;
	}
	return 0;
}

/* "untrusted comment: WHAT" and the octets in base64; the length, or -1. */
static int in_format(
	const char *what, const void *data, size_t len, char out[FILE_MAX])
{
	gnutls_datum_t bin = {(unsigned char *)(uintptr_t)data, (unsigned)len};
	gnutls_datum_t text = {NULL, 0};
	int n;

	if (gnutls_base64_encode2(&bin, &text) < 0)
		return -1;
	n = snprintf(out, FILE_MAX, "untrusted comment: %s\n%.*s\n", what,
		(int)text.size, (const char *)text.data);
	gnutls_memset(text.data, 0, text.size);
	gnutls_free(text.data);
	return n < FILE_MAX ? n : -1;
}

static int write_new(const char *path, int mode, const char *what,
	const void *data, size_t len, char *err, size_t n)
{
	char text[FILE_MAX];
	int size = in_format(what, data, len, text), fd, bad;

	if (size < 0)
		return fail(err, n, path, "no memory");
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return fail(err, n, path,
			errno == EEXIST
				? "already exists; keys are not replaced"
				: strerror(errno));
	bad = write(fd, text, (size_t)size) != size || fsync(fd);
	gnutls_memset(text, 0, sizeof(text));
	if (close(fd) || bad) {
		fail(err, n, path, strerror(errno));
		unlink(path);
		return -1;
	}
	return 0;
}

int sign_write_keys(
	const char *name, const struct secret *s, char *err, size_t n)
{
	uint8_t public[2 + SIGNATURE_KEYNUM + SIGNATURE_PUBLIC] = "Ed";
	char pub[4096], sec[4096];

	if (snprintf(pub, sizeof(pub), "%s.pub", name) >= (int)sizeof(pub) ||
		snprintf(sec, sizeof(sec), "%s.sec", name) >= (int)sizeof(sec))
		return fail(err, n, "NAME", "is too long");
	memcpy(public + 2, s->keynum, SIGNATURE_KEYNUM);
	memcpy(public + 2 + SIGNATURE_KEYNUM, s->public, SIGNATURE_PUBLIC);
	if (write_new(pub, 0644, "tlsc public key", public, sizeof(public), err,
		    n))
		return -1;
	if (write_new(sec, 0600, "tlsc secret key", s, sizeof(*s), err, n)) {
		unlink(pub);
		return -1;
	}
	return 0;
}

static int sign(const struct secret *s, const void *octets, size_t len,
	uint8_t sig[SIGNATURE_SIZE])
{
	gnutls_datum_t x = {
		(unsigned char *)(uintptr_t)s->public, sizeof(s->public)};
	gnutls_datum_t k = {
		(unsigned char *)(uintptr_t)s->seed, sizeof(s->seed)};
	gnutls_datum_t data = {(unsigned char *)(uintptr_t)octets,
			       (unsigned)len},
		       out = {NULL, 0};
	gnutls_privkey_t key;
	int good;

	if (len > UINT32_MAX || gnutls_privkey_init(&key) < 0)
		return -1;
	good = gnutls_privkey_import_ecc_raw(
		       key, GNUTLS_ECC_CURVE_ED25519, &x, NULL, &k) >= 0 &&
		gnutls_privkey_sign_data2(
			key, GNUTLS_SIGN_EDDSA_ED25519, 0, &data, &out) >= 0 &&
		out.size == SIGNATURE_SIZE;
	if (good)
		memcpy(sig, out.data, SIGNATURE_SIZE);
	gnutls_free(out.data);
	gnutls_privkey_deinit(key);
	return good ? 0 : -1;
}

int sign_write(const char *path, const struct secret *s, const void *data,
	size_t len, char *err, size_t n)
{
	uint8_t raw[2 + SIGNATURE_KEYNUM + SIGNATURE_SIZE] = "Ed";
	char text[FILE_MAX], to[4096];
	const char *why;
	int size;

	memcpy(raw + 2, s->keynum, SIGNATURE_KEYNUM);
	if (sign(s, data, len, raw + 2 + SIGNATURE_KEYNUM))
		return fail(err, n, path, "cannot be signed");
	size = in_format("signed by tlsc; verify with the public key", raw,
		sizeof(raw), text);
	if (size < 0 ||
		snprintf(to, sizeof(to), "%s.sig", path) >= (int)sizeof(to))
		return fail(err, n, path, "no memory, or the name is too long");
	if (write_atomic(to, text, (size_t)size, &why)) {
		snprintf(err, n, "%s", why);
		return -1;
	}
	return 0;
}
