/*
 * A connection that is one tunnel: what the client says goes to one server.
 */
#ifndef RUNTIME_TUNNEL_H
#define RUNTIME_TUNNEL_H

struct conn;

/* Decided, and not rejected: a leg is made and connects. */
void tunnel_start(struct conn *c);
/* A connection whose requests were seen becomes one, with c->leg. */
void tunnel_take(struct conn *c);

#endif
