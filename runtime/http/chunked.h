/*
 * The chunked transfer coding (RFC 9112 7.1): an incremental decoder that finds
 * the payload without copying it, and the size line of a chunk to write.
 * Extensions and trailers are checked, counted and dropped.  Pure.
 *
 *	http_chunked_start(&c, limit);
 *	while (n > 0) {
 *		st = http_chunked_read(&c, p, n, &used, &data);
 *		if (st == HTTP_CHUNKED_DATA)
 *			pass on data;
 *		p += used, n -= used;
 *		if (st == HTTP_CHUNKED_END || st == HTTP_CHUNKED_BAD)
 *			break;
 *	}
 */
#ifndef RUNTIME_HTTP_CHUNKED_H
#define RUNTIME_HTTP_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/http/field.h"
#include "runtime/http/reason.h"

enum {
	HTTP_CHUNK_LINE_MAX = 256,    /* octets of one extension */
	HTTP_EXTENSIONS_MAX = 16384,  /* of all extensions of a body */
	HTTP_TRAILERS_MAX = 8192,     /* of all trailer lines */
	HTTP_CHUNK_HEAD_MAX = 16 + 2, /* what http_chunk_head writes */
};

/* After the payload of each chunk; and, after the last chunk, the end. */
#define HTTP_CHUNK_TAIL "\r\n"
#define HTTP_CHUNK_LAST "0\r\n\r\n"

enum http_chunked_status {
	HTTP_CHUNKED_MORE, /* all n are used, none of them payload */
	HTTP_CHUNKED_DATA, /* *data is payload, the last of the used octets */
	HTTP_CHUNKED_END,  /* the body is over; unused octets follow it */
	HTTP_CHUNKED_BAD,  /* .reason */
};

struct http_chunked {
	uint64_t left;  /* payload octets of this chunk to come */
	uint64_t total; /* payload octets announced up to now */
	uint64_t limit;
	uint32_t extensions, trailers; /* octets seen of them */
	uint16_t line;                 /* octets of this line */
	uint8_t state, digits;
	enum http_reason reason;
};

/* limit: largest payload in octets, refused as soon as a chunk announces more;
 * UINT64_MAX for none. */
void http_chunked_start(struct http_chunked *c, uint64_t limit);
/* p[0..n), n > 0: the octets that follow.  *used: how many of them were
 * consumed, at least 1; for HTTP_CHUNKED_BAD, the offset of the fault.  The
 * verdict does not depend on how the octets are cut. */
enum http_chunked_status http_chunked_read(struct http_chunked *c,
	const char *p, size_t n, size_t *used, struct http_slice *data);

/* "1f\r\n" for a chunk of n > 0 octets; returns its length.  Not terminated. */
size_t http_chunk_head(char out[HTTP_CHUNK_HEAD_MAX], uint64_t n);

#endif
