/*
 * A connection: the client's half, the leg towards a server, and its state.
 * conn.c owns its life: conn_enter is the only writer of the state, conn_close
 * the only end.  The work of a state is done in decide.c, handshake.c, relay.c
 * and conn_close.c (linger), and for its leg in connect.c and bridge.c.
 */
#ifndef RUNTIME_CONN_H
#define RUNTIME_CONN_H

#include <ev.h>
#include <stdint.h>

#include "flow.h"
#include "grammar/words.h"
#include "leg.h"
#include "runtime/common/board_limit.h"
#include "runtime/common/generation.h"
#include "runtime/tls/io.h"

struct worker;
struct listener;
struct inspect;
struct requests;
struct pipe_end;
struct hello;

/* In order of life; conn.c has the lawful steps. */
enum conn_state {
	CONN_NEW,
	CONN_PROXY,     /* reading a PROXY header */
	CONN_HELLO,     /* reading the ClientHello */
	CONN_QUEUE,     /* every server is at its limit */
	CONN_CONNECT,   /* waiting for a server to accept */
	CONN_LEG2,      /* bridge: TLS handshake with the server */
	CONN_HANDSHAKE, /* offload, bridge: TLS handshake with the client */
	CONN_HTTP,      /* requests are seen: requests.h */
	CONN_RELAY,
	CONN_LINGER, /* closed; the last octets (an alert) are being sent */
	CONN_CLOSED, /* to be freed when the event is over */
	CONN_STATES,
};

enum side { CLIENT, SERVER };

/* The destination that the client named in a PROXY header. */
struct proxied {
	uint8_t family; /* TBL_V6 also where the client's is TBL_V4 */
	uint8_t addr[16];
	uint16_t port;
};

struct conn {
	struct io client;
	struct leg *leg;           /* or NULL; leg.h */
	struct requests *requests; /* of a route with a site, or NULL */
	struct ev_timer timer;
	struct worker *worker;
	struct generation *gen;
	struct conn *next, **link; /* all connections of the worker */
	struct pipe_end *pipe[2];  /* spliced octets in a pipe, or NULL */
	struct inspect *inspect;   /* passthrough: the ServerHello's guard */
	struct hello *hello;       /* half-read hello, or NULL */
	struct proxied *proxied;   /* whom a PROXY header says it reached */
	char *names;               /* "sni\0alpn\0", or NULL */
	const char *detail;        /* a constant for the log, or NULL */
	uint64_t id;
	uint64_t alpn;           /* what the table knows of its offer */
	uint64_t bytes[2];       /* delivered to the wire's relay, by
	                            * direction */
	uint64_t charged;        /* of bytes, to the bandwidth limits */
	struct board_hold hold;  /* what it holds of limits */
	double accepted, active; /* clock_now() */
	uint32_t frontend, list, clause, action, limit;
	uint32_t hello_us, connect_us, handshake_us; /* since accept; 0: no */
	uint32_t hello_kept; /* counted in the worker's hello_octets */
	uint32_t hello_left; /* of the first hello, not yet sent on */
	uint8_t addr[16];    /* the client's; v4 in the first four */
	uint16_t port;
	uint8_t family;       /* TBL_V4, TBL_V6, TBL_UNIX */
	uint8_t mode;         /* enum mode; 0 before the decision */
	uint16_t tls_version; /* the client's highest, then negotiated */
	uint16_t tls_suite;
	uint8_t state;       /* enum conn_state */
	uint8_t reason;      /* enum close_reason */
	uint8_t own;         /* a frontend's own clause decided */
	uint8_t alert;       /* sent to the client; 0: none */
	struct flow flow[2]; /* of the relay; CLIENT: up */
	uint8_t paused;      /* relay: ahead of a bandwidth limit */
};

static inline const struct tbl_action *conn_action(const struct conn *c)
{
	return &c->gen->table.action[c->action];
}
/* A half; NULL: there is no leg. */
static inline struct io *conn_io(const struct conn *c, int s)
{
	if (s == CLIENT)
		return (struct io *)(uintptr_t)&c->client;
	return c->leg ? &c->leg->io : NULL;
}
/* SERVER index of the present server or of the last one, or TBL_NONE. */
static inline uint32_t conn_server(const struct conn *c)
{
	return c->leg ? c->leg->server_index : TBL_NONE;
}
static inline const struct tbl_limit *conn_limit(const struct conn *c)
{
	return &c->gen->table.limit[c->limit];
}
static inline const char *conn_sni(const struct conn *c)
{
	return c->names ? c->names : "";
}

/* A socket was accepted on a listener; takes fd.  peer is from accept(2). */
struct sockaddr;
void conn_accept(struct worker *w, struct listener *l, int fd,
	const struct sockaddr *peer);

/* The only writer of c->state; starts the state's deadline. */
void conn_enter(struct conn *c, enum conn_state state);
/* The only end: logs, counts, gives everything back.  alert: to the client, if
 * there is no TLS session with it yet, or NO_ALERT.  How the two sockets end
 * follows from the reason. */
enum { NO_ALERT = 0 };
void conn_close(struct conn *c, enum close_reason reason, uint8_t alert,
	const char *detail);
/* LINGER: an event of the client's socket. */
void conn_linger(struct conn *c);
static inline int conn_over(const struct conn *c)
{
	return c->state >= CONN_LINGER;
}
/* A signature has come: signer_new's wake.  arg is the client's io. */
void conn_wake(void *arg);
/* RELAY, HTTP: from now on the timer is the end of a pause, not the idle deadline;
 * and the reverse. */
void conn_pause(struct conn *c, double seconds);
void conn_unpause(struct conn *c);
/* Restart the deadline of the state: it has another server, or the server has
 * ended. */
void conn_touch(struct conn *c);
/* To be called after anything was done to c outside its own events: frees it if
 * it has ended. */
void conn_settle(struct conn *c);
/* Microseconds since accept, at least 1. */
uint32_t conn_age_us(const struct conn *c);
/* End all connections: the drain's deadline. */
void conn_close_all(struct worker *w, enum close_reason reason);

const char *conn_state_word(enum conn_state s);

#endif
