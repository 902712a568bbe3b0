/*
 * Whom a request is for: Host and the authority of an absolute target (RFC 9110
 * 7.2, RFC 9112 3.2).  Called by head.c when all fields are read; owns nothing.
 */
#include "runtime/http/head_priv.h"

#include <string.h>

#include "runtime/http/octets.h"

/* s[0..n) is digits only, from 1 to 65535 and with no 0 in front. */
static int read_port(const char *s, size_t n, uint16_t *port)
{
	unsigned value = 0;

	if (n < 1 || n > 5 || s[0] == '0')
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		value = value * 10 + (unsigned)(s[i] - '0');
	}
	*port = (uint16_t)value;
	return value <= 65535 ? 0 : -1;
}

/* The octets of a name, or of an address with its brackets; 0 for neither.
 * Which addresses there are is not for this parser to say. */
static size_t name_length(struct http_slice s)
{
	size_t n = 0;

	if (s.n > 0 && s.at[0] == '[') {
		for (n = 1; n < s.n; n++)
			if (!http_octet(s.at[n], OCTET_HEX) && s.at[n] != ':' &&
				s.at[n] != '.')
				break;
		return n > 2 && n < s.n && s.at[n] == ']' ? n + 1 : 0;
	}
	while (n < s.n && http_octet(s.at[n], OCTET_HOST))
		n++;
	return n;
}

int http_host_read(
	struct http_slice host, struct http_slice *name, uint16_t *port)
{
	size_t n = name_length(host);

	*name = (struct http_slice){host.at, n};
	*port = 0;
	if (n == 0)
		return -1;
	if (n == host.n)
		return 0;
	if (host.at[n] != ':')
		return -1;
	return read_port(host.at + n + 1, host.n - n - 1, port);
}

/* The authority of an absolute form lies between "//" and the path. */
static int authority(const struct http_head *h, struct http_span *a)
{
	struct http_slice t = http_slice(h, h->target);
	const char *colon;

	if (t.at[0] == '/' || t.at[0] == '*')
		return 0;
	colon = memchr(t.at, ':', t.n);
	a->at = (uint16_t)(h->target.at + (colon + 3 - t.at));
	a->n = (uint16_t)(h->path.at - a->at);
	return 1;
}

static enum http_reason find_host(struct http_head *h)
{
	for (unsigned i = 0; i < h->count; i++) {
		if (h->field[i].id != HTTP_FIELD_HOST)
			continue;
		if (h->has_host)
			return HTTP_REASON_HOST_SEVERAL;
		h->has_host = 1;
		h->host = h->field[i].value;
	}
	return HTTP_FINE;
}

enum http_reason http_judge_host(struct http_head *h)
{
	enum http_reason why = find_host(h);
	struct http_slice name;
	struct http_span a;

	if (why != HTTP_FINE)
		return why;
	if (!h->has_host && h->version == HTTP_1_1)
		return HTTP_REASON_HOST_MISSING;
	if (authority(h, &a)) {
		if (h->has_host &&
			!http_same(http_slice(h, a), http_slice(h, h->host)))
			return HTTP_REASON_TARGET_HOST;
		h->has_host = 1;
		h->host = a;
	}
	if (!h->has_host)
		return HTTP_FINE;
	if (http_host_read(http_slice(h, h->host), &name, &h->port) != 0)
		return HTTP_REASON_HOST_BAD;
	h->host_name = (struct http_span){h->host.at, (uint16_t)name.n};
	return HTTP_FINE;
}
