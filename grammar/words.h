/*
 * The vocabularies of words.def as C: an enum and a table of words for each,
 * made here and in words.c and nowhere else.  Linked into both programs.
 */
#ifndef GRAMMAR_WORDS_H
#define GRAMMAR_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum mode {
	MODE_NONE, /* before the decision; in no table */
#define WORD_MODE(id, value, word) MODE_##id = value,
#include "words.def"
};
enum reject {
#define WORD_REJECT(id, value, word, alert) REJECT_##id = value,
#include "words.def"
};
/* Bits: a guard is a set of them. */
enum tls_class {
#define WORD_TLSV(id, bit, word, wire) TLSV_##id = bit,
#include "words.def"
	TLSV_ALL = 0
#define WORD_TLSV(id, bit, word, wire) | bit
#include "words.def"
};
enum balancing {
#define WORD_BALANCE(id, value, word) BALANCE_##id = value,
#include "words.def"
};
enum health_check {
#define WORD_CHECK(id, value, word) CHECK_##id = value,
#include "words.def"
};
enum proxy_version {
#define WORD_PROXY(id, value, word) PROXY_##id = value,
#include "words.def"
};
enum client_auth {
#define WORD_CLIENTAUTH(id, value, word) CLIENTAUTH_##id = value,
#include "words.def"
};
enum missing_reason {
#define WORD_MISSING(id, value, word, alert) MISSING_##id = value,
#include "words.def"
};
enum staple_source {
#define WORD_STAPLE(id, value, word) STAPLE_##id = value,
#include "words.def"
};
enum field_value {
	FIELDVALUE_CONSTANT, /* the edit's own text */
#define WORD_FIELDVALUE(id, value, word) FIELDVALUE_##id = value,
#include "words.def"
};
enum link_kind {
#define WORD_LINK(id, value, word, encrypts) LINK_##id = value,
#include "words.def"
};
enum close_reason {
	CLOSE_NONE, /* not closed */
#define WORD_CLOSE(id, word, help) CLOSE_##id,
#include "words.def"
	CLOSE_COUNT
};

/* The words by value, with NULL after the last.  Those of MODE_NONE and
 * FIELDVALUE_CONSTANT are "", that of CLOSE_NONE is "none". */
extern const char *const words_mode[],
	*const words_reject[],
		*const words_missing[],
			*const words_balance[],
				*const words_check[],
					*const words_proxy[],
						*const words_client_auth[],
							*const words_field_value[],
								*const words_staple[],
									*const words_link[],
										*const words_close
											[];

/* The word for a value from elsewhere; "?" if there is none. */
const char *words_text(const char *const *words, unsigned value);
int words_has(const char *const *words, unsigned value);

/* Does the gateway decrypt in this mode? */
static inline int words_decrypts(unsigned mode)
{
	return mode == MODE_OFFLOAD || mode == MODE_BRIDGE;
}

uint8_t words_alert(unsigned reject); /* 0: nothing is sent */
uint8_t words_missing_alert(unsigned missing);
int words_encrypts(unsigned link);

/* The classes of clients by version, oldest first, the unknown one last. */
struct words_tls {
	uint8_t bit;   /* enum tls_class */
	uint16_t wire; /* 0: unknown */
	const char *word;
};
enum {
	WORDS_TLS = 0
#define WORD_TLSV(id, bit, word, wire) +1
#include "words.def"
};
extern const struct words_tls words_tls[WORDS_TLS];
const char *words_tls_text(unsigned bit); /* "?" if it is not one class */
const char *words_version(unsigned wire); /* "1.2"; "?" if it has no word */

/* Key exchange groups. */
struct words_group {
	uint16_t code; /* IANA */
	const char *word, *gnutls;
};
enum {
	WORDS_GROUPS = 0
#define WORD_GROUP(id, code, word, gnutls) +1
#include "words.def"
};
extern const struct words_group words_groups[WORDS_GROUPS];

#endif
