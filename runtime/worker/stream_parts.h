/*
 * What the rooms of a stream share; nobody else includes it.  They are called
 * by requests.c in turn while something moves: each says 1 when it has moved or
 * changed something, 0 when it waits for an event.  Whoever is called back by a
 * leg only takes notes, so that no room runs inside of another.
 */
#ifndef RUNTIME_STREAM_PARTS_H
#define RUNTIME_STREAM_PARTS_H

#include "stream.h"

#include "leg.h"
#include "limits.h"
#include "runtime/http/answer.h"
#include "runtime/http/write.h"

/* The chunk: octets of a half on their way to the other, in the middle of what
 * body.h asks to be free.  Empty between events. */
#define STREAM_CHUNK 65536
#define STREAM_CHUNK_ROOM (BODY_FRONT + STREAM_CHUNK + BODY_BACK)
extern uint8_t stream_chunk[STREAM_CHUNK_ROOM];
#define STREAM_IN (stream_chunk + BODY_FRONT)
/* A head of ours, and what goes out with it at once. */
#define STREAM_HEAD_ROOM (HTTP_HEAD_MAX + 16384)
extern uint8_t stream_out[STREAM_HEAD_ROOM + STREAM_CHUNK_ROOM];

#define STREAM_EDITS_MAX (2 * TBL_EDITS_MAX + 8)

static inline struct io *stream_client(struct stream *s)
{
	return &s->conn->client;
}
static inline const struct table *stream_table(const struct stream *s)
{
	return &s->conn->gen->table;
}
static inline const struct tbl_climit *stream_limit(const struct stream *s)
{
	return content_limit(stream_table(s), s->conn->limit);
}
/* Octets have moved: the idle deadline is another one. */
void stream_moved(struct stream *s);

/* stream_octets.c: what may be read of a half at once. */
size_t stream_room(const struct io *io);
/* The next octets of a body, those read early first, at STREAM_IN; or an
 * outcome.  Then how many of those n were used: 0, or -1: no memory. */
ssize_t stream_look(struct io *io, const struct buf *early);
int stream_used(struct buf **early, size_t n, size_t used);
/* Octets of a head: all there are of it. */
struct stream_octets {
	uint8_t *p; /* in the chunk, or in the buffer of early ones */
	size_t n;
	size_t read; /* of them, just now */
	int is_kept;
};
/* 1, or an outcome.  looked: those read early are known not to be enough. */
int stream_octets(
	struct io *io, struct buf **early, int looked, struct stream_octets *o);
/* The head has only begun: the octets and the parser's place are kept.  It is
 * whole: what is behind it waits.  0, or -1: no memory. */
int stream_octets_wait(struct buf **early, struct http_head **place,
	const struct stream_octets *o, const struct http_head *h);
int stream_octets_used(struct buf **early, struct http_head **place,
	const struct stream_octets *o, size_t used);

/* stream_head.c: idle: reads a head, and goes on with it. */
int stream_head(struct conn *c);
/* The client's end, between requests or in a head. */
void stream_client_ended(struct conn *c, ssize_t why);
/* stream_decide.c: h is whole and lies where the chunk or .ahead is. */
void stream_decide(struct stream *s, const struct http_head *h);
/* Something is wrong with what the client sent: an answer, and the end. */
void stream_refuse(struct stream *s, enum http_reason why);

/* stream_edit.c: the fields that we set, and those of the policy: how many.
 * They point into s, h, the table, and a buffer of the room. */
unsigned stream_edit_request(struct stream *s, const struct http_head *h,
	struct http_edit edit[STREAM_EDITS_MAX]);
unsigned stream_edit_response(
	struct stream *s, struct http_edit edit[STREAM_EDITS_MAX]);

/* stream_server.c: a server for s->backend. */
void stream_find_server(struct stream *s);
int stream_server(struct stream *s);
/* Gives the leg back, or keeps it for the next request. */
void stream_drop_leg(struct stream *s, enum io_goodbye how);
void stream_keep_leg(struct stream *s);
/* The leg at rest said something, or ended. */
void stream_resting_leg(struct conn *c);

/* stream_up.c, stream_down.c */
int stream_up(struct stream *s);
int stream_down(struct stream *s);
/* The client is not read for a body now: is it still there? */
int stream_listen(struct stream *s);
int stream_drain(struct stream *s);

/* stream_switch.c: 101 is there, and rest[0..n) behind it. */
int stream_switch(struct stream *s, const struct http_head *h,
	const struct http_frame *f, const uint8_t *rest, size_t n);

/* stream_answer.c: an answer of ours, with text or a constant sentence, and how
 * the request ended by it. */
void stream_answer(struct stream *s, unsigned status, enum stream_end end,
	const char *detail);
/* The policy's. */
void stream_answer_text(struct stream *s, const struct tbl_caction *a);
void stream_redirect(struct stream *s, const struct tbl_caction *a,
	const struct http_head *h);

/* stream_log.c */
void stream_log(const struct stream *s);

#endif
