/*
 * From the first octet to the decision.
 */
#ifndef RUNTIME_DECIDE_H
#define RUNTIME_DECIDE_H

#include <stdint.h>

#define DECIDE_READ_AHEAD 16384 /* octets kept after a hello, at most */

struct conn;
struct hello;
struct table;

/* A new connection: its PROXY header or its ClientHello is awaited. */
void decide_start(struct conn *c);
/* PROXY, HELLO: something came. */
void decide_event(struct conn *c);
/* The bits of a table's ALPN tokens that a hello offers. */
uint64_t decide_alpn(const struct table *t, const struct hello *h);

#endif
