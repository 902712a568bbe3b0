/*
 * The chunked coding, one octet a step; payload is handed out in whole runs.
 * Called for every body in that coding; owns nothing.
 */
#include "runtime/http/chunked.h"

#include "runtime/http/octets.h"

enum {
	SIZE,      /* hexadecimal digits */
	BLANK,     /* white space (BWS) between the size and `;` */
	EXTENSION, /* after `;` */
	SIZE_LF,   /* the CR after the size has been read */
	DATA,
	DATA_CR,
	DATA_LF,
	LINE, /* a trailer line begins, or the empty line */
	NAME,
	VALUE,
	VALUE_LF,
	LAST_LF,
};

void http_chunked_start(struct http_chunked *c, uint64_t limit)
{
	*c = (struct http_chunked){.limit = limit, .state = SIZE};
}

/* Every step returns the reason to refuse its octet, or HTTP_FINE. */
static enum http_reason go(struct http_chunked *c, uint8_t state)
{
	c->state = state;
	return HTTP_FINE;
}

static enum http_reason expect(
	struct http_chunked *c, char o, char want, uint8_t next)
{
	if (o == want)
		return go(c, next);
	return want == '\n' ? HTTP_REASON_BARE_CR : HTTP_REASON_CHUNK_END;
}

/* --- the size line ----------------------------------------------------- */

static enum http_reason size_digit(struct http_chunked *c, char o)
{
	if (c->digits == 16)
		return HTTP_REASON_CHUNK_SIZE;
	c->digits++;
	c->left = c->left << 4 | http_hex(o);
	return HTTP_FINE;
}

/* After the digits, or after the white space that follows them. */
static enum http_reason size_end(struct http_chunked *c, char o)
{
	if (c->digits == 0)
		return HTTP_REASON_CHUNK_SIZE;
	if (c->left > c->limit - c->total)
		return HTTP_REASON_BODY_LONG;
	if (o == ';')
		return go(c, EXTENSION);
	/* RFC 9112 7.1.1 has white space in front of an extension only. */
	if (o == '\r' && c->state == SIZE)
		return go(c, SIZE_LF);
	return o == ' ' || o == '\t' ? go(c, BLANK) : HTTP_REASON_CHUNK_SIZE;
}

/* An extension is ignored, but it must certainly be one line. */
static enum http_reason extension(struct http_chunked *c, char o)
{
	if (++c->line > HTTP_CHUNK_LINE_MAX ||
		++c->extensions > HTTP_EXTENSIONS_MAX)
		return HTTP_REASON_CHUNK_EXTENSIONS_LONG;
	if (c->state == BLANK)
		return size_end(c, o);
	if (o == '\r')
		return go(c, SIZE_LF);
	return http_octet(o, OCTET_VALUE) ? HTTP_FINE
					  : HTTP_REASON_CHUNK_EXTENSION;
}

static enum http_reason size_line(struct http_chunked *c, char o)
{
	switch (c->state) {
	case SIZE:
		return http_octet(o, OCTET_HEX) ? size_digit(c, o)
						: size_end(c, o);
	case SIZE_LF:
		c->total += c->left;
		c->digits = 0;
		c->line = 0;
		return expect(c, o, '\n', c->left ? DATA : LINE);
	default:
		return extension(c, o);
	}
}

/* --- trailers ---------------------------------------------------------- */

/* Held to the same rules as the fields of a head, then dropped. */
static enum http_reason trailer(struct http_chunked *c, char o)
{
	if (++c->trailers > HTTP_TRAILERS_MAX)
		return HTTP_REASON_TRAILERS_LONG;
	switch (c->state) {
	case LINE:
		if (o == '\r')
			return go(c, LAST_LF);
		return http_octet(o, OCTET_TOKEN) ? go(c, NAME)
						  : HTTP_REASON_TRAILER;
	case NAME:
		if (o == ':')
			return go(c, VALUE);
		return http_octet(o, OCTET_TOKEN) ? HTTP_FINE
						  : HTTP_REASON_TRAILER;
	case VALUE:
		if (o == '\r')
			return go(c, VALUE_LF);
		return http_octet(o, OCTET_VALUE) ? HTTP_FINE
						  : HTTP_REASON_TRAILER;
	default:
		return expect(c, o, '\n', LINE);
	}
}

/* --- the whole --------------------------------------------------------- */

static enum http_reason step(struct http_chunked *c, char o)
{
	switch (c->state) {
	case SIZE:
	case BLANK:
	case EXTENSION:
	case SIZE_LF:
		return size_line(c, o);
	case DATA_CR:
		return expect(c, o, '\r', DATA_LF);
	case DATA_LF:
		return expect(c, o, '\n', SIZE);
	default:
		return trailer(c, o);
	}
}

static struct http_slice payload(
	struct http_chunked *c, const char *p, size_t n)
{
	if (n > c->left)
		n = (size_t)c->left;
	c->left -= n;
	if (c->left == 0)
		c->state = DATA_CR;
	return (struct http_slice){p, n};
}

enum http_chunked_status http_chunked_read(struct http_chunked *c,
	const char *p, size_t n, size_t *used, struct http_slice *data)
{
	*data = (struct http_slice){p, 0};
	for (size_t i = 0; i < n; i++) {
		int last = c->state == LAST_LF;

		if (c->state == DATA) {
			*data = payload(c, p + i, n - i);
			*used = i + data->n;
			return HTTP_CHUNKED_DATA;
		}
		c->reason = step(c, p[i]);
		*used = i;
		if (c->reason != HTTP_FINE)
			return HTTP_CHUNKED_BAD;
		*used = i + 1;
		if (last)
			return HTTP_CHUNKED_END;
	}
	*used = n;
	return HTTP_CHUNKED_MORE;
}

size_t http_chunk_head(char out[HTTP_CHUNK_HEAD_MAX], uint64_t n)
{
	static const char digit[] = "0123456789abcdef";
	size_t len = 1;

	while (len < 16 && n >> 4 * len)
		len++;
	for (size_t i = 0; i < len; i++)
		out[i] = digit[n >> 4 * (len - 1 - i) & 15];
	out[len] = '\r';
	out[len + 1] = '\n';
	return len + 2;
}
