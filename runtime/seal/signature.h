/*
 * Detached signatures of tables: Ed25519 (RFC 8032) over the whole file, in the
 * file formats of OpenBSD's signify(1).  The signature of POLICY is POLICY.sig.
 */
#ifndef RUNTIME_SIGNATURE_H
#define RUNTIME_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#define SIGNATURE_KEYNUM 8
#define SIGNATURE_PUBLIC 32
#define SIGNATURE_SIZE 64

struct signature_key {
	uint8_t keynum[SIGNATURE_KEYNUM]; /* says which key signed */
	uint8_t public[SIGNATURE_PUBLIC];
};

/* Reads a public key file.  0, or -1 with a message in err (without the
 * policy's name, without a newline). */
int signature_read_key(
	const char *path, struct signature_key *key, char *err, size_t n);

/* Does the file contain a signature by this key over exactly these octets?  0,
 * or -1 with a message that begins with "TC0902: ". */
int signature_verify(const struct signature_key *key, const char *sig_path,
	const void *data, size_t len, char *err, size_t n);

/* The second line of a signify file, decoded: exactly `want` octets that begin
 * with "Ed".  0, or -1 with a message. */
int signature_read_file(
	const char *path, uint8_t *out, size_t want, char *err, size_t n);

#endif
