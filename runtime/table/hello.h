/*
 * ClientHello: an incremental, strict parser, a pure function of bytes.  It
 * works over TCP segments and TLS records (RFC 8446 5.1: a handshake message
 * may be split over records), allocates nothing, and keeps only offsets; a
 * message inside one record is not copied.  libc only; linked into tlsd, tlsc
 * (match --hello) and the fuzzer.
 */
#ifndef RUNTIME_HELLO_H
#define RUNTIME_HELLO_H

#include <stddef.h>
#include <stdint.h>

enum hello_status {
	HELLO_MORE, /* feed again with more bytes */
	HELLO_OK,   /* complete and acceptable */
	HELLO_BAD,  /* no acceptable ClientHello: see .fault */
	HELLO_BIG,  /* larger than the limit */
};

/* Why HELLO_BAD: the rows of hello_faults.def. */
enum hello_fault {
	HELLO_FAULT_NONE,
#define HELLO_FAULT(id, word, alert, text) HELLO_FAULT_##id,
#include "hello_faults.def"
	HELLO_FAULT_COUNT
};

/* How far the records have been walked; zero before the first call. */
struct hello_gather {
	uint32_t next_record; /* offset of the next record header */
	uint32_t have;        /* handshake octets in complete records */
	uint32_t need;        /* of the message, header included; 0 unknown */
	uint8_t head[4];      /* the handshake header, as it gets known */
};

struct hello {
	struct hello_gather gather;

	/* Result, valid on HELLO_OK. */
	uint32_t raw_len; /* stream octets up to the end of the record that
	                        * completes the message */
	uint16_t legacy_version;
	uint16_t max_version; /* highest known of supported_versions (0 when it
	                        * lists none that is known), else legacy */
	uint8_t has_sni, sni_len;
	char sni[256];       /* as sent but lower-cased, NUL-terminated */
	const uint8_t *name; /* as sent; points into buf or scratch */
	const uint8_t *alpn; /* ProtocolNameList entries (u8 len, octets)*, or
	                        * NULL; points into buf or scratch */
	uint16_t alpn_len;
	uint16_t key_share_first; /* first non-GREASE key share's group, or 0 */
	const uint8_t *suites;    /* cipher_suites, 2 octets each */
	uint16_t suites_len;
	const uint8_t *extensions; /* the list after its length, or NULL */
	uint32_t extensions_len;
	uint16_t record_limit; /* record_size_limit as sent, or 0 */
	uint8_t compressions;  /* how many methods are offered */
	uint8_t has_ems, has_ticket, has_psk, has_early_data, has_ech;

	/* On HELLO_BAD; also on HELLO_BIG. */
	enum hello_fault fault;
	uint32_t fault_off; /* offset in the stream or, once assembled, in
	                        * the handshake message */
};

/*
 * buf[0..n) is the stream so far, from its first octet, on every call (it may
 * move between calls).  limit: largest handshake message in octets, header
 * included (at least 16,384 is sensible).  scratch: limit octets, used within
 * the call only when the message spans records; alpn and suites may point
 * into it.  Total cost over any segmentation is linear in n.
 */
enum hello_status hello_parse(struct hello *h, const uint8_t *buf, size_t n,
	size_t limit, uint8_t *scratch);
/* The same for body[0..n), a message without its handshake header from
 * elsewhere: HELLO_OK or HELLO_BAD. */
enum hello_status hello_read(struct hello *h, const uint8_t *body, size_t n);

/* What a server that answers with `version` must refuse in a hello that was
 * accepted, beyond what a decision needs (RFC 8446 4.2, 9.2 and the RFCs of the
 * extensions).  HELLO_FAULT_NONE, or a fault; h is still whole. */
enum hello_fault hello_judge(const struct hello *h, uint16_t version);
/* Does a public key have the form that its group wants (RFC 8446 4.2.8, RFC
 * 8422 5.4)?  Of groups we do not know anything does. */
int hello_point_fits(uint16_t group, const uint8_t *p, size_t n);
/* RFC 8446 4.1.2: may the second hello, after a HelloRetryRequest, follow the
 * first?  Both without handshake header, and accepted. */
int hello_may_follow(
	const uint8_t *first, size_t n, const uint8_t *second, size_t m);

/* The version and cipher suite of a cleartext ServerHello (RFC 8446 4.1.3),
 * for "enforcing" and for the log; same manner as hello_parse, but other
 * messages may follow in its record.  HELLO_BAD with HELLO_FAULT_ALERT: the
 * server refused.  is_hrr: a HelloRetryRequest, another ClientHello follows. */
struct server_hello {
	struct hello_gather gather;
	uint16_t version, suite; /* wire values, as negotiated */
	uint8_t is_hrr;
	enum hello_fault fault;
	uint32_t fault_off;
};
enum hello_status hello_parse_server(struct server_hello *h, const uint8_t *buf,
	size_t n, size_t limit, uint8_t *scratch);

/* record_size_limit in a ServerHello's body, or an EncryptedExtensions'; 0 when
 * it is not there (RFC 8449 4). */
uint16_t hello_server_limit(const uint8_t *body, size_t n, int encrypted);

const char *hello_fault_word(enum hello_fault f); /* "two-host-names" */
const char *hello_fault_text(enum hello_fault f); /* a sentence */
/* The alert that fits (RFC 8446 6.2); 0 for the faults of a server's hello. */
uint8_t hello_fault_alert(enum hello_fault f);

#endif
