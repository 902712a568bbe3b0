/* The names of tickets: what we take for the mark of a ticket made with a key
 * is what GnuTLS writes, in both versions, and no other key has it. */
/* LINK: runtime/tls/tickets.c runtime/tls/record.c runtime/tls/record_keys.c runtime/tls/record_open.c runtime/tls/message.c runtime/tls/nonces.c runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c runtime/common/buf.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "runtime/tls/tickets.h"
#include "../tlspair.h"

static uint8_t secret[2][64];
static int64_t life; /* 0: GnuTLS's own */

static void connect_with(
	const char *priority, const uint8_t key[64], gnutls_datum_t *session)
{
	gnutls_datum_t k = {(uint8_t *)(uintptr_t)key, 64};
	char octet;
	int a = -1, b = -1;

	memset(&to_server, 0, sizeof(to_server));
	memset(&to_client, 0, sizeof(to_client));
	open_end(&server, GNUTLS_SERVER, priority, &to_server, &to_client);
	open_end(&client, GNUTLS_CLIENT, priority, &to_client, &to_server);
	assert_int_equal(0, gnutls_session_ticket_enable_server(server.s, &k));
	if (life)
		gnutls_db_set_cache_expiration(server.s, (int)life);
	if (session->data)
		gnutls_session_set_data(client.s, session->data, session->size);
	for (int i = 0; i < 20 && (a != 0 || b != 0); i++) {
		if (b != 0)
			b = gnutls_handshake(client.s);
		if (a != 0)
			a = gnutls_handshake(server.s);
	}
	assert_true(a == 0 && b == 0);
	gnutls_record_recv(client.s, &octet, 1); /* the tickets of TLS 1.3 */
}

static int offered(int which)
{
	struct tickets_names names = {.life = life};

	return tickets_offered(&names, secret[which], to_server.b, to_server.n);
}

static void the_clients_hello_tells(const char *priority)
{
	gnutls_datum_t session = {NULL, 0};

	connect_with(priority, secret[0], &session);
	assert_false(offered(0) || offered(1));
	assert_int_equal(0, gnutls_session_get_data2(client.s, &session));
	close_ends();
	connect_with(priority, secret[0], &session);
	assert_true(gnutls_session_is_resumed(server.s));
	assert_true(offered(0));
	assert_false(offered(1));
	close_ends();
	gnutls_free(session.data);
}

static void gnutls_writes_our_names(void **state)
{
	(void)state;
	memset(secret[0], 1, 64);
	memset(secret[1], 2, 64);
	the_clients_hello_tells("NORMAL:-VERS-ALL:+VERS-TLS1.2");
	the_clients_hello_tells("NORMAL:-VERS-ALL:+VERS-TLS1.3");
}

static void also_for_shorter_lives(void **state)
{
	life = TICKETS_CLIENT_LIFE;
	gnutls_writes_our_names(state);
	life = 0;
}

/* The clock that GnuTLS asks. */
static time_t ahead;

static time_t later(time_t *t)
{
	time_t now = time(NULL) + ahead;

	if (t)
		*t = now;
	return now;
}

/* However many tickets are handed on, the full handshake was when it was. */
static void age_is_handed_on(const char *priority)
{
	gnutls_datum_t session = {NULL, 0};
	int resumed = 1;

	life = TICKETS_CLIENT_LIFE;
	ahead = life * 3 - (time(NULL) / 3 % life) * 3; /* a period begins */
	connect_with(priority, secret[0], &session);
	for (int i = 0; i < 8 && resumed; i++) {
		gnutls_free(session.data);
		session.data = NULL;
		gnutls_session_get_data2(client.s, &session);
		close_ends();
		ahead += life / 4 - 5;
		connect_with(priority, secret[0], &session);
		resumed = gnutls_session_is_resumed(server.s);
		assert_int_equal(resumed, i < 4);
	}
	close_ends();
	gnutls_free(session.data);
	life = ahead = 0;
}

static void sessions_end(void **state)
{
	(void)state;
	gnutls_global_set_time_function(later);
	age_is_handed_on("NORMAL:-VERS-ALL:+VERS-TLS1.2");
	age_is_handed_on("NORMAL:-VERS-ALL:+VERS-TLS1.3");
	gnutls_global_set_time_function(time);
}

static void secrets_come_and_go(void **state)
{
	struct ipc_tickets m = {.count = 2};
	unsigned before = tickets_epoch();

	(void)state;
	assert_null(tickets_secret(0));
	m.secret[1][0] = 7;
	tickets_take(&m);
	assert_int_not_equal(before, tickets_epoch());
	assert_int_equal(7, tickets_secret(1)[0]);
	m.count = 1;
	tickets_take(&m);
	assert_null(tickets_secret(1));
	m.count = 9; /* nonsense is nothing */
	tickets_take(&m);
	assert_null(tickets_secret(2));
	tickets_forget();
	assert_null(tickets_secret(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gnutls_writes_our_names),
		cmocka_unit_test(also_for_shorter_lives),
		cmocka_unit_test(sessions_end),
		cmocka_unit_test(secrets_come_and_go),
	};
	int r;

	make_credentials();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	drop_credentials();
	return r;
}
