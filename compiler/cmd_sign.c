/*
 * tlsc sign TABLE -s KEY: writes TABLE.sig, as `signify -S` would.  Only keys
 * without a passphrase (signify -G -n) can be used: a build server has nobody
 * to ask.
 */
#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "../runtime/signature.h"
#include "arena.h"
#include "emit.h"
#include "input.h"

/* signify's secret key file, decoded. */
struct secret {
	uint8_t algorithm[2], kdf[2];
	uint8_t rounds[4]; /* 0: no passphrase */
	uint8_t salt[16], checksum[8], keynum[SIGNATURE_KEYNUM];
	uint8_t seed[32], public[SIGNATURE_PUBLIC];
};

static int read_secret(const char *path, struct secret *s)
{
	static const uint8_t none[4];
	uint8_t hash[64];
	char err[512];

	if (signature_read_file(path, (uint8_t *)s, sizeof(*s), err,
			sizeof(err)))
		return cli_io("%s", err);
	if (memcmp(s->rounds, none, sizeof(none)) != 0)
		return cli_io("%s: the key has a passphrase; make one without "
			"(signify -G -n)", path);
	if (gnutls_hash_fast(GNUTLS_DIG_SHA512, s->seed,
			sizeof(s->seed) + sizeof(s->public), hash) < 0
		|| memcmp(hash, s->checksum, sizeof(s->checksum)) != 0)
		return cli_io("%s: the key is damaged", path);
	return CLI_OK;
}

static int sign(const struct secret *s, const struct input *in, uint8_t *sig)
{
	gnutls_datum_t x = {(unsigned char *)s->public, sizeof(s->public)};
	gnutls_datum_t k = {(unsigned char *)s->seed, sizeof(s->seed)};
	gnutls_datum_t data = {(unsigned char *)in->bytes,
		(unsigned)in->len}, out = {NULL, 0};
	gnutls_privkey_t key;
	int good;

	if (in->len > UINT32_MAX || gnutls_privkey_init(&key) < 0)
		return -1;
	good = gnutls_privkey_import_ecc_raw(key, GNUTLS_ECC_CURVE_ED25519, &x,
			NULL, &k) >= 0
		&& gnutls_privkey_sign_data2(key, GNUTLS_SIGN_EDDSA_ED25519, 0,
			&data, &out) >= 0
		&& out.size == SIGNATURE_SIZE;
	if (good)
		memcpy(sig, out.data, SIGNATURE_SIZE);
	gnutls_free(out.data);
	gnutls_privkey_deinit(key);
	return good ? 0 : -1;
}

static int write_signature(const struct cli *c, const struct secret *s,
	const struct input *in)
{
	uint8_t raw[2 + SIGNATURE_KEYNUM + SIGNATURE_SIZE] = "Ed";
	gnutls_datum_t bin = {raw, sizeof(raw)}, text = {NULL, 0};
	const char *path = arena_printf(c->arena, "%s.sig", in->path), *err;
	char *file;
	int status = CLI_OK;

	memcpy(raw + 2, s->keynum, SIGNATURE_KEYNUM);
	if (sign(s, in, raw + 2 + SIGNATURE_KEYNUM)
		|| gnutls_base64_encode2(&bin, &text) < 0)
		return cli_io("%s: cannot be signed", in->path);
	file = arena_printf(c->arena, "untrusted comment: signed by tlsc; "
		"verify with the public key\n%.*s\n", (int)text.size,
		(const char *)text.data);
	gnutls_free(text.data);
	if (write_atomic(path, file, strlen(file), &err))
		status = cli_io("%s", err);
	return status;
}

int cmd_sign(struct cli *c)
{
	const char *path = cli_value(c, OPT_KEY);
	struct secret s;
	struct input in;
	int status = cli_operands(c, 1, 1);

	if (status)
		return status;
	if (!path)
		return cli_usage(c, "with which key? -s KEY");
	status = read_secret(path, &s);
	if (!status)
		status = input_open_table(c, c->args[0], &in);
	if (!status) {
		status = write_signature(c, &s, &in);
		input_close(&in);
	}
	gnutls_memset(&s, 0, sizeof(s));
	return status;
}
