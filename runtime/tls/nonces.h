/*
 * What a build with NONCES=1 (every build with SAN) keeps of sealing: each pair
 * of key and nonce, by our record layer and by GnuTLS before it.  One that
 * comes again ends the process: AES-GCM has then told the XOR of two plain
 * texts and the key of its tags (RFC 5116 5.1.1).  Called by record.c and
 * tls_start.c; other builds pay nothing.
 */
#ifndef RUNTIME_NONCES_H
#define RUNTIME_NONCES_H

#include <stddef.h>
#include <stdint.h>
#include <gnutls/gnutls.h>

#ifdef WITH_NONCES
/* A record is about to be sealed with this; aborts when one was already. */
void nonces_use(const uint8_t *key, size_t size, const uint8_t nonce[12]);
/* GnuTLS has sealed: all sequence numbers below the one that it tells. */
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
