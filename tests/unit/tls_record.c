/*
 * TLS by our own record layer, above a wire that may be blocked: what is owed
 * to the peer (a KeyUpdate) waits for the wire and is sent once.
 */
/* LINK: runtime/tls/tls_record.c runtime/tls/record.c runtime/tls/record_keys.c runtime/tls/record_open.c runtime/tls/message.c runtime/tls/nonces.c runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c runtime/common/buf.c */
/* LIBS: -lgnutls */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <gnutls/gnutls.h>

#include "runtime/tls/io.h"
#include "runtime/tls/tls_priv.h"
#include "../tlspair.h"

#define P13                                                                    \
	"NONE:+VERS-TLS1.3:+AEAD:+GROUP-X25519:+SIGN-ALL:+ECDHE-ECDSA:"        \
	"+CTYPE-X509:+AES-128-GCM"
#define UPDATE (5 + 5 + 1 + 16) /* a record with a KeyUpdate */

static struct io io;
static struct tls tls;
static int blocked;

/* --- the wire, in place of io.c --- */

int io_raw(struct io *to, const uint8_t *p, size_t n)
{
	if (blocked || to->out)
		return buf_append(&to->out, p, n) < 0 ? IO_MEMORY : IO_DONE;
	push(&server, p, n);
	return IO_DONE;
}

ssize_t io_take(struct io *from, uint8_t *p, size_t cap)
{
	ssize_t n = pull(&server, p, cap);

	(void)from;
	return n < 0 ? IO_AGAIN : n;
}

/* --- */

static void begin(void)
{
	connect_ends(P13);
	memset(&io, 0, sizeof(io));
	memset(&tls, 0, sizeof(tls));
	io.tls = &tls;
	tls.record = record_take(server.s, 1, &server.secrets);
	assert_non_null(tls.record);
}

static void finish(void)
{
	tls_record_cool(&tls);
	record_free(&tls.record);
	buf_free(&io.in);
	buf_free(&io.out);
	close_ends();
}

static void ours_sends(const char *text)
{
	assert_int_equal(
		tls_record_write(&io, (const uint8_t *)text, strlen(text)),
		IO_DONE);
}

static void theirs_gets(const char *text)
{
	char b[100];
	size_t have = 0;
	ssize_t n;

	while (have < strlen(text)) {
		n = gnutls_record_recv(client.s, b + have, sizeof(b) - have);
		if (n == GNUTLS_E_AGAIN && client.in->at < client.in->n)
			continue;
		assert_true(n > 0);
		have += (size_t)n;
	}
	assert_int_equal(have, strlen(text));
	assert_memory_equal(b, text, have);
}

/* The client reads nothing and asks for new keys again and again. */
static void ask_while_blocked(void)
{
	static uint8_t b[65536];
	size_t waits;
	int i;

	blocked = 1;
	ours_sends("first");
	waits = buf_len(io.out);
	assert_true(waits > 0);
	for (i = 0; i < 20; i++) {
		assert_int_equal(
			gnutls_session_key_update(client.s, GNUTLS_KU_PEER), 0);
		assert_int_equal(gnutls_record_send(client.s, "x", 1), 1);
		assert_int_equal(tls_record_read(&io, b, sizeof(b)), 1);
		assert_int_equal(b[0], 'x');
		assert_int_equal(buf_len(io.out), waits);
	}
	blocked = 0;
	push(&server, buf_data(io.out), waits);
	buf_free(&io.out);
}

static void one_answer_when_the_wire_is_free(void **state)
{
	size_t before;

	(void)state;
	begin();
	ask_while_blocked();
	before = to_client.n;
	assert_int_equal(tls_record_flushed(&io), IO_DONE);
	assert_int_equal(to_client.n - before, UPDATE);
	assert_int_equal(tls_record_flushed(&io), IO_DONE);
	assert_int_equal(to_client.n - before, UPDATE);
	ours_sends("second");
	theirs_gets("firstsecond");
	finish();
}

static void one_answer_before_the_next_data(void **state)
{
	size_t before;

	(void)state;
	begin();
	ask_while_blocked();
	before = to_client.n;
	ours_sends("second");
	assert_int_equal(to_client.n - before, UPDATE + 5 + 6 + 1 + 16);
	theirs_gets("firstsecond");
	assert_false(record_wants_control(tls.record));
	finish();
}

static void nothing_behind_the_end(void **state)
{
	size_t before;

	(void)state;
	begin();
	ask_while_blocked();
	io.shut = 1;
	before = to_client.n;
	assert_int_equal(tls_record_flushed(&io), IO_DONE);
	assert_int_equal(to_client.n, before);
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_answer_when_the_wire_is_free),
		cmocka_unit_test(one_answer_before_the_next_data),
		cmocka_unit_test(nothing_behind_the_end),
	};
	int failed;

	make_credentials();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	drop_credentials();
	return failed;
}
