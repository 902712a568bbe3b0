/*
 * ClientHello and ServerHello, from the bytes of a TCP stream.  Called by
 * conn.c for every connection and by tlsc match --hello; owns nothing.
 *
 * Two steps: gather() walks record headers until the message is complete
 * (remembering where it stands, so that one octet a call stays linear), then
 * the message is read once, in one pass, from contiguous octets.
 */
#include "hello.h"

#include <string.h>

enum { RECORD_HEADER = 5, RECORD_MAX = 16384, HANDSHAKE_HEADER = 4 };
enum { TYPE_ALERT = 21, TYPE_HANDSHAKE = 22 };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };
enum {
	EXT_SERVER_NAME = 0,
	EXT_ALPN = 16,
	EXT_EXTENDED_MASTER_SECRET = 23,
	EXT_SESSION_TICKET = 35,
	EXT_PRE_SHARED_KEY = 41,
	EXT_EARLY_DATA = 42,
	EXT_SUPPORTED_VERSIONS = 43,
	EXT_KEY_SHARE = 51,
	EXT_ENCRYPTED_CLIENT_HELLO = 0xfe0d,
};

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

struct stream {
	const uint8_t *buf;
	size_t n, limit;
	uint8_t want;      /* handshake type */
	int may_trail;     /* other messages may follow in the last record */
};

/* The known octets of a record header at p; 0 when nothing speaks against. */
static int check_header(const struct stream *s, uint32_t at, struct verdict v)
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
		return refuse(v, HELLO_FAULT_NOT_TLS, at + 1);
	if (n >= RECORD_HEADER) {
		unsigned len = p[3] << 8 | p[4];

		if (len == 0)
			return refuse(v, HELLO_FAULT_RECORD_EMPTY, at + 3);
		if (len > RECORD_MAX)
			return refuse(v, HELLO_FAULT_RECORD_LONG, at + 3);
	}
	return 0;
}

/* Learn the handshake header from what is there of a record's content. */
static enum hello_status learn_head(struct hello_gather *g,
	const struct stream *s, size_t avail, struct verdict v)
{
	const uint8_t *content = s->buf + g->next_record + RECORD_HEADER;

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
	g->need = HANDSHAKE_HEADER + ((uint32_t)g->head[1] << 16 |
		(uint32_t)g->head[2] << 8 | g->head[3]);
	return g->need > s->limit ? HELLO_BIG : HELLO_OK;
}

/* HELLO_OK: the whole message is in the stream. */
static enum hello_status gather(struct hello_gather *g, const struct stream *s,
	struct verdict v)
{
	for (;;) {
		size_t len, avail;

		if (check_header(s, g->next_record, v) != 0)
			return HELLO_BAD;
		if (s->n - g->next_record < RECORD_HEADER)
			return HELLO_MORE;
		len = s->buf[g->next_record + 3] << 8 |
			s->buf[g->next_record + 4];
		avail = s->n - g->next_record - RECORD_HEADER;
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
		g->next_record += RECORD_HEADER + len;
		if (g->need && g->have >= g->need)
			return HELLO_OK;
	}
}

/* The message as contiguous octets: in place when one record holds it, else
 * copied to scratch. */
static const uint8_t *assemble(const struct hello_gather *g,
	const struct stream *s, uint8_t *scratch)
{
	size_t at = 0, have = 0;
	size_t first = s->buf[3] << 8 | s->buf[4];

	if (first >= g->need)
		return s->buf + RECORD_HEADER;
	while (have < g->need) {
		size_t len = s->buf[at + 3] << 8 | s->buf[at + 4];
		size_t take = len < g->need - have ? len : g->need - have;

		memcpy(scratch + have, s->buf + at + RECORD_HEADER, take);
		have += take;
		at += RECORD_HEADER + len;
	}
	return scratch;
}

/* --- fields ------------------------------------------------------------ */

/* What is left to read.  Readers return 0, or -1 when it is too short. */
struct cursor {
	const uint8_t *p, *end;
};

static size_t left(const struct cursor *c)
{
	return (size_t)(c->end - c->p);
}

static int read_uint(struct cursor *c, unsigned octets, uint32_t *out)
{
	if (left(c) < octets)
		return -1;
	*out = 0;
	while (octets--)
		*out = *out << 8 | *c->p++;
	return 0;
}

/* A vector with a length prefix of `octets` octets. */
static int read_vector(struct cursor *c, unsigned octets, struct cursor *out)
{
	uint32_t len;

	if (read_uint(c, octets, &len) != 0 || left(c) < len)
		return -1;
	out->p = c->p;
	out->end = c->p += len;
	return 0;
}

static int skip(struct cursor *c, size_t n)
{
	if (left(c) < n)
		return -1;
	c->p += n;
	return 0;
}

/* RFC 8701: 0x0a0a, 0x1a1a, ... */
static int is_grease(uint32_t code)
{
	return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

/* --- extensions -------------------------------------------------------- */

/* One label, lower-cased in place; its length, or 0 when it is no LDH label
 * (RFC 5890 2.3.1), in which an underscore counts as a letter: names inside
 * organisations have them, and DNS forbids none (RFC 2181 11). */
static size_t label_lower(char *s, size_t n, int *numeric)
{
	size_t i;

	*numeric = 1;
	for (i = 0; i < n && s[i] != '.'; i++) {
		if (s[i] >= 'A' && s[i] <= 'Z')
			s[i] |= 0x20;
		if (s[i] >= '0' && s[i] <= '9')
			continue;
		*numeric = 0;
		if ((s[i] < 'a' || s[i] > 'z') && s[i] != '-' && s[i] != '_')
			return 0;
	}
	if (i == 0 || i > 63 || s[0] == '-' || s[i - 1] == '-')
		return 0;
	return i;
}

/* RFC 6066 3: an LDH name without trailing dot and no address literal; one
 * with a numeric last label could only be that. */
static enum hello_fault check_name(char *s, size_t n)
{
	size_t at = 0;
	int numeric = 0;

	for (;;) {
		size_t len = label_lower(s + at, n - at, &numeric);

		if (len == 0)
			return HELLO_FAULT_SNI_NAME;
		at += len;
		if (at == n)
			break;
		at++; /* the dot */
	}
	return numeric ? HELLO_FAULT_SNI_ADDRESS : HELLO_FAULT_NONE;
}

static enum hello_fault read_server_name(struct hello *h, struct cursor ext)
{
	struct cursor list, name;
	uint32_t type;

	if (read_vector(&ext, 2, &list) != 0 || left(&ext) || !left(&list))
		return HELLO_FAULT_SNI_FORM;
	while (left(&list)) {
		if (read_uint(&list, 1, &type) != 0)
			return HELLO_FAULT_SNI_FORM;
		if (type != 0)
			return HELLO_FAULT_SNI_TYPE;
		if (read_vector(&list, 2, &name) != 0 || !left(&name))
			return HELLO_FAULT_SNI_FORM;
		if (h->has_sni)
			return HELLO_FAULT_SNI_TWO;
		if (left(&name) > 253)
			return HELLO_FAULT_SNI_NAME;
		h->has_sni = 1;
		h->sni_len = (uint8_t)left(&name);
		memcpy(h->sni, name.p, h->sni_len);
		h->sni[h->sni_len] = 0;
	}
	return check_name(h->sni, h->sni_len);
}

static enum hello_fault read_alpn(struct hello *h, struct cursor ext)
{
	struct cursor list, token;

	if (read_vector(&ext, 2, &list) != 0 || left(&ext) || !left(&list))
		return HELLO_FAULT_ALPN;
	h->alpn = list.p;
	h->alpn_len = (uint16_t)left(&list);
	while (left(&list))
		if (read_vector(&list, 1, &token) != 0 || !left(&token))
			return HELLO_FAULT_ALPN;
	return HELLO_FAULT_NONE;
}

static enum hello_fault read_versions(struct hello *h, struct cursor ext)
{
	struct cursor list;
	uint32_t version;

	if (read_vector(&ext, 1, &list) != 0 || left(&ext) || !left(&list))
		return HELLO_FAULT_VERSIONS;
	h->max_version = 0;
	while (left(&list)) {
		if (read_uint(&list, 2, &version) != 0)
			return HELLO_FAULT_VERSIONS;
		if (version >= 0x0300 && version <= 0x0304 &&
			version > h->max_version)
			h->max_version = (uint16_t)version;
	}
	return HELLO_FAULT_NONE;
}

static enum hello_fault read_key_share(struct hello *h, struct cursor ext)
{
	struct cursor list, key;
	uint32_t group;

	if (read_vector(&ext, 2, &list) != 0 || left(&ext))
		return HELLO_FAULT_KEY_SHARE;
	while (left(&list)) {
		if (read_uint(&list, 2, &group) != 0 ||
			read_vector(&list, 2, &key) != 0 || !left(&key))
			return HELLO_FAULT_KEY_SHARE;
		if (!h->key_share_first && !is_grease(group))
			h->key_share_first = (uint16_t)group;
	}
	return HELLO_FAULT_NONE;
}

static enum hello_fault read_extension(struct hello *h, uint32_t type,
	struct cursor body)
{
	switch (type) {
	case EXT_SERVER_NAME:
		return read_server_name(h, body);
	case EXT_ALPN:
		return read_alpn(h, body);
	case EXT_SUPPORTED_VERSIONS:
		return read_versions(h, body);
	case EXT_KEY_SHARE:
		return read_key_share(h, body);
	case EXT_EXTENDED_MASTER_SECRET:
		h->has_ems = 1;
		break;
	case EXT_SESSION_TICKET:
		h->has_ticket = 1;
		break;
	case EXT_PRE_SHARED_KEY:
		h->has_psk = 1;
		break;
	case EXT_EARLY_DATA:
		h->has_early_data = 1;
		break;
	case EXT_ENCRYPTED_CLIENT_HELLO:
		h->has_ech = 1;
		break;
	}
	return HELLO_FAULT_NONE;
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
	const uint8_t *message, struct verdict v)
{
	uint64_t seen[1024] = {0};

	while (left(&list)) {
		size_t off = (size_t)(list.p - message);
		struct cursor body;
		enum hello_fault fault;
		uint32_t type;

		if (read_uint(&list, 2, &type) != 0 ||
			read_vector(&list, 2, &body) != 0)
			return refuse(v, HELLO_FAULT_EXTENSIONS, off);
		if (seen_before(seen, type))
			return refuse(v, HELLO_FAULT_DUPLICATE, off);
		if (h->has_psk) /* RFC 8446 4.2.11 */
			return refuse(v, HELLO_FAULT_PSK_NOT_LAST, off);
		fault = read_extension(h, type, body);
		if (fault != HELLO_FAULT_NONE)
			return refuse(v, fault, off);
	}
	return 0;
}

/* --- messages ---------------------------------------------------------- */

static void limit_legacy(struct hello *h)
{
	/* RFC 8446 4.2.1: without supported_versions at most TLS 1.2 */
	h->max_version = h->legacy_version > 0x0303 ? 0x0303 :
		h->legacy_version;
}

static int read_client_hello(struct hello *h, const uint8_t *m, size_t n,
	struct verdict v)
{
	struct cursor c = {m + HANDSHAKE_HEADER, m + n};
	struct cursor session, suites, compression, extensions;
	uint32_t version;

	if (read_uint(&c, 2, &version) != 0 || skip(&c, 32) != 0 ||
		read_vector(&c, 1, &session) != 0 ||
		read_vector(&c, 2, &suites) != 0 ||
		read_vector(&c, 1, &compression) != 0)
		return refuse(v, HELLO_FAULT_SHORT, n);
	if (version < 0x0300)
		return refuse(v, HELLO_FAULT_VERSION, HANDSHAKE_HEADER);
	if (left(&session) > 32)
		return refuse(v, HELLO_FAULT_SESSION_ID, HANDSHAKE_HEADER + 34);
	if (!left(&suites) || left(&suites) % 2)
		return refuse(v, HELLO_FAULT_SUITES, (size_t)(suites.p - m));
	if (!left(&compression) ||
		!memchr(compression.p, 0, left(&compression)))
		return refuse(v, HELLO_FAULT_COMPRESSION,
			(size_t)(compression.p - m));
	h->legacy_version = (uint16_t)version;
	h->suites = suites.p;
	h->suites_len = (uint16_t)left(&suites);
	limit_legacy(h);
	if (!left(&c)) /* no extensions at all: RFC 5246 7.4.1.2 */
		return 0;
	if (read_vector(&c, 2, &extensions) != 0 || left(&c))
		return refuse(v, HELLO_FAULT_EXTENSIONS, (size_t)(c.p - m));
	return read_extensions(h, extensions, m, v);
}

enum hello_status hello_parse(struct hello *h, const uint8_t *buf, size_t n,
	size_t limit, uint8_t *scratch)
{
	struct stream s = {buf, n, limit, CLIENT_HELLO, 0};
	struct verdict v = {&h->fault, &h->fault_off};
	enum hello_status status = gather(&h->gather, &s, v);
	const uint8_t *message;

	if (status != HELLO_OK)
		return status;
	h->raw_len = h->gather.next_record;
	message = assemble(&h->gather, &s, scratch);
	return read_client_hello(h, message, h->gather.need, v) == 0 ?
		HELLO_OK : HELLO_BAD;
}

/* RFC 8446 4.1.3: this random says HelloRetryRequest. */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02,
	0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e,
	0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* supported_versions, when it is there, holds the version negotiated. */
static int read_selected(struct server_hello *h, struct cursor list)
{
	while (left(&list)) {
		struct cursor body;
		uint32_t type, version;

		if (read_uint(&list, 2, &type) != 0 ||
			read_vector(&list, 2, &body) != 0)
			return -1;
		if (type != EXT_SUPPORTED_VERSIONS)
			continue;
		if (read_uint(&body, 2, &version) != 0 || left(&body))
			return -1;
		h->version = (uint16_t)version;
	}
	return 0;
}

static int read_server_hello(struct server_hello *h, const uint8_t *m,
	size_t n, struct verdict v)
{
	struct cursor c = {m + HANDSHAKE_HEADER, m + n};
	struct cursor session, extensions;
	uint32_t version, suite;
	const uint8_t *random;

	if (read_uint(&c, 2, &version) != 0)
		return refuse(v, HELLO_FAULT_SHORT, n);
	random = c.p;
	if (skip(&c, 32) != 0 || read_vector(&c, 1, &session) != 0 ||
		read_uint(&c, 2, &suite) != 0 || skip(&c, 1) != 0)
		return refuse(v, HELLO_FAULT_SHORT, n);
	h->version = (uint16_t)version;
	h->suite = (uint16_t)suite;
	h->is_hrr = memcmp(random, retry_random, sizeof(retry_random)) == 0;
	if (!left(&c))
		return 0;
	if (read_vector(&c, 2, &extensions) != 0 || left(&c) ||
		read_selected(h, extensions) != 0)
		return refuse(v, HELLO_FAULT_EXTENSIONS, (size_t)(c.p - m));
	return 0;
}

enum hello_status server_hello_parse(struct server_hello *h,
	const uint8_t *buf, size_t n, size_t limit, uint8_t *scratch)
{
	struct stream s = {buf, n, limit, SERVER_HELLO, 1};
	struct verdict v = {&h->fault, &h->fault_off};
	enum hello_status status = gather(&h->gather, &s, v);

	if (status != HELLO_OK)
		return status;
	return read_server_hello(h, assemble(&h->gather, &s, scratch),
		h->gather.need, v) == 0 ? HELLO_OK : HELLO_BAD;
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
