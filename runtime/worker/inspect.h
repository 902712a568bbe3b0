/*
 * The guard of a passthrough: reads the cleartext ServerHello in passing, for
 * "enforcing PROFILE", and the second ClientHello after a HelloRetryRequest,
 * which must name the same host.  Gone as soon as both are settled.
 */
#ifndef RUNTIME_INSPECT_H
#define RUNTIME_INSPECT_H

#include <stddef.h>
#include <stdint.h>

struct conn;
struct inspect;

/* Sets c->inspect where there is something to look at. */
void inspect_start(struct conn *c);
/* How many octets of direction d, at most cap, may be read at once. */
size_t inspect_room(const struct conn *c, int d, size_t cap);
/* Direction d is not to be read: a second ClientHello is there, and waits in
 * .in until the server has answered the first. */
int inspect_waits(const struct conn *c, int d);
/* n octets of direction d: forwards them, holds them back, or closes.  An
 * outcome of io_write; see conn_over. */
int inspect_pass(struct conn *c, int d, const uint8_t *p, size_t n);
/* Direction d ends: lets go what was held.  -1: closed instead. */
int inspect_end(struct conn *c, int d);
void inspect_free(struct inspect **i);

#endif
