/*
 * A leg: the half towards a server.  It has the socket, the choice of a server
 * with the attempts so far, and a place in a queue.  connect.c finds a server
 * for it; proxyout.c and bridge.c speak to that server first.  Its owner, which
 * carries octets over it, is told what becomes of it.
 */
#ifndef RUNTIME_LEG_H
#define RUNTIME_LEG_H

#include <stdint.h>

#include "grammar/words.h"
#include "runtime/tls/io.h"

struct conn;
struct server;
struct waiter;

enum leg_state {
	LEG_NEW,
	LEG_QUEUE,   /* every server is at its limit */
	LEG_CONNECT, /* waiting for a server to accept */
	LEG_TLS,     /* TLS handshake with the server */
	LEG_READY,   /* the owner's */
	LEG_CLOSED,
};

/* What a server has shown since backend_hold. */
enum leg_verdict { LEG_UNASKED, LEG_ASKED, LEG_JUDGED };

struct leg {
	struct io io;
	const struct leg_owner *owner;
	struct conn *conn;     /* the client that it is for */
	struct server *server; /* counted there, or NULL */
	struct waiter *waiter; /* its place in a queue, or NULL */
	const char *detail;    /* a constant: how the last server failed */
	uint64_t tried;        /* servers, by number in the backend */
	uint64_t tried_at;     /* addresses of the present one's name */
	uint64_t
		passed; /* ... that were given up in a hurry: tried again after all others */
	uint64_t turn;         /* in the queue of its backend; 0: none */
	uint32_t backend;      /* BACKEND */
	uint32_t server_index; /* SERVER, or TBL_NONE */
	uint32_t connect_us;   /* LEG_CONNECT: when it began, by the clock;
	                        * then how long it took */
	uint32_t asked_us;     /* when the first octet went, by the clock */
	uint8_t state;         /* enum leg_state */
	uint8_t verdict;       /* enum leg_verdict */
	uint8_t address;       /* of its server's name, by number */
	uint8_t hurry;         /* connecting, and others may be better */
};

/* What the owner is told.  Any of these may end the leg (leg_close), but none
 * may free it before settle. */
struct leg_owner {
	/* It has entered QUEUE, CONNECT or TLS, perhaps again: a deadline of
	 * leg_seconds begins. */
	void (*entered)(struct leg *l);
	/* Is the new socket connected already? Finds out, perhaps by sending
	 * something: 1, 0: not yet, -1 with errno: it has failed. */
	int (*stands)(struct leg *l);
	/* The socket is connected.  READY, unless the owner calls
	 * bridge_start. */
	void (*connected)(struct leg *l);
	/* The handshake of bridge_start has succeeded.  READY. */
	void (*secured)(struct leg *l);
	/* The end: no server would do.  detail may be NULL. */
	void (*failed)(
		struct leg *l, enum close_reason reason, const char *detail);
	/* It waits in a queue: has its client left? 1: yes, and the owner has
	 * ended it. */
	int (*left)(struct leg *l);
	/* READY: the socket has events. */
	void (*event)(struct leg *l, int events);
	/* After any event of the leg: what has ended may be freed. */
	void (*settle)(struct leg *l);
};

/* NULL: no memory. */
struct leg *leg_new(
	struct conn *c, const struct leg_owner *owner, uint32_t backend);
/* Closes the socket, leaves the queue, and gives the server back.  While the
 * connection still has its generation. */
void leg_close(struct leg *l, enum io_goodbye how);
/* After leg_close.  *l may be NULL. */
void leg_free(struct leg **l);

/* QUEUE, CONNECT or TLS: how long the state may last; and that time is over. */
double leg_seconds(const struct leg *l);
void leg_timeout(struct leg *l);

/* For connect.c, queue.c and bridge.c: the only writer of l->state. */
void leg_enter(struct leg *l, enum leg_state state);

/* READY: it is used once more, and the server has to show itself again. */
static inline void leg_again(struct leg *l)
{
	l->verdict = LEG_UNASKED;
}

/* The server was sent something, and has neither answered nor failed. */
static inline int leg_owes(const struct leg *l)
{
	return l->server && l->verdict == LEG_ASKED;
}

#endif
