/*
 * Bodies on their way (body.h).  Called by stream_up.c and stream_down.c.
 * Payloads are moved together at the front of the octets given: what frames
 * them there is at least as long as what has to frame them again, so that
 * nothing behind the body is touched.
 */
#include "body.h"

#include <string.h>

void body_begin(struct body *b, enum http_body in, uint64_t length,
	enum http_body out, uint64_t limit)
{
	b->in = (uint8_t)in;
	b->out = (uint8_t)out;
	b->ended = in == HTTP_BODY_NONE || (in == HTTP_BODY_LENGTH && !length);
	b->left = length;
	b->payload = 0;
	if (in == HTTP_BODY_CHUNKED)
		http_chunked_start(&b->chunked, limit);
}

/* The payload among p[0..n) to its front. */
static enum body_verdict gather(
	struct body *b, uint8_t *p, size_t n, size_t *used, size_t *have)
{
	enum http_chunked_status st = HTTP_CHUNKED_MORE;
	struct http_slice data;
	size_t part;

	*have = 0;
	for (*used = 0; *used < n && st != HTTP_CHUNKED_END; *used += part) {
		st = http_chunked_read(&b->chunked, (const char *)p + *used,
			n - *used, &part, &data);
		if (st == HTTP_CHUNKED_BAD)
			return BODY_BAD;
		if (st != HTTP_CHUNKED_DATA)
			continue;
		memmove(p + *have, data.at, data.n);
		*have += data.n;
	}
	return st == HTTP_CHUNKED_END ? BODY_ENDED : BODY_MORE;
}

static enum body_verdict count(
	struct body *b, size_t n, size_t *used, size_t *have)
{
	*used = n;
	if (b->in == HTTP_BODY_LENGTH) {
		if (n > b->left)
			*used = (size_t)b->left;
		b->left -= *used;
	}
	*have = *used;
	return b->in == HTTP_BODY_LENGTH && !b->left ? BODY_ENDED : BODY_MORE;
}

/* p[0..have) as a chunk, and the last chunk when it is the last. */
static void frame(
	uint8_t *p, size_t have, int last, uint8_t **send, size_t *len)
{
	char head[HTTP_CHUNK_HEAD_MAX];
	size_t n = have ? http_chunk_head(head, have) : 0;
	size_t tail = have ? sizeof(HTTP_CHUNK_TAIL) - 1 : 0;
	size_t end = last ? sizeof(HTTP_CHUNK_LAST) - 1 : 0;

	/* Behind nothing there is no room: the last chunk alone goes in front. */
	*send = have ? p - n : p - end;
	*len = n + have + tail + end;
	memcpy(*send, head, n);
	memcpy(*send + n + have, HTTP_CHUNK_TAIL, tail);
	memcpy(*send + n + have + tail, HTTP_CHUNK_LAST, end);
}

enum body_verdict body_take(struct body *b, uint8_t *p, size_t n, size_t *used,
	uint8_t **send, size_t *len)
{
	enum body_verdict v;
	size_t have;

	v = b->in == HTTP_BODY_CHUNKED ? gather(b, p, n, used, &have)
				       : count(b, n, used, &have);
	*send = p;
	*len = 0;
	if (v == BODY_BAD)
		return v;
	b->payload += have;
	b->ended = v == BODY_ENDED;
	if (b->out == HTTP_BODY_CHUNKED)
		frame(p, have, b->ended, send, len);
	else
		*len = have;
	return v;
}

int body_source_ends(struct body *b, const uint8_t **send, size_t *len)
{
	*send = (const uint8_t *)HTTP_CHUNK_LAST;
	*len = 0;
	if (b->in != HTTP_BODY_CLOSE)
		return 0;
	b->ended = 1;
	if (b->out == HTTP_BODY_CHUNKED)
		*len = sizeof(HTTP_CHUNK_LAST) - 1;
	return 1;
}
