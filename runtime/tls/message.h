/*
 * Handshake messages after the handshake, told apart: one may span records,
 * and a record hold several (RFC 8446 5.1).  Nothing is kept but each message's
 * head and first octet.  A pure function of octets.
 */
#ifndef RUNTIME_MESSAGE_H
#define RUNTIME_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

struct message {
	uint8_t head[5]; /* type, length in 24 bits, first octet of the body */
	uint8_t have;    /* of .head; 0: between messages */
	uint32_t left;   /* octets still to come, when the length is known */
};

enum message_event {
	MESSAGE_PART, /* the octets are used up, the message goes on */
	MESSAGE_END,  /* a message ends: .head is its own until the next call */
};

/* Takes octets of one message from data[0..n), n > 0; *used says how many. */
enum message_event message_take(
	struct message *m, const uint8_t *data, size_t n, size_t *used);

static inline uint32_t message_length(const struct message *m)
{
	return (uint32_t)m->head[1] << 16 | (uint32_t)m->head[2] << 8 |
		m->head[3];
}

#endif
