/*
 * A resumed session's peer is judged again: GnuTLS keeps the certificate in the
 * ticket, in both versions, and asks nobody about it.  Our ticket keys are bound
 * to the CAs and CRLs, so that this is never needed; here they are not.
 */
/* LINK: runtime/tls/tls_start.c runtime/tls/tls_handshake.c runtime/tls/tls.c runtime/table/hex.c runtime/tls/tls_record.c runtime/tls/alert.c runtime/tls/peer.c runtime/tls/peer_path.c runtime/judge/cert.c runtime/judge/crl.c runtime/judge/crl_scope.c runtime/judge/crl_follow.c runtime/judge/path.c runtime/judge/subtree.c runtime/tls/sessions.c runtime/tls/coroutine.c runtime/tls/record.c runtime/tls/record_keys.c runtime/tls/record_open.c runtime/tls/message.c runtime/tls/nonces.c runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c runtime/common/buf.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "runtime/tls/crls.h"
#include "runtime/tls/io.h"
#include "runtime/tls/signer.h"
#include "runtime/tls/tls.h"
#include "runtime/tls/tls_priv.h"
#include "../tlspair.h"

/* --- the wire, in place of io.c --- */

static struct end wire = {.in = &to_server, .out = &to_client};
static struct io io;

ssize_t io_pull(void *x, void *p, size_t n)
{
	return pull(&wire, p, n);
}
ssize_t io_push(void *x, const void *p, size_t n)
{
	return push(&wire, p, n);
}
size_t io_ahead(const struct io *x)
{
	return wire.in->n - wire.in->at;
}
void io_begin(struct io *x)
{
}
void io_drop(struct io *x)
{
}
int io_settle(struct io *x)
{
	return IO_DONE;
}
int io_park(struct io *x)
{
	return IO_DONE;
}
int io_keep(struct io *x, struct buf **to)
{
	return IO_DONE;
}
int io_flush(struct io *x)
{
	return IO_DONE;
}
int io_raw(struct io *x, const uint8_t *p, size_t n)
{
	return IO_DONE;
}
ssize_t io_take(struct io *x, uint8_t *p, size_t n)
{
	return IO_AGAIN;
}

/* --- in place of tls_hello.c, credentials.c and signer.c --- */

void tls_hello_server(struct tls *t, const struct tls_server *s)
{
}
void tls_hello_client(struct tls *t)
{
}
int tls_hello_wire(struct tls *t, const uint8_t *p, size_t n)
{
	return 0;
}

static struct crl_file lists;

const struct crl_file *credentials_lists(struct credentials *c, uint32_t a)
{
	return lists.crls ? &lists : NULL;
}

int credentials_has_scts(const struct credentials *c, uint32_t a)
{
	return 0;
}
int credentials_scts(const struct cert_query *q, const uint8_t **p, size_t *n)
{
	return -1;
}
void credentials_query_done(struct cert_query *q)
{
}
void signer_cancel(struct signer *s, void *arg)
{
}

/* --- certificates --- */

static gnutls_x509_crt_t ca;
static gnutls_x509_privkey_t ca_key;
static gnutls_certificate_credentials_t trusting, other;

static gnutls_x509_privkey_t make_key(void)
{
	gnutls_x509_privkey_t key;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	return key;
}

/* Signed by the CA; by itself when there is none yet. */
static gnutls_x509_crt_t make_crt(const char *cn, gnutls_x509_privkey_t key)
{
	gnutls_datum_t der;
	gnutls_x509_crt_t crt;

	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, cn, 2);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 86400);
	gnutls_x509_crt_set_dn_by_oid(
		crt, GNUTLS_OID_X520_COMMON_NAME, 0, cn, (unsigned)strlen(cn));
	gnutls_x509_crt_set_key(crt, key);
	gnutls_x509_crt_set_ca_status(crt, !ca);
	assert_int_equal(gnutls_x509_crt_sign2(crt, ca ? ca : crt,
				 ca ? ca_key : key, GNUTLS_DIG_SHA256, 0),
		0);
	/* As one that was read: GnuTLS compares names by their octets. */
	gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_import(crt, &der, GNUTLS_X509_FMT_DER);
	gnutls_free(der.data);
	return crt;
}

static struct judge_crls *make_crls(time_t until)
{
	struct judge_crls *l;
	gnutls_x509_crl_t x;
	gnutls_datum_t pem;

	gnutls_x509_crl_init(&x);
	gnutls_x509_crl_set_version(x, 2);
	gnutls_x509_crl_set_this_update(x, time(NULL) - 60);
	gnutls_x509_crl_set_next_update(x, until);
	gnutls_x509_crl_sign2(x, ca, ca_key, GNUTLS_DIG_SHA256, 0);
	gnutls_x509_crl_export2(x, GNUTLS_X509_FMT_PEM, &pem);
	l = judge_crls_new(&pem);
	assert_non_null(l);
	gnutls_free(pem.data);
	gnutls_x509_crl_deinit(x);
	return l;
}

static void make_all(void)
{
	gnutls_x509_privkey_t key = make_key();
	gnutls_x509_crt_t crt;

	make_credentials(); /* the client's, yet without a certificate */
	ca_key = make_key();
	ca = make_crt("ca", ca_key);
	lists.ca = &ca;
	lists.count = 1;
	crt = make_crt("client", key);
	gnutls_certificate_set_x509_key(client_cred, &crt, 1, key);
	gnutls_x509_crt_deinit(crt);
	crt = make_crt("server", key);
	gnutls_certificate_allocate_credentials(&trusting);
	gnutls_certificate_allocate_credentials(&other);
	gnutls_certificate_set_x509_key(trusting, &crt, 1, key);
	gnutls_certificate_set_x509_key(other, &crt, 1, key);
	gnutls_certificate_set_x509_trust(trusting, &ca, 1);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static void drop_all(void)
{
	gnutls_x509_crt_deinit(ca);
	gnutls_x509_privkey_deinit(ca_key);
	gnutls_certificate_free_credentials(trusting);
	gnutls_certificate_free_credentials(other);
	drop_credentials();
}

/* --- */

static uint8_t secret[64] = {7};
static const gnutls_datum_t ticket_key = {secret, 64};

/* One handshake, offering *session and leaving the next there.  The outcome;
 * the server's session is in io. */
static int handshake(const char *text, gnutls_certificate_credentials_t cred,
	gnutls_datum_t *session)
{
	struct tls_server s = {.query = {.sni = "x.test"},
		.credentials = cred,
		.ticket_key = &ticket_key,
		.client_auth = 2};
	int r = IO_AGAIN, i;
	char octet;

	memset(&to_server, 0, sizeof(to_server));
	memset(&to_client, 0, sizeof(to_client));
	memset(&io, 0, sizeof(io));
	assert_int_equal(gnutls_priority_init(&s.priority, text, NULL), 0);
	open_end(&client, GNUTLS_CLIENT, text, &to_client, &to_server);
	gnutls_server_name_set(client.s, GNUTLS_NAME_DNS, "x.test", 6);
	if (session->size)
		gnutls_session_set_data(client.s, session->data, session->size);
	assert_int_equal(tls_start_server(&io, &s), 0);
	for (i = 0; i < 10 && r == IO_AGAIN; i++) {
		gnutls_handshake(client.s);
		r = tls_handshake(&io);
	}
	if (r == IO_DONE) {
		gnutls_handshake(client.s);
		gnutls_record_recv(client.s, &octet, 1);
		gnutls_free(session->data);
		gnutls_session_get_data2(client.s, session);
	}
	gnutls_priority_deinit(s.priority);
	return r;
}

static void end(void)
{
	tls_free(&io.tls);
	gnutls_deinit(client.s);
}

static void refused(const char *text, gnutls_certificate_credentials_t cred,
	gnutls_datum_t *session, const char *why)
{
	assert_int_equal(handshake(text, cred, session), IO_BROKEN);
	assert_true(gnutls_session_is_resumed(io.tls->s));
	assert_true(tls_unverified(io.tls));
	assert_non_null(strstr(tls_error(io.tls), why));
	end();
}

static void judged_again(const char *text)
{
	gnutls_datum_t session = {NULL, 0};
	int i;

	for (i = 0; i < 3; i++) {
		assert_int_equal(handshake(text, trusting, &session), IO_DONE);
		assert_int_equal(tls_resumed(io.tls), i > 0);
		assert_string_equal(tls_client(io.tls), "client");
		end();
	}
	refused(text, other, &session, "unknown CA");
	lists.crls = make_crls(time(NULL) - 1);
	refused(text, trusting, &session, "CRL of the certificate's CA");
	judge_crls_free(&lists.crls);
	lists.crls = make_crls(time(NULL) + 86400);
	assert_int_equal(handshake(text, trusting, &session), IO_DONE);
	assert_int_equal(tls_resumed(io.tls), 1);
	end();
	judge_crls_free(&lists.crls);
	gnutls_free(session.data);
}

static void by_todays_trust(void **state)
{
	(void)state;
	judged_again("NORMAL:-VERS-ALL:+VERS-TLS1.2");
	judged_again("NORMAL:-VERS-ALL:+VERS-TLS1.3");
}

/* Who will not be good for the life of a session gets no ticket. */
static void none_that_would_live_on(void **state)
{
	static const char *const text[] = {"NORMAL:-VERS-ALL:+VERS-TLS1.2",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3"};
	int i, k;

	(void)state;
	lists.crls = make_crls(time(NULL) + 3000);
	for (i = 0; i < 2; i++) {
		gnutls_datum_t session = {NULL, 0};

		for (k = 0; k < 3; k++) {
			assert_int_equal(handshake(text[i], trusting, &session),
				IO_DONE);
			assert_int_equal(tls_resumed(io.tls), 0);
			end();
		}
		gnutls_free(session.data);
	}
	judge_crls_free(&lists.crls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_todays_trust),
		cmocka_unit_test(none_that_would_live_on),
	};
	int r;

	make_all();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	drop_all();
	return r;
}
