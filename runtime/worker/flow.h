/*
 * One direction of a relay: octets come from one half and go to the other.
 * Direction d reads from conn_io(c, d) and writes to conn_io(c, !d).
 */
#ifndef RUNTIME_FLOW_H
#define RUNTIME_FLOW_H

#include <stdint.h>

struct conn;
struct ev_loop;

/* Spliced octets in a pipe are c->pipe[d]: here the pointer would cost
 * padding. */
struct flow {
	uint8_t ended; /* the source has ended */
	uint8_t told;  /* ... and its watcher has reported it again */
	uint8_t dead;  /* the target takes nothing more */
	uint8_t wide;  /* both sides keep up: more is moved at once */
	uint8_t lap;   /* of the source: see turn.h */
};

/* A turn of c begins: flow_pump may move its share of octets in each. */
void flow_turn(struct ev_loop *loop);
/* Moves what there is to move.  May close c (conn_over). */
void flow_pump(struct conn *c, int d);
/* The target is writable again: what waits for it goes on.  May close c. */
void flow_push(struct conn *c, int d);
/* Something waits for the target, so nothing is read. */
int flow_waits(const struct conn *c, int d);
/* Would flow_pump read something that its source's watcher announced? */
int flow_reads(const struct conn *c, int d);
/* Nothing more will go in this direction, and nothing waits. */
int flow_over(const struct conn *c, int d);

#endif
