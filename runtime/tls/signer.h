/*
 * Private keys that another process has: gnutls_privkey_t objects whose
 * signatures are made by the keys process.  To wait for a signature the
 * coroutine of the handshake yields (coroutine.h); outside a coroutine signing
 * fails.
 */
#ifndef RUNTIME_SIGNER_H
#define RUNTIME_SIGNER_H

#include <gnutls/abstract.h>
#include <stdint.h>

struct signer;

/* fd: nonblocking SOCK_SEQPACKET to the keys process, the signer's from now
 * on.  wake(arg) is called when the coroutine that was started with arg can go
 * on: it resumes it.  NULL: no memory. */
struct signer *signer_new(int fd, void (*wake)(void *arg));
void signer_free(struct signer **s);
int signer_fd(const struct signer *s);

/* Read answers and wake the handshakes that wait for them; call when the fd is
 * readable.  -1: the keys process is gone, and signer_reconnect must follow.
 * Then each request is sent again, unless that has happened to it before. */
int signer_read(struct signer *s);
void signer_reconnect(struct signer *s, int fd);

/* A key for the certificate with this public key.  The caller frees it with
 * gnutls_privkey_deinit; the signer must outlive it.  0 or a GnuTLS error. */
int signer_key(struct signer *s, uint64_t generation, uint32_t cert,
	gnutls_pubkey_t pub, gnutls_privkey_t *key);

/* The coroutine started with arg must not wait any longer: its signature fails
 * when it is resumed, which is the caller's next step. */
void signer_cancel(struct signer *s, void *arg);

#endif
