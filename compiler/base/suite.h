/*
 * Cipher suites and key exchange groups by IANA name and code point
 * (grammar/suites.def, WORD_GROUP of grammar/words.def).
 */
#ifndef COMPILER_SUITE_H
#define COMPILER_SUITE_H

#include <stddef.h>
#include <stdint.h>

enum suite_flag { S_13 = 1, S_12 = 2, S_AEAD = 4, S_FS = 8, S_WEAK = 16 };

struct suite {
	uint16_t code;
	const char *name;
	/* GnuTLS's words; kx "" is TLS 1.3; all NULL: name only. */
	const char *kx, *cipher, *mac;
	unsigned flags;
};

/* NULL when unknown.  Names are compared without regard to case. */
const struct suite *suite_find(const char *name);
const struct suite *suite_by_code(uint16_t code);
size_t suite_count(void);
const struct suite *suite_at(size_t i);
/* The suite is one that a server with a certificate can negotiate: GnuTLS has
 * it, its key exchange is ephemeral and needs no PSK, SRP or anonymous
 * server. */
int suite_usable(const struct suite *s);
/* Key type the suite signs with: "RSA", "ECDSA", "DSA", or NULL
 * when any will do (TLS 1.3) or none is used. */
const char *suite_auth(const struct suite *s);

/* Group by name, 0 when unknown; and back, NULL when unknown. */
uint16_t suite_group_find(const char *name);
const char *suite_group_name(uint16_t code);
/* The i-th group's name, NULL past the last. */
const char *suite_group_at(size_t i);

#endif
