/*
 * A build with NONCES=1 (every build with SAN) keeps each pair of key and nonce
 * that sealed a record, by our record layer and by GnuTLS before it.  A pair
 * that comes again ends the process: AES-GCM would reveal the XOR of two plain
 * texts and the key of its tags (RFC 5116 5.1.1).  Other builds pay nothing.
 */
#ifndef RUNTIME_NONCES_H
#define RUNTIME_NONCES_H

#include <stddef.h>
#include <stdint.h>
#include <gnutls/gnutls.h>

#ifdef WITH_NONCES
/* A record is about to be sealed with this; aborts when one was already. */
void nonces_use(const uint8_t *key, size_t size, const uint8_t nonce[12]);
/* GnuTLS has sealed with all sequence numbers below its present one. */
void nonces_gnutls(gnutls_session_t s);
/* Tests that take one session over again and again. */
void nonces_forget(void);
#else
static inline void nonces_use(
	const uint8_t *key, size_t size, const uint8_t nonce[12])
{
	(void)key, (void)size, (void)nonce;
}
static inline void nonces_gnutls(gnutls_session_t s)
{
	(void)s;
}
static inline void nonces_forget(void)
{
}
#endif

#endif
