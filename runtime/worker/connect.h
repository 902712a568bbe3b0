/*
 * Finding a server for a leg.
 */
#ifndef RUNTIME_CONNECT_H
#define RUNTIME_CONNECT_H

#include "grammar/words.h"

struct leg;

/* A new leg connects, or waits in the queue of its backend. */
void connect_start(struct leg *l);
/* CONNECT: the socket is writable, or has failed. */
void connect_event(struct leg *l);
/* QUEUE: it tries once more; 0: it has to go on waiting. */
int connect_again(struct leg *l);
/* This server failed before the owner's first octet: the next one.  reason and
 * detail (a constant, or NULL) are the owner's when none is left. */
void connect_failed(
	struct leg *l, enum close_reason reason, const char *detail);

#endif
