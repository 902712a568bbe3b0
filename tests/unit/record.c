/*
 * The record layer against GnuTLS: either end of a connection is taken over,
 * the other stays what it is.
 */
/* LINK: runtime/tls/record.c runtime/tls/record_keys.c runtime/tls/record_open.c runtime/tls/message.c runtime/tls/nonces.c runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c */
/* LIBS: -lgnutls */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gnutls/gnutls.h>

#include "runtime/tls/record.h"
#include "../tlspair.h"

/* --- our end: send and receive --- */

static void ours_sends(struct end *e, struct record *r, const char *text)
{
	static uint8_t rec[RECORD_HEAD_MAX + WIRE_PLAIN_MAX + RECORD_TAIL_MAX];
	size_t n = strlen(text);

	memcpy(rec + record_head(r), text, n);
	n = record_seal(r, rec, n);
	assert_true(n > 0);
	push(e, rec, n);
}

static void ours_controls(struct end *e, struct record *r)
{
	uint8_t out[RECORD_CONTROL_MAX];
	size_t n = record_control(r, out);

	assert_true(n > 0 && n <= sizeof(out));
	push(e, out, n);
}

static struct record_in ours_gets(struct end *e, struct record *r)
{
	struct record_in got;

	record_open(r, e->in->b + e->in->at, e->in->n - e->in->at, &got);
	e->in->at += got.used;
	return got;
}

static void ours_gets_text(struct end *e, struct record *r, const char *text)
{
	struct record_in got;

	do
		got = ours_gets(e, r);
	while (got.event == RECORD_NOTHING);
	assert_int_equal(got.event, RECORD_DATA);
	assert_int_equal(got.len, strlen(text));
	assert_memory_equal(got.data, text, got.len);
}

static void theirs_gets_text(struct end *e, const char *text)
{
	char b[200];
	ssize_t n;

	do
		n = gnutls_record_recv(e->s, b, sizeof(b));
	while (n == GNUTLS_E_AGAIN && e->in->at < e->in->n);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(b, text, (size_t)n);
}

static void theirs_sends(struct end *e, const char *text)
{
	assert_int_equal(
		gnutls_record_send(e->s, text, strlen(text)), strlen(text));
}

#define P13                                                                    \
	"NONE:+VERS-TLS1.3:+AEAD:+GROUP-X25519:+SIGN-ALL:+ECDHE-ECDSA:"        \
	"+CTYPE-X509:+"
#define P12                                                                    \
	"NONE:+VERS-TLS1.2:+AEAD:+GROUP-X25519:+SIGN-ALL:+ECDHE-ECDSA:"        \
	"+CTYPE-X509:+COMP-NULL:+"
static const char *const suites[] = {
	P13 "AES-128-GCM",
	P13 "AES-256-GCM",
	P13 "CHACHA20-POLY1305",
	P12 "AES-128-GCM",
	P12 "AES-256-GCM",
	P12 "CHACHA20-POLY1305",
};
enum { SUITES = sizeof(suites) / sizeof(*suites) };

static void talk(struct end *ours, struct end *theirs, int is_server)
{
	struct record *r = record_take(ours->s, is_server, &ours->secrets);
	uint8_t out[RECORD_CONTROL_MAX];

	assert_non_null(r);
	for (int i = 0; i < 3; i++) {
		theirs_sends(theirs, "a question");
		ours_gets_text(ours, r, "a question");
		ours_sends(ours, r, "an answer");
		theirs_gets_text(theirs, "an answer");
		record_idle(r);
	}
	gnutls_bye(theirs->s, GNUTLS_SHUT_WR);
	assert_int_equal(ours_gets(ours, r).event, RECORD_CLOSE);
	push(ours, out, record_alert(r, 0, out));
	assert_int_equal(gnutls_record_recv(theirs->s, out, 1), 0);
	record_free(&r);
}

static void every_suite_in_both_roles(void **state)
{
	(void)state;
	for (int i = 0; i < SUITES; i++) {
		connect_ends(suites[i]);
		talk(&server, &client, 1);
		close_ends();
		connect_ends(suites[i]);
		talk(&client, &server, 0);
		close_ends();
	}
}

static void other_suites_are_declined(void **state)
{
	(void)state;
	connect_ends("NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC");
	assert_null(record_take(server.s, 1, &server.secrets));
	close_ends();
	connect_ends(P13 "AES-128-CCM");
	assert_null(record_take(server.s, 1, &server.secrets));
	close_ends();
}

static void key_updates_both_ways(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct record *r;

		connect_ends(suites[i]);
		r = record_take(server.s, 1, &server.secrets);
		assert_int_equal(
			gnutls_session_key_update(client.s, GNUTLS_KU_PEER), 0);
		theirs_sends(&client, "new keys");
		ours_gets_text(&server, r, "new keys");
		assert_true(record_wants_control(r));
		ours_controls(&server, r);
		assert_false(record_wants_control(r));
		ours_sends(&server, r, "mine too");
		theirs_gets_text(&client, "mine too");
		record_free(&r);
		close_ends();
	}
}

/* GnuTLS may have sealed and opened under updated keys before we take over; the
 * sequence number that it tells belongs to those. */
static void updates_before_the_handover(void **state)
{
	struct record *r;
	char b[8];

	(void)state;
	for (int i = 0; i < 3; i++) {
		connect_ends(suites[i]);
		theirs_sends(&client, "old keys");
		theirs_gets_text(&server, "old keys");
		theirs_sends(&server, "old keys");
		theirs_gets_text(&client, "old keys");
		assert_int_equal(
			gnutls_session_key_update(client.s, GNUTLS_KU_PEER), 0);
		assert_int_equal(
			gnutls_record_recv(server.s, b, 8), GNUTLS_E_AGAIN);
		/* Asked for, and not sent yet. */
		r = record_take(server.s, 1, &server.secrets);
		assert_non_null(r);
		assert_true(record_wants_control(r));
		record_free(&r);
		theirs_sends(&server, "new keys");
		theirs_gets_text(&client, "new keys");
		r = record_take(server.s, 1, &server.secrets);
		assert_non_null(r);
		assert_false(record_wants_control(r));
		theirs_sends(&client, "hers");
		ours_gets_text(&server, r, "hers");
		ours_sends(&server, r, "ours");
		theirs_gets_text(&client, "ours");
		record_free(&r);
		close_ends();
	}
}

/* Another secret than that of the session's keys: GnuTLS keeps it. */
static void foreign_secrets_are_declined(void **state)
{
	(void)state;
	connect_ends(suites[0]);
	server.secrets.server[0] ^= 1;
	assert_null(record_take(server.s, 1, &server.secrets));
	close_ends();
}

/* A record of the handshake type, from e's record layer to the other's. */
static struct record_in hands(struct end *e, struct record *from,
	struct end *to, struct record *r, const uint8_t *p, size_t n)
{
	static uint8_t rec[RECORD_HEAD_MAX + WIRE_PLAIN_MAX + RECORD_TAIL_MAX];

	memcpy(rec + record_head(from), p, n);
	n = record_seal_type(from, 22, rec, n);
	assert_true(n > 0);
	push(e, rec, n);
	return ours_gets(to, r);
}

/* A ticket, then a KeyUpdate, in records of so many octets. */
static void in_parts(size_t size)
{
	enum { TICKET = 20000 };
	static uint8_t text[4 + TICKET] = {4, 0, TICKET >> 8, TICKET & 255};
	static const uint8_t update[5] = {24, 0, 0, 1, 0};
	struct record *r, *peer;
	struct record_in got;
	size_t at, n;

	connect_ends(suites[0]);
	r = record_take(client.s, 0, &client.secrets);
	peer = record_take(server.s, 1, &server.secrets);
	for (at = 0; at < sizeof(text); at += n) {
		n = sizeof(text) - at < size ? sizeof(text) - at : size;
		got = hands(&server, peer, &client, r, text + at, n);
		assert_int_equal(got.event, RECORD_NOTHING);
	}
	ours_sends(&server, peer, "behind it");
	ours_gets_text(&client, r, "behind it");
	for (at = 0; at < sizeof(update); at += n) {
		n = sizeof(update) - at < size ? sizeof(update) - at : size;
		got = hands(&server, peer, &client, r, update + at, n);
		assert_int_equal(got.event, RECORD_NOTHING);
	}
	/* Under the old key nothing is understood any more. */
	ours_sends(&server, peer, "x");
	assert_int_equal(ours_gets(&client, r).alert, 20);
	record_free(&r);
	record_free(&peer);
	close_ends();
}

static void messages_span_records(void **state)
{
	(void)state;
	in_parts(1);
	in_parts(3);
	in_parts(512);
	in_parts(16384);
}

/* RFC 8446 5.1: no data between a message's parts, no message behind a
 * KeyUpdate in its record, no message without end. */
static void messages_are_bounded(void **state)
{
	static const struct {
		uint8_t text[12];
		size_t n;
		uint8_t alert; /* 0: only data behind it is wrong */
	} cases[] = {
		{{4, 0, 1, 0, 9}, 5, 0},
		{{4, 0}, 2, 0},
		{{4, 0xff, 0xff, 0xff, 9}, 5, 50},
		{{24, 0, 0, 2, 0, 0}, 6, 50},
		{{24, 0, 0, 0}, 4, 50},
		{{24, 0, 0, 1, 2}, 5, 47},
		{{24, 0, 0, 1, 0, 4, 0, 0}, 8, 10},
		{{4, 0, 0, 1, 0, 13, 0, 0}, 8, 10},
		{{13}, 1, 10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct record *r, *peer;
		struct record_in got;

		connect_ends(suites[0]);
		r = record_take(client.s, 0, &client.secrets);
		peer = record_take(server.s, 1, &server.secrets);
		got = hands(
			&server, peer, &client, r, cases[i].text, cases[i].n);
		if (!cases[i].alert) {
			assert_int_equal(got.event, RECORD_NOTHING);
			ours_sends(&server, peer, "x");
			got = ours_gets(&client, r);
		}
		assert_int_equal(got.event, RECORD_BROKEN);
		assert_int_equal(
			got.alert, cases[i].alert ? cases[i].alert : 10);
		record_free(&r);
		record_free(&peer);
		close_ends();
	}
}

static void update_is_due_after_enough_records(void **state)
{
	struct record *r;

	(void)state;
	connect_ends(suites[0]);
	r = record_take(server.s, 1, &server.secrets);
	record_set_update_after(r, 5);
	for (int i = 0; i < 20; i++) {
		ours_sends(&server, r, "x");
		if (record_wants_control(r))
			ours_controls(&server, r);
	}
	for (int i = 0; i < 20; i++)
		theirs_gets_text(&client, "x");
	record_free(&r);
	close_ends();
}

static void padding_is_stripped(void **state)
{
	struct record *r;

	(void)state;
	connect_ends(suites[0]);
	r = record_take(server.s, 1, &server.secrets);
	assert_int_equal(gnutls_record_send2(client.s, "padded", 6, 500, 0), 6);
	assert_true(to_server.n - to_server.at > 500);
	ours_gets_text(&server, r, "padded");
	record_free(&r);
	close_ends();
}

/* What the client's end, taken over too, seals: content[0..n) and the octet of
 * its type, to be opened by the server's. */
static struct record_in sealed_so(
	const char *suite, uint8_t type, const uint8_t *content, size_t n)
{
	static uint8_t rec[RECORD_WIRE_MAX + 64];
	struct record *r, *c;
	struct record_in got;

	connect_ends(suite);
	r = record_take(server.s, 1, &server.secrets);
	c = record_take(client.s, 0, &client.secrets);
	if (n)
		memcpy(rec + record_head(c), content, n);
	n = record_seal_type(c, type, rec, n);
	record_open(r, rec, n, &got);
	record_free(&r);
	record_free(&c);
	close_ends();
	return got;
}

/* RFC 8446 5.4: the padding counts.  suites[0] is one of TLS 1.3: content, its
 * type, zeros, the last of them where the type would stand. */
static void padding_counts(void **state)
{
	static uint8_t inner[WIRE_PLAIN_MAX + 2] = {'x', 23};
	struct record_in got;

	(void)state;
	got = sealed_so(suites[0], 0, inner, WIRE_PLAIN_MAX);
	assert_int_equal(got.event, RECORD_DATA);
	assert_int_equal(got.len, 1);
	got = sealed_so(suites[0], 0, inner, WIRE_PLAIN_MAX + 1);
	assert_int_equal(got.event, RECORD_BROKEN);
	assert_int_equal(got.alert, 22);
}

/* RFC 8446 5.1: alerts and handshake messages have no empty fragments. */
static void nothing_is_unexpected(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		assert_int_equal(sealed_so(suites[i], 21, NULL, 0).alert, 10);
		assert_int_equal(sealed_so(suites[i], 22, NULL, 0).alert, 10);
		assert_int_equal(sealed_so(suites[i], 23, NULL, 0).event,
			RECORD_NOTHING);
		assert_int_equal(
			sealed_so(suites[i], 21, (const uint8_t *)"\2", 1)
				.alert,
			50);
	}
}

/* RFC 8449 4: with TLS 1.3 the content type counts, too. */
static void limits_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < SUITES; i++) {
		struct record *r;
		size_t is_13;

		connect_ends(suites[i]);
		r = record_take(server.s, 1, &server.secrets);
		is_13 = gnutls_protocol_get_version(server.s) == GNUTLS_TLS1_3;
		record_limit(r, 0);
		assert_int_equal(record_plain_max(r), WIRE_PLAIN_MAX);
		record_limit(r, 65535);
		assert_int_equal(record_plain_max(r), WIRE_PLAIN_MAX);
		record_limit(r, 1025);
		assert_int_equal(record_plain_max(r), 1025 - is_13);
		record_free(&r);
		close_ends();
	}
}

/* Flip one bit of a record; 0 when the record has no such bit. */
static int one_bit(const char *suite, size_t bit)
{
	struct record *r;
	struct record_in got;
	int there;

	connect_ends(suite);
	r = record_take(server.s, 1, &server.secrets);
	theirs_sends(&client, "attack");
	there = bit < (to_server.n - to_server.at) * 8;
	if (there) {
		to_server.b[to_server.at + bit / 8] ^= (uint8_t)(1 << bit % 8);
		got = ours_gets(&server, r);
		assert_true(got.event == RECORD_BROKEN ||
			got.event == RECORD_MORE); /* a longer length */
	}
	record_free(&r);
	close_ends();
	return there;
}

/* Every bit of the header, every 61st of the rest: a handshake each. */
static void every_bit_counts(void **state)
{
	(void)state;
	for (int i = 0; i < SUITES; i++)
		for (size_t bit = 0; one_bit(suites[i], bit);)
			bit += bit < 40 ? 1 : 61;
}

static void floods_of_nothing_end(void **state)
{
	struct record *r, *peer;
	struct record_in got;
	int i;

	(void)state;
	connect_ends(suites[0]);
	r = record_take(server.s, 1, &server.secrets);
	peer = record_take(client.s, 0, &client.secrets);
	for (i = 0; i < 100; i++) {
		ours_sends(&client, peer, "");
		got = ours_gets(&server, r);
		if (got.event == RECORD_BROKEN)
			break;
		assert_int_equal(got.event, RECORD_NOTHING);
	}
	assert_true(i < 100);
	record_free(&r);
	record_free(&peer);
	close_ends();
}

static void renegotiation_is_refused(void **state)
{
	struct record *r;
	struct record_in got;

	(void)state;
	connect_ends(suites[3]);
	r = record_take(server.s, 1, &server.secrets);
	gnutls_handshake(client.s); /* sends a ClientHello */
	got = ours_gets(&server, r);
	assert_int_equal(got.event, RECORD_NOTHING);
	ours_controls(&server, r);
	assert_int_equal(
		gnutls_handshake(client.s), GNUTLS_E_WARNING_ALERT_RECEIVED);
	assert_int_equal(gnutls_alert_get(client.s), GNUTLS_A_NO_RENEGOTIATION);
	record_free(&r);
	close_ends();
}

static void headers_are_checked(void **state)
{
	struct record *r;
	struct record_in got;
	uint8_t change_cipher[6] = {20, 3, 3, 0, 1, 1};
	uint8_t too_long[5] = {23, 3, 3, 0x48, 1};
	uint8_t too_short[10] = {23, 3, 3, 0, 5};

	(void)state;
	connect_ends(suites[0]);
	r = record_take(server.s, 1, &server.secrets);
	record_open(r, change_cipher, 6, &got);
	assert_int_equal(got.event, RECORD_BROKEN);
	record_open(r, too_long, 5, &got);
	assert_int_equal(got.alert, 22);
	record_open(r, too_short, 10, &got);
	assert_int_equal(got.alert, 20);
	record_free(&r);
	close_ends();
}

static int set_up(void **state)
{
	(void)state;
	make_credentials();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	drop_credentials();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_suite_in_both_roles),
		cmocka_unit_test(other_suites_are_declined),
		cmocka_unit_test(key_updates_both_ways),
		cmocka_unit_test(updates_before_the_handover),
		cmocka_unit_test(foreign_secrets_are_declined),
		cmocka_unit_test(messages_span_records),
		cmocka_unit_test(messages_are_bounded),
		cmocka_unit_test(update_is_due_after_enough_records),
		cmocka_unit_test(padding_is_stripped),
		cmocka_unit_test(padding_counts),
		cmocka_unit_test(nothing_is_unexpected),
		cmocka_unit_test(limits_are_kept),
		cmocka_unit_test(every_bit_counts),
		cmocka_unit_test(floods_of_nothing_end),
		cmocka_unit_test(renegotiation_is_refused),
		cmocka_unit_test(headers_are_checked),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
