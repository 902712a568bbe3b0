/*
 * The life of a request (stream.h).  Called by the rooms of a stream.
 */
#include "stream_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "runtime/common/clock.h"
#include "worker_state.h"

#define DRAIN_SECONDS 5.
#define DRAIN_OCTETS 262144
#define TEXT_MAX 1024 /* of a host, of a path: octets for the log */

uint8_t stream_chunk[STREAM_CHUNK_ROOM];
uint8_t stream_out[STREAM_HEAD_ROOM + STREAM_CHUNK_ROOM];

static const struct {
	const char *word;
	uint16_t from; /* the states it may be entered from */
} states[STREAM_STATES] = {
	[STREAM_DECIDE] = {"decide", 0},
	[STREAM_SERVER] = {"server", 1 << STREAM_DECIDE | 1 << STREAM_ASK},
	[STREAM_ASK] = {"ask", 1 << STREAM_SERVER},
	[STREAM_ANSWER] = {"answer", 1 << STREAM_ASK},
	[STREAM_DRAIN] = {"drain", (1 << STREAM_DRAIN) - 1},
	[STREAM_FLUSH] = {"flush", (1 << STREAM_FLUSH) - 1},
	[STREAM_OVER] = {"over", (1 << STREAM_FLUSH) - 1},
};

static const struct {
	const char *word;
	enum close_reason close;
} ends[STREAM_END_COUNT] = {
	{"", CLOSE_INTERNAL},
#define STREAM_END(id, word, close, help) {word, CLOSE_##close},
#include "stream_ends.def"
#undef STREAM_END
};

const char *stream_state_word(enum stream_state s)
{
	return states[s].word;
}

const char *stream_end_word(enum stream_end e)
{
	return ends[e].word;
}

enum close_reason stream_end_close(enum stream_end e)
{
	return ends[e].close;
}

uint32_t stream_age_us(const struct stream *s)
{
	double us = (clock_now() - s->begun) * 1e6;

	return us < 1 ? 1 : us > 4e9 ? 4000000000u : (uint32_t)us;
}

void stream_moved(struct stream *s)
{
	s->conn->active = clock_now();
}

void stream_enter(struct stream *s, enum stream_state state)
{
	assert(states[state].from & 1 << s->state);
	s->state = (uint8_t)state;
	if (state != STREAM_OVER)
		conn_touch(s->conn);
}

double stream_seconds(const struct stream *s)
{
	const struct tbl_limit *l = conn_limit(s->conn);

	switch ((enum stream_state)s->state) {
	case STREAM_SERVER:
		return leg_seconds(s->leg);
	case STREAM_ASK:
		if (s->up.ended)
			return stream_limit(s)->response_ms / 1e3;
		return l->idle_ms / 1e3;
	case STREAM_DRAIN:
		return DRAIN_SECONDS;
	default:
		return l->idle_ms / 1e3;
	}
}

void stream_over(struct stream *s, enum stream_end end, const char *detail)
{
	if (s->end)
		return;
	s->end = (uint8_t)end;
	s->last_us = stream_age_us(s);
	if (detail)
		s->detail = detail;
}

void stream_look_for_last(struct stream *s)
{
	const struct conn *c = s->conn;

	if (c->worker->draining || c->gen != c->worker->live)
		s->last = 1;
}

void stream_said(struct stream *s)
{
	s->drain_end = s->up.payload + DRAIN_OCTETS;
	if (s->last || s->conn->requests->ended)
		stream_enter(s, STREAM_FLUSH);
	else
		stream_enter(s, s->up.ended ? STREAM_OVER : STREAM_DRAIN);
}

void stream_abort(struct stream *s, enum stream_end end, const char *detail)
{
	stream_over(s, end, detail);
	conn_close(s->conn,
		s->state == STREAM_ANSWER && end != STREAM_END_CLIENT_LEFT &&
				end != STREAM_END_STALLED
			? CLOSE_ANSWER_CUT
			: ends[end].close,
		NO_ALERT, s->detail);
}

void stream_timeout(struct stream *s)
{
	switch ((enum stream_state)s->state) {
	case STREAM_SERVER:
		leg_timeout(s->leg); /* tells us what comes of it */
		break;
	case STREAM_ASK:
		if (s->up.ended || s->leg->io.out)
			stream_answer(s, 504, STREAM_END_NO_ANSWER, NULL);
		else
			stream_answer(s, 408, STREAM_END_SLOW_BODY, NULL);
		break;
	case STREAM_DRAIN:
		s->last = 1;
		stream_enter(s, STREAM_FLUSH);
		break;
	default:
		stream_abort(s, STREAM_END_STALLED, NULL);
	}
}

/* 128 bits: random ones of the worker, and a count, through a mixer that loses
 * nothing. */
static void make_id(char out[STREAM_ID_LEN + 1])
{
	static uint64_t seed[2], count;
	static const char digit[] = "0123456789abcdef";
	uint64_t word[2];

	if (!count && getrandom(seed, sizeof(seed), 0) < 0)
		seed[0] = clock_us();
	word[0] = seed[0];
	word[1] = seed[1] + ++count * UINT64_C(0x9e3779b97f4a7c15);
	word[1] = (word[1] ^ word[1] >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	word[1] = (word[1] ^ word[1] >> 27) * UINT64_C(0x94d049bb133111eb);
	word[1] ^= word[1] >> 31;
	for (unsigned i = 0; i < STREAM_ID_LEN; i++)
		out[i] = digit[word[i / 16] >> (60 - i % 16 * 4) & 15];
	out[STREAM_ID_LEN] = 0;
}

static char *add_text(char *to, struct http_slice s)
{
	memcpy(to, s.at, s.n);
	to[s.n] = 0;
	return to + s.n + 1;
}

static struct http_slice cut(struct http_slice s)
{
	if (!s.at)
		return (struct http_slice){"", 0};
	if (s.n > TEXT_MAX)
		s.n = TEXT_MAX;
	return s;
}

struct stream *stream_new(struct conn *c, const struct http_head *h)
{
	struct http_slice method = {"", 0}, host = method, path = method;
	struct stream *s;
	char *at;

	if (h) {
		method = http_slice(h, h->method_text);
		host = cut(http_slice(h, h->host));
		path = cut(http_head_path(h));
	}
	s = calloc(1, sizeof(*s) + method.n + host.n + path.n + 3);
	if (!s)
		return NULL;
	at = add_text(s->text, method);
	at = add_text(at, host);
	add_text(at, path);
	s->conn = c;
	s->begun = c->requests->begun;
	s->list = s->clause = s->action = TBL_NONE;
	s->backend = s->server_index = TBL_NONE;
	s->up.ended = 1;
	if (h) {
		s->method = h->method;
		s->version = h->version;
	}
	make_id(s->id);
	c->requests->served++;
	c->requests->stream = s;
	return s;
}

void stream_free(struct stream **sp)
{
	struct stream *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	stream_log(s);
	assert(!s->leg);
	buf_free(&s->request);
	buf_free(&s->behind);
	free(s->head);
	free(s);
}
