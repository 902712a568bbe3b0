/*
 * OCSP responses that the monitor has fetched, by certificate, for stapling.
 * Every worker keeps them and serves them.  The master keeps them for new
 * workers, and to it they are only octets.
 */
#ifndef RUNTIME_STAPLE_H
#define RUNTIME_STAPLE_H

#include <gnutls/gnutls.h>
#include <stdint.h>

#include "runtime/common/ipc.h"

struct staple {
	unsigned refs;
	int64_t until;            /* seconds since 1970 */
	uint8_t leaf[32];         /* SHA-256 of the certificate */
	gnutls_ocsp_data_st ocsp; /* as GnuTLS wants it; into der */
	uint32_t len;
	uint8_t der[];
};

/* Octets of all that are kept: enough for 100,000 certificates of RSA CAs. */
#define STAPLES_MOST ((size_t)256 << 20)

/* Keep what a message holds, in place of an older one of that certificate.
 * len: of the message's body.  -1: it is malformed, or the store is full. */
int staple_keep(const struct ipc_staple *m, size_t len);
/* One that is good at that time, with a reference; NULL: there is no such
 * staple. */
struct staple *staple_get(const uint8_t leaf[32], int64_t now);
void staple_put(struct staple **s);
/* As messages again, for a new worker. */
void staple_each(
	void (*tell)(void *arg, const struct ipc_staple *m, size_t len),
	void *arg);
/* Write all of them to a file, and read them back, for a tlsd that takes over.
 * -1: not all were written. */
int staple_save(int fd);
void staple_restore(int fd);
void staple_forget_all(void);

#endif
