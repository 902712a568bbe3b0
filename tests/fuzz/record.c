/*
 * Any content in well encrypted records, and any octets instead of them: what
 * a peer that holds the keys can send.  The input is a sequence of
 * (content type, length, octets); type 0 stands for raw octets on the wire.
 */
/* LINK: runtime/record.c runtime/aead.c runtime/aead_gnutls.c runtime/aead_libcrypto.c runtime/aead_ipsec_mb.c */
/* LIBS: -lgnutls */
#include "../tlspair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = RECORD_HEAD_MAX + 256 + RECORD_TAIL_MAX };

/* Read what is in buf; 0 when the connection would go on. */
static int receive(struct record *r, uint8_t *buf, size_t n)
{
	uint8_t control[RECORD_CONTROL_MAX];
	struct record_in in;
	size_t at = 0;

	do {
		record_open(r, buf + at, n - at, &in);
		if (in.event == RECORD_DATA && (in.data < buf ||
			in.data + in.len > buf + n || in.len == 0))
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

	if (type == 0) {
		memcpy(buf, data, n);
	} else {
		memcpy(buf + record_head(from), data, n);
		n = record_seal_type(from, type, buf, n);
	}
	buf = realloc(buf, n ? n : 1); /* exact: ASan sees overreads */
	rc = receive(to, buf, n);
	free(buf);
	return rc;
}

static void connected(int tls13)
{
	connect_ends(tls13 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" :
		"NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int now = -1;
	struct record *to, *from;
	int tls13, is_to_server;

	if (size < 1)
		return 0;
	tls13 = data[0] & 1;
	is_to_server = data[0] >> 1 & 1;
	if (now != tls13) { /* a handshake only when the version changes */
		if (now < 0)
			make_credentials();
		else
			close_ends();
		connected(tls13);
		now = tls13;
	}
	to = is_to_server ? record_take(server.s, 1, &server.secrets) :
		record_take(client.s, 0, &client.secrets);
	from = is_to_server ? record_take(client.s, 0, &client.secrets) :
		record_take(server.s, 1, &server.secrets);
	data++, size--;
	while (size >= 2) {
		size_t n = data[1] < size - 2 ? data[1] : size - 2;

		if (one_record(to, from, data[0], data + 2, n) != 0)
			break;
		data += 2 + n, size -= 2 + n;
	}
	record_free(&to);
	record_free(&from);
	return 0;
}
