/*
 * Any content in well encrypted records, and any octets instead of them: what
 * a peer that holds the keys can send, under each suite and so with each of
 * the libraries behind aead.c.  The input is an octet that says version,
 * direction, cipher and size, and a sequence of (content type, length,
 * octets); type 0 stands for raw octets on the wire, type 1 for octets that
 * bring their type and padding with them (RFC 8446 5.4).
 */
/* LINK: runtime/tls/record.c runtime/tls/record_keys.c runtime/tls/record_open.c runtime/tls/message.c runtime/tls/nonces.c runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c */
/* LIBS: -lgnutls */
#include <stdio.h>

#include "runtime/tls/nonces.h"
#include "../tlspair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SCALE = 65, PLAIN = 255 * SCALE }; /* more than a record may hold */
enum { ROOM = RECORD_HEAD_MAX + PLAIN + RECORD_TAIL_MAX };
enum { RAW, PADDED }; /* types that are none */
enum { IS_13 = 1, TO_SERVER = 2, CIPHER = 12, IS_LONG = 16, IDLE = 32 };

/* Read what is in buf; 0 when the connection would go on. */
static int receive(struct record *r, uint8_t *buf, size_t n)
{
	uint8_t control[RECORD_CONTROL_MAX];
	struct record_in in;
	size_t at = 0;

	do {
		record_open(r, buf + at, n - at, &in);
		if (in.event == RECORD_DATA &&
			(in.data < buf || in.data + in.len > buf + n ||
				in.len == 0))
			abort();
		if (in.used > n - at)
			abort();
		at += in.used;
		if (record_wants_control(r) && !record_control(r, control))
			abort();
	} while (in.event == RECORD_DATA || in.event == RECORD_NOTHING);
	return in.event == RECORD_MORE ? 0 : -1;
}

static int one_record(struct record *to, struct record *from, uint8_t type,
	const uint8_t *data, size_t n)
{
	uint8_t *buf = malloc(ROOM);
	int rc;

	if (type == RAW) {
		memcpy(buf, data, n);
	} else {
		memcpy(buf + record_head(from), data, n);
		n = record_seal_type(from, type == PADDED ? 0 : type, buf, n);
	}
	buf = realloc(buf, n ? n : 1); /* exact: ASan sees overreads */
	rc = receive(to, buf, n);
	free(buf);
	return rc;
}

/* Handshakes are made once: the record layer takes its state of them as
 * often as it is asked. */
static const struct end *ends(unsigned flags)
{
	static const char *const ciphers[] = {
		"+AES-128-GCM", "+AES-256-GCM", "+CHACHA20-POLY1305"};
	static struct end made[2][3][2];
	unsigned cipher = (flags & CIPHER) / 4 % 3;
	struct end *e = made[flags & IS_13][cipher];
	char priority[100];

	if (e[0].s)
		return e;
	if (!server_cred)
		make_credentials();
	snprintf(priority, sizeof(priority),
		"NORMAL:-VERS-ALL:+VERS-TLS1.%c:-CIPHER-ALL:%s",
		flags & IS_13 ? '3' : '2', ciphers[cipher]);
	connect_ends(priority);
	e[0] = client;
	e[1] = server;
	return e;
}

/* The input's octets, over and over where it asks for more than it has. */
static void fill(uint8_t *to, size_t want, const uint8_t *data, size_t n)
{
	for (size_t at = 0; at < want; at++)
		to[at] = n ? data[at % n] : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t plain[PLAIN];
	const struct end *e;
	struct record *to, *from;
	unsigned flags, is_to_server;

	if (size < 1)
		return 0;
	flags = data[0];
	is_to_server = (flags & TO_SERVER) != 0;
	e = ends(flags);
	to = record_take(
		e[is_to_server].s, (int)is_to_server, &e[is_to_server].secrets);
	from = record_take(
		e[!is_to_server].s, !is_to_server, &e[!is_to_server].secrets);
	data++, size--;
	while (size >= 2) {
		size_t n = data[1] < size - 2 ? data[1] : size - 2;
		size_t want =
			data[1] * (flags & IS_LONG ? (unsigned)SCALE : 1u);

		if (!(flags & IS_LONG))
			want = n;
		fill(plain, want, data + 2, n);
		if (one_record(to, from, data[0], plain, want) != 0)
			break;
		if (flags & IDLE)
			record_idle(to);
		data += 2 + n, size -= 2 + n;
	}
	record_free(&to);
	record_free(&from);
	nonces_forget();
	return 0;
}
