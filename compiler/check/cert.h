/*
 * Certificate files, read with GnuTLS into plain facts, which lints judge and
 * tests can construct.
 */
#ifndef COMPILER_CERT_H
#define COMPILER_CERT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct arena;

enum cert_key {
	CERT_RSA,
	CERT_RSA_PSS,
	CERT_EC,
	CERT_ED25519,
	CERT_ED448,
	CERT_DSA,
	CERT_OTHER
};

enum cert_key_state {
	CERT_KEY_OK,
	CERT_KEY_UNREADABLE, /* key_error: errno's text */
	CERT_KEY_BAD,        /* no key in it, or a damaged one */
	CERT_KEY_ENCRYPTED,
	CERT_KEY_MISMATCH,
	CERT_KEY_NO_MODULE, /* PKCS#11: no such module, token or object */
	CERT_KEY_LOCKED,    /* not to be opened; PKCS#11: no PIN is given */
};

struct cert {
	const char *subject, *issuer; /* RFC 4514 text */
	const char *cn;               /* or NULL */
	const char **dns;             /* dNSName SANs, lower case, as written */
	size_t dns_count;
	int has_san;                   /* any subjectAltName at all */
	int64_t not_before, not_after; /* seconds since 1970 */
	enum cert_key key;
	unsigned bits;        /* of the key */
	const char *curve;    /* or NULL */
	const char *hash;     /* of the signature: "SHA1", "SHA256" */
	const char *weakness; /* in words, or NULL */
	unsigned usage;       /* faults: enum judge_usage */
	int is_ca, self_issued, self_signed;
	int must_staple;
	int cabf_policy;       /* says it follows the CA/B Forum's BR */
	const char *responder; /* OCSP URL, or NULL */
	uint8_t spki[32];      /* SHA-256 of SubjectPublicKeyInfo */
	uint8_t serial[20];
	size_t serial_len;
};

struct certinfo {
	const char *chain_error; /* why there is no chain, or NULL */
	struct cert *certs;      /* leaf first, as in the file */
	size_t count;
	/* Position of the first certificate that did not issue the one before
	 * it (1..count-1), or 0: the chain is in order. */
	size_t broken_at;
	/* The position of its issuer in the file when only the order is wrong,
	 * else 0. */
	size_t issuer_at;
	int holds_key;      /* a private key is in the file, too */
	size_t ca_names;    /* octets of all subjects, as CAs are named */
	int ends_in_root;   /* the last one issued itself */
	int ends_in_system; /* issued by, or is, a CA the system trusts */
	enum cert_key_state key_state;
	const char *key_error; /* for the states that need words */
	/* Of the key's file; 0 for a URI. */
	int key_is_file;
	mode_t key_mode, key_dir_mode;
	uid_t key_uid, key_dir_uid;
};

/* A private key is in the file; 0, too, when it cannot be read. */
int cert_holds_key(struct arena *a, const char *path);

/* Never NULL; everything in the arena.  The key may be a pkcs11: URI, or NULL:
 * not to be opened. */
struct certinfo *cert_read(struct arena *a, const char *chain, const char *key);
/* A bundle of CA certificates: count and facts, chain_error as above. */
struct certinfo *cert_read_bundle(struct arena *a, const char *path);
/* A file of CRLs (PEM), also against a file of CAs (or NULL). */
struct cert_crls {
	const char *error;      /* why there are none, or NULL */
	const char *forged;     /* one that no CA signed, in words, or NULL */
	const char **uncovered; /* subjects of CAs that have no CRL */
	size_t uncovered_count;
	int64_t from, until; /* of the first that ends: INT64_MAX never */
	const char *issuer;  /* whose it is */
};
struct cert_crls *cert_read_crls(
	struct arena *a, const char *path, const char *ca);
/* What is wrong with a DER OCSP response for the chain's first certificate at
 * `now`, with an SCT file: words, or NULL. */
const char *cert_judge_staple(
	struct arena *a, const char *path, const char *chain, int64_t now);
const char *cert_judge_sct(struct arena *a, const char *path);
const char *cert_hex(struct arena *a, const uint8_t *p, size_t n);
/* "the RSA", "the ECDSA", ... for "works with ... key". */
const char *cert_key_phrase(const struct certinfo *i);
/* Does a SAN cover the name pattern (stored form)?  "*.x" covers one label
 * (RFC 6125, 6.4.3); no SAN covers "**.x". */
int cert_covers(const struct cert *c, const char *key, size_t len);

#endif
