/*
 * A profile in GnuTLS's words.  Pure: string building from the table and
 * grammar/suites.def; GnuTLS never sees text that a user wrote.
 */
#ifndef RUNTIME_PRIORITY_H
#define RUNTIME_PRIORITY_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/table/table.h"

/* Key types a suite's key exchange signs with; 0: it signs nothing. */
#define KEY_RSA 1u
#define KEY_EC 2u /* ECDSA and EdDSA */

struct suite_row {
	uint16_t code;
	const char *iana, *kx, *cipher, *mac;
	uint8_t tls13, tls12; /* needs that version */
};

/* NULL: unknown, or GnuTLS does not have it. */
const struct suite_row *priority_suite(uint16_t code);

/* What a priority is to be made of. */
struct priority_wish {
	uint32_t profile; /* PROFILE */
	uint16_t suite;   /* the one below TLS 1.3 to allow; 0: all.  GnuTLS
	                   * crosses every key exchange with every cipher, so a
	                   * list is enforced exactly only one at a time */
	uint16_t group;   /* to put first; 0: none */
	uint8_t server;   /* towards clients; 0: towards a server */
};
/* The wish in GnuTLS's words.  -1 when they do not fit into n octets. */
int priority_text(const struct table *t, const struct priority_wish *w,
	char *out, size_t n);

/* The code of an IANA name; 0: unknown. */
uint16_t priority_suite_code(const char *iana);
/* KEY_RSA, KEY_EC: which keys a suite below TLS 1.3 signs with. */
unsigned priority_key_types(uint16_t code);

/* Does the profile name this suite or group? */
int priority_has_suite(const struct table *t, uint32_t profile, uint16_t suite);
int priority_has_group(const struct table *t, uint32_t profile, uint16_t group);

/*
 * The suite below TLS 1.3 to negotiate: the first of the profile (or of the
 * client, without server preference) that both have, that version allows and
 * whose key type is in key_types.  suites: as in the hello, 2 octets each.
 * 0: none.
 */
uint16_t priority_choose(const struct table *t, uint32_t profile,
	uint16_t version, const uint8_t *suites, size_t suites_len,
	unsigned key_types);
/* Is there a TLS 1.3 suite that both have? */
int priority_common13(const struct table *t, uint32_t profile,
	const uint8_t *suites, size_t suites_len);

#endif
