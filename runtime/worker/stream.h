/*
 * A stream: one request and its answer.  stream.c owns its life: stream_enter
 * is the only writer of its state, stream_over of its end.  The work of a state
 * is done by stream_head.c (a head, and what it asks for), stream_server.c (a
 * server for it), stream_up.c and stream_down.c (octets to and from the server)
 * and stream_answer.c (answers of our own).
 */
#ifndef RUNTIME_STREAM_H
#define RUNTIME_STREAM_H

#include <stdint.h>

#include "body.h"
#include "conn.h"
#include "requests.h"
#include "runtime/common/buf.h"
#include "runtime/content/content.h"
#include "runtime/http/head.h"

/* In order of life; stream.c has the lawful steps. */
enum stream_state {
	STREAM_DECIDE, /* the head is there */
	STREAM_SERVER, /* a server is chosen, waited for, spoken to */
	STREAM_ASK,    /* the request goes out, no answer yet */
	STREAM_ANSWER, /* the answer's head has gone, its body follows */
	STREAM_DRAIN,  /* the answer is out; the rest of the request's body is
	                * read and thrown away */
	STREAM_FLUSH,  /* all is said, and the connection ends when it is out */
	STREAM_OVER,   /* to be freed */
	STREAM_STATES,
};

enum stream_end {
	STREAM_END_NONE,
#define STREAM_END(id, word, close, help) STREAM_END_##id,
#include "stream_ends.def"
#undef STREAM_END
	STREAM_END_COUNT
};

#define STREAM_ID_LEN 32

struct stream {
	struct conn *conn;
	struct leg *leg;        /* towards its server, or NULL */
	struct buf *request;    /* the head as it goes out, until it is answered
	                        * (it may have to be sent again) */
	struct buf *behind;     /* of the server: read and not yet used */
	struct http_head *head; /* of an answer in pieces, its place */
	struct body up, down;
	double begun;       /* clock_now(), the head's first octet */
	uint64_t drain_end; /* DRAIN: .up.payload at most */
	const char *detail; /* a constant for the log, or NULL */
	const struct tbl_pathrec *bucket; /* content_answer's */
	uint32_t list, clause, action;    /* CLIST, CCLAUSE, CACTION, or NONE */
	uint32_t backend;                 /* BACKEND, or TBL_NONE */
	uint32_t server_index;            /* SERVER, or TBL_NONE */
	uint32_t server_us, first_us, last_us; /* since begun; 0: never */
	uint16_t status;                       /* of the answer; 0: none */
	uint8_t state;                         /* enum stream_state */
	uint8_t end;                           /* enum stream_end */
	uint8_t method;                        /* enum http_method */
	uint8_t version;  /* enum http_version of the client */
	uint8_t upgrade;  /* the request asks for it */
	uint8_t expects;  /* 100 (Continue) is still to be sent */
	uint8_t is_exact; /* ... */
	uint8_t last;     /* the connection ends with it */
	uint8_t sticky;   /* the answer sets the cookie */
	uint8_t reused;   /* its server's connection was used before */
	uint8_t sent;     /* the request's head is out */
	uint8_t keeps;    /* the server would go on with its connection */
	uint8_t deaf;     /* the server takes no more of it */
	uint8_t failed;   /* enum close_reason of the leg; 0: it has not */
	char id[STREAM_ID_LEN + 1];
	char text[]; /* "method\0host\0path\0" for the log */
};

const char *stream_state_word(enum stream_state s);
const char *stream_end_word(enum stream_end e);
/* Of the connection, when that ends with the request. */
enum close_reason stream_end_close(enum stream_end e);

/* The only writer of s->state; the deadline of the state begins. */
void stream_enter(struct stream *s, enum stream_state state);
/* How it ended is known: the first word counts. */
void stream_over(struct stream *s, enum stream_end end, const char *detail);
/* Its policy is replaced, or the worker is about to end: the connection ends
 * with this request. */
void stream_look_for_last(struct stream *s);
/* Everything is written of its answer: what follows, by the state of the
 * request's body and of the connection. */
void stream_said(struct stream *s);
/* NULL: no memory.  h: what could be read of the head. */
struct stream *stream_new(struct conn *c, const struct http_head *h);
/* Logs, counts, gives back. */
void stream_free(struct stream **s);
/* Microseconds since its head began, at least 1. */
uint32_t stream_age_us(const struct stream *s);
/* Seconds that its state may last. */
double stream_seconds(const struct stream *s);
/* ... and they are over. */
void stream_timeout(struct stream *s);
/* The connection has to end with it: the answer cannot be finished, so the
 * client must see that it is cut. */
void stream_abort(struct stream *s, enum stream_end end, const char *detail);

#endif
