/*
 * Reads and verifies signify files (signature.h): two lines, "untrusted
 * comment: ..." and base64 of algorithm, key number, and key or signature.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "signature.h"

static const char comment[] = "untrusted comment: ";

static int fail(char *err, size_t n, const char *path, const char *why)
{
	snprintf(err, n, "%s: %s", path, why);
	return -1;
}

/* Opens a regular file: a pipe without a writer would stop us. */
static FILE *open_regular(const char *path, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	FILE *f = NULL;

	if (fd < 0 || fstat(fd, &st) < 0)
		*why = strerror(errno);
	else if (!S_ISREG(st.st_mode))
		*why = "not a regular file";
	else if (!(f = fdopen(fd, "r")))
		*why = strerror(errno);
	if (!f && fd >= 0)
		close(fd);
	return f;
}

/* Two lines of at most 1,023 octets; longer ones are refused. */
static int read_lines(
	const char *path, char *second, size_t space, char *err, size_t n)
{
	const char *why = NULL;
	char first[1024];
	FILE *f = open_regular(path, &why);
	int good;

	if (!f)
		return fail(err, n, path, why);
	good = fgets(first, sizeof(first), f) &&
		strncmp(first, comment, sizeof(comment) - 1) == 0 &&
		strchr(first, '\n') && fgets(second, (int)space, f);
	fclose(f);
	if (!good)
		return fail(err, n, path, "not a signify file");
	second[strcspn(second, "\r\n")] = '\0';
	return 0;
}

int signature_read_file(
	const char *path, uint8_t *out, size_t want, char *err, size_t n)
{
	char line[1024];
	gnutls_datum_t text = {(unsigned char *)line, 0}, raw = {NULL, 0};
	int good;

	if (read_lines(path, line, sizeof(line), err, n))
		return -1;
	text.size = (unsigned)strlen(line);
	if (gnutls_base64_decode2(&text, &raw) < 0)
		return fail(err, n, path, "not base64 on the second line");
	good = raw.size == want && memcmp(raw.data, "Ed", 2) == 0;
	if (good)
		memcpy(out, raw.data, want);
	gnutls_memset(raw.data, 0, raw.size);
	gnutls_free(raw.data);
	gnutls_memset(line, 0, sizeof(line));
	return good ? 0
		    : fail(err, n, path,
			      "not an Ed25519 key or signature of the expected "
			      "kind");
}

int signature_read_key(
	const char *path, struct signature_key *key, char *err, size_t n)
{
	uint8_t raw[2 + SIGNATURE_KEYNUM + SIGNATURE_PUBLIC];

	if (signature_read_file(path, raw, sizeof(raw), err, n))
		return -1;
	memcpy(key->keynum, raw + 2, SIGNATURE_KEYNUM);
	memcpy(key->public, raw + 2 + SIGNATURE_KEYNUM, SIGNATURE_PUBLIC);
	return 0;
}

static int holds(const struct signature_key *key, const uint8_t *sig,
	const void *data, size_t len)
{
	gnutls_datum_t x = {(unsigned char *)key->public, SIGNATURE_PUBLIC};
	gnutls_datum_t s = {(unsigned char *)sig, SIGNATURE_SIZE};
	gnutls_datum_t d = {(unsigned char *)data, (unsigned)len};
	gnutls_pubkey_t pub;
	int good;

	/* A gnutls_datum_t has a 32-bit size. */
	if (len > UINT32_MAX || gnutls_pubkey_init(&pub) < 0)
		return 0;
	good = gnutls_pubkey_import_ecc_raw(
		       pub, GNUTLS_ECC_CURVE_ED25519, &x, NULL) >= 0 &&
		gnutls_pubkey_verify_data2(
			pub, GNUTLS_SIGN_EDDSA_ED25519, 0, &d, &s) >= 0;
	gnutls_pubkey_deinit(pub);
	return good;
}

int signature_verify(const struct signature_key *key, const char *sig_path,
	const void *data, size_t len, char *err, size_t n)
{
	uint8_t raw[2 + SIGNATURE_KEYNUM + SIGNATURE_SIZE];
	char why[512];

	if (signature_read_file(sig_path, raw, sizeof(raw), why, sizeof(why))) {
		snprintf(err, n, "TC0902: %s", why);
		return -1;
	}
	if (memcmp(raw + 2, key->keynum, SIGNATURE_KEYNUM) != 0) {
		snprintf(err, n, "TC0902: %s: signed with another key",
			sig_path);
		return -1;
	}
	if (!holds(key, raw + 2 + SIGNATURE_KEYNUM, data, len)) {
		snprintf(err, n,
			"TC0902: %s: the signature is not that of this table",
			sig_path);
		return -1;
	}
	return 0;
}
