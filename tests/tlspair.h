/*
 * A GnuTLS server and client in memory, for tests of the record layer.
 * connect_ends makes them; the secrets of TLS 1.3 are caught on the way.
 */
#ifndef TESTS_TLSPAIR_H
#define TESTS_TLSPAIR_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "runtime/tls/record.h"

/* One way of a connection in memory. */
struct pipe {
	uint8_t b[1 << 20];
	size_t n, at;
};

struct end {
	gnutls_session_t s;
	struct pipe *in, *out;
	struct record_secrets secrets;
};

static struct pipe to_server, to_client;
static struct end server, client;
static gnutls_certificate_credentials_t server_cred, client_cred;

static ssize_t pull(gnutls_transport_ptr_t p, void *data, size_t n)
{
	struct pipe *in = ((struct end *)p)->in;

	if (in->at == in->n) {
		errno = EAGAIN;
		return -1;
	}
	if (n > in->n - in->at)
		n = in->n - in->at;
	memcpy(data, in->b + in->at, n);
	in->at += n;
	return (ssize_t)n;
}

static ssize_t push(gnutls_transport_ptr_t p, const void *data, size_t n)
{
	struct pipe *out = ((struct end *)p)->out;

	if (out->n + n > sizeof(out->b))
		abort();
	memcpy(out->b + out->n, data, n);
	out->n += n;
	return (ssize_t)n;
}

static int no_wait(gnutls_transport_ptr_t p, unsigned ms)
{
	(void)ms;
	return ((struct end *)p)->in->at < ((struct end *)p)->in->n;
}

static int keylog(
	gnutls_session_t s, const char *label, const gnutls_datum_t *secret)
{
	record_keylog(&((struct end *)gnutls_session_get_ptr(s))->secrets,
		label, secret);
	return 0;
}

static void open_end(struct end *e, unsigned flags, const char *priority,
	struct pipe *in, struct pipe *out)
{
	memset(e, 0, sizeof(*e));
	e->in = in;
	e->out = out;
	gnutls_init(&e->s, flags | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);
	if (gnutls_priority_set_direct(e->s, priority, NULL) != 0)
		abort();
	gnutls_credentials_set(e->s, GNUTLS_CRD_CERTIFICATE,
		flags & GNUTLS_SERVER ? server_cred : client_cred);
	gnutls_session_set_ptr(e->s, e);
	gnutls_session_set_keylog_function(e->s, keylog);
	gnutls_transport_set_ptr(e->s, e);
	gnutls_transport_set_pull_function(e->s, pull);
	gnutls_transport_set_push_function(e->s, push);
	gnutls_transport_set_pull_timeout_function(e->s, no_wait);
}

static inline void connect_ends(const char *priority)
{
	int a = -1, b = -1;

	memset(&to_server, 0, sizeof(to_server));
	memset(&to_client, 0, sizeof(to_client));
	open_end(&server, GNUTLS_SERVER, priority, &to_server, &to_client);
	open_end(&client, GNUTLS_CLIENT, priority, &to_client, &to_server);
	for (int i = 0; i < 20 && (a != 0 || b != 0); i++) {
		if (b != 0)
			b = gnutls_handshake(client.s);
		if (a != 0)
			a = gnutls_handshake(server.s);
	}
	if (a != 0 || b != 0)
		abort();
}

static inline void close_ends(void)
{
	gnutls_deinit(server.s);
	gnutls_deinit(client.s);
}

static inline void make_credentials(void)
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&crt);
	gnutls_x509_crt_set_version(crt, 3);
	gnutls_x509_crt_set_serial(crt, "\1", 1);
	gnutls_x509_crt_set_activation_time(crt, time(NULL) - 60);
	gnutls_x509_crt_set_expiration_time(crt, time(NULL) + 3600);
	gnutls_x509_crt_set_key(crt, key);
	gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	gnutls_certificate_allocate_credentials(&server_cred);
	gnutls_certificate_allocate_credentials(&client_cred);
	gnutls_certificate_set_x509_key(server_cred, &crt, 1, key);
	gnutls_x509_crt_deinit(crt);
	gnutls_x509_privkey_deinit(key);
}

static inline void drop_credentials(void)
{
	gnutls_certificate_free_credentials(server_cred);
	gnutls_certificate_free_credentials(client_cred);
}

#endif
