/*
 * The limits of a connection, and what a worker can carry.  Where a function
 * can refuse it returns 0, or -1: the connection is closed.
 */
#ifndef RUNTIME_LIMITS_H
#define RUNTIME_LIMITS_H

#include <stddef.h>

struct conn;
struct worker;

/* A new connection: can the worker carry one more? */
int limits_admit(struct conn *c);
/* This many octets of its hello are kept now; none after limits_hello_end. */
int limits_hello(struct conn *c, size_t kept);
void limits_hello_end(struct conn *c);
/* Is c->addr the client's, or that of a balancer, whose PROXY header is still
 * to come? */
enum limits_source { LIMITS_BALANCER, LIMITS_CLIENT };
/* Its limit counts it.  Called again when c->addr or c->limit has changed. */
int limits_enter(struct conn *c, enum limits_source source);
/* A handshake begins; a second call for the same one is free. */
int limits_handshake(struct conn *c);
void limits_handshake_end(struct conn *c);
/* HTTP: a request begins; -1: there are too many, and nothing is closed. */
int limits_request(struct conn *c);
/* Octets have moved: seconds to pause, 0: none. */
double limits_pause(struct conn *c);
void limits_leave(struct conn *c);
/* The board has lost what this worker's connections count there: count
 * again. */
void limits_count_again(struct worker *w);

#endif
