/*
 * Moving octets between the two halves, until both directions have ended.
 */
#ifndef RUNTIME_RELAY_H
#define RUNTIME_RELAY_H

#include "conn.h"

/* Both halves are ready. */
void relay_start(struct conn *c);
/* RELAY: events of the socket of side s. */
void relay_event(struct conn *c, enum side s, int events);
/* RELAY: a pause (conn_pause) is over. */
void relay_resume(struct conn *c);
/* The connection ends: what is in flight is dropped. */
void relay_release(struct conn *c);

#endif
