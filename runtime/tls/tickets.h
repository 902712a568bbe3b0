/*
 * The secrets of session tickets in a worker: the one that tickets are made
 * with, and the one before it, under which clients still hold some.  The master
 * sends both (master/ticket_secret.c).
 */
#ifndef RUNTIME_TICKETS_H
#define RUNTIME_TICKETS_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/ipc.h"

void tickets_take(const struct ipc_tickets *m);
void tickets_forget(void);
/* 64 octets; NULL: there is no such secret. */
enum tickets_which { TICKETS_NOW, TICKETS_BEFORE };
const uint8_t *tickets_secret(enum tickets_which which);
/* Another one when the secrets have changed. */
unsigned tickets_epoch(void);

/* Seconds a session lasts that a client certificate was asked for in; GnuTLS's
 * own are six hours.  The time of the full handshake goes on from ticket to
 * ticket. */
#define TICKETS_CLIENT_LIFE 3600

/* The first octets of the tickets that GnuTLS makes and accepts with a key. */
#define TICKETS_NAME 16
struct tickets_names {
	int64_t life;   /* of a session, in seconds; 0: GnuTLS's own */
	int64_t period; /* they are good in; 0: not made yet */
	uint8_t name[2][TICKETS_NAME];
};
/* A ticket made with the key is among these octets of a ClientHello. */
int tickets_offered(struct tickets_names *names, const uint8_t key[64],
	const uint8_t *hello, size_t n);

#endif
