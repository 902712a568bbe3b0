/*
 * Judging certificates: what tlsc refuses in ours, a renewal must not bring and
 * a peer must not show.  Linked into both programs: no files, no clock, no
 * state, GnuTLS only.
 */
#ifndef RUNTIME_JUDGE_CERT_H
#define RUNTIME_JUDGE_CERT_H

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stddef.h>
#include <stdint.h>

#define JUDGE_CHAIN_MAX 16 /* certificates of one chain */
#define JUDGE_TEXT 96      /* octets of a description of a certificate */

/* RSA below 2048 bits, curves below P-256, DSA; a signature with SHA-1 or MD5,
 * unless it is a self-issued certificate's, which nobody checks.  A description
 * in text ("an RSA key of 1024 bits"). */
enum judge_weakness { JUDGE_STRONG, JUDGE_WEAK_KEY, JUDGE_WEAK_SIGNATURE };
enum judge_weakness judge_cert_weakness(
	gnutls_x509_crt_t crt, char text[JUDGE_TEXT]);

/* Why a leaf cannot be a server's (RFC 5280 4.2.1.3, .9, .12). */
enum judge_usage {
	JUDGE_USAGE_CA = 1,      /* it is a CA, and not its own */
	JUDGE_USAGE_PURPOSE = 2, /* its extended key usage lacks serverAuth */
	JUDGE_USAGE_SIGN = 4,    /* its key usage lacks digitalSignature */
};
unsigned judge_cert_usage(gnutls_x509_crt_t leaf);

/* Its extended key usage includes the purpose or any purpose, or it has none
 * (RFC 5280 4.2.1.12). */
int judge_cert_is_for(gnutls_x509_crt_t crt, const char *purpose);

int judge_cert_has_san(gnutls_x509_crt_t crt);
/* One that a host name can match (RFC 9525 6.3). */
int judge_cert_has_dns_san(gnutls_x509_crt_t crt);
/* The name, or a wildcard for it, is in the certificate (RFC 9525 6.3). */
int judge_cert_names(gnutls_x509_crt_t leaf, const char *name);
int judge_cert_is_own_issuer(gnutls_x509_crt_t crt);

/* The name matches and the signature verifies; dates and strength are
 * ignored. */
int judge_cert_issued(gnutls_x509_crt_t issuer, gnutls_x509_crt_t crt);
/* The position of the first certificate that did not issue the one before it; 0
 * if each did. *issuer_at: where the issuer is instead, or 0. */
unsigned judge_cert_order(
	const gnutls_x509_crt_t *chain, unsigned n, unsigned *issuer_at);

/* The period in which every certificate of the chain is valid. */
void judge_cert_times(const gnutls_x509_crt_t *chain, unsigned n, int64_t *from,
	int64_t *until);

/* Why a chain of ours is refused, with the id that tlsc uses. */
struct judge_fault {
	const char *id;
	char text[JUDGE_TEXT];
};
/* The first fault of a chain that `before` (may be NULL) does not have: a
 * renewal may be as bad as the one before, but not worse.  0: none. */
int judge_cert_renewal(const gnutls_x509_crt_t *before, unsigned before_n,
	const gnutls_x509_crt_t *chain, unsigned n, int64_t now,
	struct judge_fault *f);

/* How many of these could issue something today. */
enum judge_trusted {
	JUDGE_CAS, /* CAs only */
	/* and certificates that may be trusted themselves */
	JUDGE_CAS_AND_SELVES
};
unsigned judge_cert_usable_cas(const gnutls_x509_crt_t *ca, unsigned n,
	enum judge_trusted what, int64_t now);

/* How many octets the names of these CAs need in a CertificateRequest.  A list
 * of names may have JUDGE_CA_NAMES_MAX (RFC 5246 7.4.4; in TLS 1.3 it shares
 * that with the other extensions, RFC 8446 4.2.4). */
#define JUDGE_CA_NAMES_MAX 65000
size_t judge_cert_ca_names(const gnutls_x509_crt_t *ca, unsigned n);

#endif
