/*
 * ClientHello and ServerHello, from the bytes of a TCP stream.  Called by
 * worker/decide.c, worker/inspect.c and ask/match.c; owns nothing.
 *
 * Two steps: gather() walks record headers until the message is complete (and
 * remembers its place, so that one octet a call stays linear), then the message
 * is read once, in one pass, from contiguous octets.
 */
#include "hello_priv.h"

#include <string.h>

#include "wire.h"

enum { HANDSHAKE_HEADER = 4 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };
/* What both parsers pass down: where to say what is wrong. */
struct verdict {
	enum hello_fault *fault;
	uint32_t *off;
};

static int refuse(struct verdict v, enum hello_fault fault, size_t off)
{
	*v.fault = fault;
	*v.off = (uint32_t)off;
	return -1;
}

/* --- records ----------------------------------------------------------- */

struct record_stream {
	const uint8_t *buf;
	size_t n, limit;
	uint8_t want;  /* handshake type */
	int may_trail; /* other messages may follow in the last record */
};

/* The known octets of a record header at p; 0 when nothing speaks against. */
static int check_header(
	const struct record_stream *s, uint32_t at, struct verdict v)
{
	const uint8_t *p = s->buf + at;
	size_t n = s->n - at;

	if (n >= 1 && p[0] != TYPE_HANDSHAKE) {
		if (at == 0 && s->want == SERVER_HELLO && p[0] == TYPE_ALERT)
			return refuse(v, HELLO_FAULT_ALERT, at);
		if (at > 0)
			return refuse(v, HELLO_FAULT_INTERLEAVED, at);
		if ((p[0] & 0x80) && n < 3)
			return 0; /* may yet turn out to be SSLv2 */
		if ((p[0] & 0x80) && p[2] == CLIENT_HELLO)
			return refuse(v, HELLO_FAULT_SSLV2, at);
		return refuse(v, HELLO_FAULT_NOT_TLS, at);
	}
	if (n >= 2 && p[1] != 3)
		return refuse(v, HELLO_FAULT_RECORD_VERSION, at + 1);
	if (n >= WIRE_HEADER) {
		unsigned len = p[3] << 8 | p[4];

		if (len == 0)
			return refuse(v, HELLO_FAULT_RECORD_EMPTY, at + 3);
		if (len > WIRE_PLAIN_MAX)
			return refuse(v, HELLO_FAULT_RECORD_LONG, at + 3);
	}
	return 0;
}

/* Learn the handshake header from what is there of a record's content. */
static enum hello_status learn_head(struct hello_gather *g,
	const struct record_stream *s, size_t avail, struct verdict v)
{
	const uint8_t *content = s->buf + g->next_record + WIRE_HEADER;

	for (size_t i = g->have; i < HANDSHAKE_HEADER; i++) {
		if (i - g->have >= avail)
			break;
		g->head[i] = content[i - g->have];
	}
	if (g->have + avail >= 1 && g->head[0] != s->want) {
		refuse(v, HELLO_FAULT_NOT_HELLO, g->next_record);
		return HELLO_BAD;
	}
	if (g->have + avail < HANDSHAKE_HEADER)
		return HELLO_MORE;
	g->need = HANDSHAKE_HEADER +
		((uint32_t)g->head[1] << 16 | (uint32_t)g->head[2] << 8 |
			g->head[3]);
	if (g->need > s->limit) {
		refuse(v, HELLO_FAULT_BIG, g->next_record);
		return HELLO_BIG;
	}
	return HELLO_OK;
}

/* HELLO_OK: the whole message is in the stream. */
static enum hello_status gather(
	struct hello_gather *g, const struct record_stream *s, struct verdict v)
{
	for (;;) {
		size_t len, avail;

		if (check_header(s, g->next_record, v) != 0)
			return HELLO_BAD;
		if (s->n - g->next_record < WIRE_HEADER)
			return HELLO_MORE;
		len = s->buf[g->next_record + 3] << 8 |
			s->buf[g->next_record + 4];
		avail = s->n - g->next_record - WIRE_HEADER;
		if (avail > len)
			avail = len;
		switch (learn_head(g, s, avail, v)) {
		case HELLO_BAD:
			return HELLO_BAD;
		case HELLO_BIG:
			return HELLO_BIG;
		default:
			break;
		}
		if (g->need && g->have + len > g->need && !s->may_trail) {
			refuse(v, HELLO_FAULT_TRAILING, g->next_record);
			return HELLO_BAD;
		}
		if (g->need && s->may_trail && g->have + avail >= g->need)
			return HELLO_OK;
		if (avail < len)
			return HELLO_MORE;
		g->have += len;
		g->next_record += WIRE_HEADER + len;
		if (g->need && g->have >= g->need)
			return HELLO_OK;
	}
}

/* The message as contiguous octets: in place when one record holds it, else
 * copied to scratch. */
static const uint8_t *assemble(const struct hello_gather *g,
	const struct record_stream *s, uint8_t *scratch)
{
	size_t at = 0, have = 0;
	size_t first = s->buf[3] << 8 | s->buf[4];

	if (first >= g->need)
		return s->buf + WIRE_HEADER;
	while (have < g->need) {
		size_t len = s->buf[at + 3] << 8 | s->buf[at + 4];
		size_t take = len < g->need - have ? len : g->need - have;

		memcpy(scratch + have, s->buf + at + WIRE_HEADER, take);
		have += take;
		at += WIRE_HEADER + len;
	}
	return scratch;
}

/* Mark a type; nonzero when it was marked before. */
static int seen_before(uint64_t seen[1024], uint32_t type)
{
	uint64_t bit = (uint64_t)1 << (type & 63);
	int again = (seen[type >> 6] & bit) != 0;

	seen[type >> 6] |= bit;
	return again;
}

static int read_extensions(struct hello *h, struct cursor list,
	const uint8_t *body, struct verdict v)
{
	uint64_t seen[1024] = {0};

	while (hello_left(&list)) {
		size_t off = HANDSHAKE_HEADER + (size_t)(list.p - body);
		struct cursor content;
		enum hello_fault fault;
		uint32_t type;

		if (hello_uint(&list, 2, &type) != 0 ||
			hello_vector(&list, 2, &content) != 0)
			return refuse(v, HELLO_FAULT_EXTENSIONS, off);
		if (seen_before(seen, type))
			return refuse(v, HELLO_FAULT_DUPLICATE, off);
		if (h->has_psk) /* RFC 8446 4.2.11 */
			return refuse(v, HELLO_FAULT_PSK_NOT_LAST, off);
		fault = hello_ext_read(h, type, content);
		if (fault != HELLO_FAULT_NONE)
			return refuse(v, fault, off);
	}
	return 0;
}

/* --- messages ---------------------------------------------------------- */

static void limit_legacy(struct hello *h)
{
	/* RFC 8446 4.2.1: without supported_versions at most TLS 1.2 */
	h->max_version = h->legacy_version > TLS12 ? TLS12 : h->legacy_version;
}

/* p[0..n) is the message after its handshake header. */
static int read_client_hello(
	struct hello *h, const uint8_t *p, size_t n, struct verdict v)
{
	struct cursor c = {p, p + n};
	struct cursor session, suites, compression, extensions;
	uint32_t version;

	if (hello_uint(&c, 2, &version) != 0 || hello_skip(&c, 32) != 0 ||
		hello_vector(&c, 1, &session) != 0 ||
		hello_vector(&c, 2, &suites) != 0 ||
		hello_vector(&c, 1, &compression) != 0)
		return refuse(v, HELLO_FAULT_SHORT, HANDSHAKE_HEADER + n);
	if (version < SSL30)
		return refuse(v, HELLO_FAULT_VERSION, HANDSHAKE_HEADER);
	if (hello_left(&session) > 32)
		return refuse(v, HELLO_FAULT_SESSION_ID, HANDSHAKE_HEADER + 34);
	if (!hello_left(&suites) || hello_left(&suites) % 2)
		return refuse(v, HELLO_FAULT_SUITES,
			HANDSHAKE_HEADER + (size_t)(suites.p - p));
	if (!hello_left(&compression) ||
		!memchr(compression.p, 0, hello_left(&compression)))
		return refuse(v,
			hello_left(&compression) ? HELLO_FAULT_COMPRESSION
						 : HELLO_FAULT_SHORT,
			HANDSHAKE_HEADER + (size_t)(compression.p - p));
	h->legacy_version = (uint16_t)version;
	h->suites = suites.p;
	h->suites_len = (uint16_t)hello_left(&suites);
	h->compressions = (uint8_t)hello_left(&compression);
	limit_legacy(h);
	if (!hello_left(&c)) /* no extensions at all: RFC 5246 7.4.1.2 */
		return 0;
	if (hello_vector(&c, 2, &extensions) != 0 || hello_left(&c))
		return refuse(v, HELLO_FAULT_EXTENSIONS,
			HANDSHAKE_HEADER + (size_t)(c.p - p));
	h->extensions = extensions.p;
	h->extensions_len = (uint32_t)hello_left(&extensions);
	return read_extensions(h, extensions, p, v);
}

enum hello_status hello_read(struct hello *h, const uint8_t *body, size_t n)
{
	struct verdict v = {&h->fault, &h->fault_off};

	return read_client_hello(h, body, n, v) == 0 ? HELLO_OK : HELLO_BAD;
}

enum hello_status hello_parse(struct hello *h, const uint8_t *buf, size_t n,
	size_t limit, uint8_t *scratch)
{
	struct record_stream s = {buf, n, limit, CLIENT_HELLO, 0};
	struct verdict v = {&h->fault, &h->fault_off};
	enum hello_status status = gather(&h->gather, &s, v);
	const uint8_t *message;

	if (status != HELLO_OK)
		return status;
	h->raw_len = h->gather.next_record;
	message = assemble(&h->gather, &s, scratch);
	return hello_read(h, message + HANDSHAKE_HEADER,
		h->gather.need - HANDSHAKE_HEADER);
}

/* RFC 8446 4.1.3: this random says HelloRetryRequest. */
static const uint8_t retry_random[32] = {
	0xcf,
	0x21,
	0xad,
	0x74,
	0xe5,
	0x9a,
	0x61,
	0x11,
	0xbe,
	0x1d,
	0x8c,
	0x02,
	0x1e,
	0x65,
	0xb8,
	0x91,
	0xc2,
	0xa2,
	0x11,
	0x16,
	0x7a,
	0xbb,
	0x8c,
	0x5e,
	0x07,
	0x9e,
	0x09,
	0xe2,
	0xc8,
	0xa8,
	0x33,
	0x9c,
};

/* supported_versions, when it is there, holds the version negotiated. */
static int read_selected(struct server_hello *h, struct cursor list)
{
	while (hello_left(&list)) {
		struct cursor body;
		uint32_t type, version;

		if (hello_uint(&list, 2, &type) != 0 ||
			hello_vector(&list, 2, &body) != 0)
			return -1;
		if (type != EXT_SUPPORTED_VERSIONS)
			continue;
		if (hello_uint(&body, 2, &version) != 0 || hello_left(&body))
			return -1;
		h->version = (uint16_t)version;
	}
	return 0;
}

static int read_server_hello(
	struct server_hello *h, const uint8_t *m, size_t n, struct verdict v)
{
	struct cursor c = {m + HANDSHAKE_HEADER, m + n};
	struct cursor session, extensions;
	uint32_t version, suite;
	const uint8_t *random;

	if (hello_uint(&c, 2, &version) != 0)
		return refuse(v, HELLO_FAULT_SHORT, n);
	random = c.p;
	if (hello_skip(&c, 32) != 0 || hello_vector(&c, 1, &session) != 0 ||
		hello_uint(&c, 2, &suite) != 0 || hello_skip(&c, 1) != 0)
		return refuse(v, HELLO_FAULT_SHORT, n);
	h->version = (uint16_t)version;
	h->suite = (uint16_t)suite;
	h->is_hrr = memcmp(random, retry_random, sizeof(retry_random)) == 0;
	if (!hello_left(&c))
		return 0;
	if (hello_vector(&c, 2, &extensions) != 0 || hello_left(&c) ||
		read_selected(h, extensions) != 0)
		return refuse(v, HELLO_FAULT_EXTENSIONS, (size_t)(c.p - m));
	return 0;
}

enum hello_status hello_parse_server(struct server_hello *h, const uint8_t *buf,
	size_t n, size_t limit, uint8_t *scratch)
{
	struct record_stream s = {buf, n, limit, SERVER_HELLO, 1};
	struct verdict v = {&h->fault, &h->fault_off};
	enum hello_status status = gather(&h->gather, &s, v);

	if (status != HELLO_OK)
		return status;
	return read_server_hello(h, assemble(&h->gather, &s, scratch),
		       h->gather.need, v) == 0
		? HELLO_OK
		: HELLO_BAD;
}

uint16_t hello_server_limit(const uint8_t *body, size_t n, int encrypted)
{
	struct cursor c = {0}, session, list, content;
	uint32_t type, limit;

	if (body)
		c = (struct cursor){body, body + n};
	/* version, random, session id, suite, compression */
	if (!encrypted &&
		(hello_skip(&c, 34) != 0 ||
			hello_vector(&c, 1, &session) != 0 ||
			hello_skip(&c, 3) != 0))
		return 0;
	if (hello_vector(&c, 2, &list) != 0)
		return 0;
	while (hello_uint(&list, 2, &type) == 0 &&
		hello_vector(&list, 2, &content) == 0)
		if (type == EXT_RECORD_SIZE_LIMIT &&
			hello_uint(&content, 2, &limit) == 0)
			return (uint16_t)limit;
	return 0;
}

/* --- words ------------------------------------------------------------- */

static const struct {
	const char *word, *text;
	uint8_t alert;
} faults[HELLO_FAULT_COUNT] = {
	{"none", "nothing is wrong", 0},
#define HELLO_FAULT(id, word, alert, text) {word, text, alert},
#include "hello_faults.def"
};

const char *hello_fault_word(enum hello_fault f)
{
	return faults[f].word;
}

const char *hello_fault_text(enum hello_fault f)
{
	return faults[f].text;
}

uint8_t hello_fault_alert(enum hello_fault f)
{
	return faults[f].alert;
}
