/*
 * The guard of a passthrough.  It reads the cleartext ServerHello as it passes,
 * for "enforcing PROFILE", and the second ClientHello after a
 * HelloRetryRequest, which must name the same host.  It is freed as soon as
 * both are settled.
 */
#ifndef RUNTIME_INSPECT_H
#define RUNTIME_INSPECT_H

#include <stddef.h>
#include <stdint.h>

struct conn;
struct inspect;

/* Sets c->inspect where there is something to look at. */
void inspect_start(struct conn *c);
/* At most this many octets of direction d, and at most cap, may be read at
 * once. */
size_t inspect_room(const struct conn *c, int d, size_t cap);
/* Direction d must not be read: a second ClientHello is in .in and waits until
 * the server has answered the first. */
int inspect_waits(const struct conn *c, int d);
/* n octets of direction d have come: forwards them, holds them back, or closes.
 * An outcome of io_write; see conn_over. */
int inspect_pass(struct conn *c, int d, const uint8_t *p, size_t n);
/* Direction d has ended: forwards what was held.  -1: closed instead. */
int inspect_end(struct conn *c, int d);
void inspect_free(struct inspect **i);

#endif
