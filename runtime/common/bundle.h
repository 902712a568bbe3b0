/*
 * The bundle: certificate chains, keys, CA and staple files that a table names.
 * The master reads them once into a sealed memfd, so that workers need no file
 * system, and nobody sees a half-written renewal.
 *
 * Format: entries of { u32 path_len, u32 data_len, path, data, zeros to 8 }, in
 * path order.  The public part of a file (certificates, CRLs, staples) is under
 * its path; a file of a private key is under "key:PATH", unchanged.  There is
 * also what workers cannot look up themselves: "resolve:HOST" (the addresses of
 * a host name, one per line; absent if it did not resolve), "system-ca" (the
 * system's CA certificates, PEM) and "tickets" (a hash of the secret of session
 * tickets, if that comes from a file).
 *
 * About certificate N of the table, if its files could not be used, there is
 * "unserved:N", why; or, if its last good version is still used, "kept:N", why,
 * and those of its files that are kept, under "kept:N:PATH" and
 * "key:kept:N:PATH".
 */
#ifndef RUNTIME_BUNDLE_H
#define RUNTIME_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/table/table.h"

#define BUNDLE_SYSTEM_CA "system-ca"
#define BUNDLE_RESOLVE "resolve:"
#define BUNDLE_TICKETS "tickets"
#define BUNDLE_TICKETS_LEN 64 /* of the secret */
#define BUNDLE_KEY "key:"
#define BUNDLE_KEPT "kept:"
#define BUNDLE_UNSERVED "unserved:"
#define BUNDLE_PKCS11 "pkcs11:" /* a key with this prefix is not a file */

struct bundle;

/* Maps a bundle; NULL with text in err. */
struct bundle *bundle_map(int fd, char *err, size_t n);
void bundle_unmap(struct bundle **b);
/* Keeps its octets out of swap, as far as the limit allows. */
void bundle_lock(const struct bundle *b);
int bundle_equal(const struct bundle *a, const struct bundle *b);
/* The public part of a file that the table names; -1: it is not there. */
int bundle_get(const struct bundle *b, const char *path, const uint8_t **data,
	size_t *len);
/* The contents of a key file; -1: it is not there, or this bundle has no
 * keys. */
int bundle_get_key(const struct bundle *b, const char *path,
	const uint8_t **data, size_t *len);

/* FRESH: its files are used.  KEPT: its last good version.  UNSERVED: it cannot
 * be used. */
enum bundle_cert { BUNDLE_CERT_FRESH, BUNDLE_CERT_KEPT, BUNDLE_CERT_UNSERVED };
/* Which version of certificate i is here; why not the one in its files is
 * copied to why, which may be NULL. */
enum bundle_cert bundle_cert_state(
	const struct bundle *b, uint32_t i, char *why, size_t n);
/* Some are UNSERVED. */
int bundle_has_unserved(const struct bundle *b);
/* As bundle_get and bundle_get_key, of a file of certificate i in the version
 * that is used. */
int bundle_cert_get(const struct bundle *b, uint32_t i, const char *path,
	const uint8_t **data, size_t *len);
int bundle_cert_get_key(const struct bundle *b, uint32_t i, const char *path,
	const uint8_t **data, size_t *len);

#endif
