/*
 * Octets that a half has said: those read early first, and what of them has not
 * been used waits.  Called by the files of a stream, for both halves; owns
 * nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "stream_parts.h"

#define LEAST 32768

size_t stream_room(const struct io *io)
{
	size_t least = LEAST + (io->tls ? buf_len(io->in) : 0);

	return least < STREAM_CHUNK ? least : STREAM_CHUNK;
}

ssize_t stream_look(struct io *io, const struct buf *early)
{
	size_t n = buf_len(early);

	if (!n)
		return io_read(io, STREAM_IN, STREAM_CHUNK);
	if (n > STREAM_CHUNK)
		n = STREAM_CHUNK;
	memcpy(STREAM_IN, buf_data(early), n);
	return (ssize_t)n;
}

int stream_used(struct buf **early, size_t n, size_t used)
{
	if (*early) {
		buf_consume(early, used);
		return 0;
	}
	return buf_append(early, STREAM_IN + used, n - used);
}

int stream_octets(
	struct io *io, struct buf **early, int looked, struct stream_octets *o)
{
	ssize_t n;

	o->read = 0;
	if (!*early || looked) {
		n = io_read(io, STREAM_IN, stream_room(io));
		if (n <= 0)
			return (int)n;
		o->read = (size_t)n;
		if (*early && buf_append(early, STREAM_IN, (size_t)n) < 0)
			return IO_MEMORY;
	}
	o->is_kept = *early != NULL;
	o->p = o->is_kept ? (*early)->data + (*early)->off : STREAM_IN;
	o->n = o->is_kept ? buf_len(*early) : o->read;
	return 1;
}

int stream_octets_wait(struct buf **early, struct http_head **place,
	const struct stream_octets *o, const struct http_head *h)
{
	if (!o->is_kept && buf_append(early, o->p, o->n) < 0)
		return -1;
	if (*place)
		return 0;
	*place = malloc(sizeof(*h));
	if (!*place)
		return -1;
	memcpy(*place, h, sizeof(*h));
	return 0;
}

int stream_octets_used(struct buf **early, struct http_head **place,
	const struct stream_octets *o, size_t used)
{
	free(*place);
	*place = NULL;
	if (!o->is_kept)
		return buf_append(early, o->p + used, o->n - used);
	buf_consume(early, used);
	return 0;
}
