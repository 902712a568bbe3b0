/*
 * TLS data and facts: reading and writing for io.c, by GnuTLS or by our own
 * record layer (tls_record.c), and what the log wants to know.  tls_start.c
 * makes sessions, tls_handshake.c brings them to life; they end here.
 */
#include "tls.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "alert.h"
#include "io.h"
#include "runtime/table/hex.h"
#include "tls_priv.h"

/* Renegotiation (RFC 5246 7.4.1.1) was asked for: refused once by a warning
 * as RFC 5746 4.2 allows, then by the end.  0: go on reading. */
static int refuse_renegotiation(struct tls *t)
{
	if (t->refused++)
		return -1;
	return gnutls_alert_send(
		t->s, GNUTLS_AL_WARNING, GNUTLS_A_NO_RENEGOTIATION);
}

/* One record or an outcome; 0 is the orderly end. */
static ssize_t receive(struct io *io, uint8_t *p, size_t cap)
{
	struct tls *t = io->tls;
	uint32_t before;
	ssize_t n;

	do {
		before = t->pulled;
		n = gnutls_record_recv(t->s, p, cap);
		if (n > 0) {
			t->clean_at = t->pulled;
			t->warnings = 0;
		}
	} while ((n == GNUTLS_E_REHANDSHAKE && refuse_renegotiation(t) == 0) ||
		tls_again(io, &n, before));
	return n;
}

/* An end that came after octets is kept for the next call.  The peer may be
 * waiting for our answer to its close_notify, and no other event would tell. */
ssize_t tls_read(struct io *io, uint8_t *p, size_t cap)
{
	struct tls *t = io->tls;
	size_t have = 0;
	ssize_t n = GNUTLS_E_AGAIN;

	if (t->record)
		return tls_record_read(io, p, cap);
	if (t->end)
		return t->end;
	io_begin(io);
	while (cap - have >= WIRE_PLAIN_MAX) {
		n = receive(io, p + have, cap - have);
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (n <= 0 && n != GNUTLS_E_AGAIN)
		t->end = (int8_t)(n == 0 ? IO_EOF : tls_fail(io, (int)n));
	if (t->end == IO_BROKEN)
		tls_complain(io, (int)n);
	if (io_settle(io) == IO_MEMORY)
		return IO_MEMORY;
	if (t->wants_ticket && !t->end)
		tls_look_for_ticket(io, have > 0);
	if (!t->end && !io->in)
		tls_adopt(io);
	if (have)
		return (ssize_t)have;
	return t->end ? t->end : IO_AGAIN;
}

int tls_pending(const struct io *io)
{
	/* In our own layer .in holds a part of a record, the rest of which will
	 * be announced. */
	if (io->tls->record)
		return io->tls->end != 0;
	return io->tls->end || io->in ||
		gnutls_record_check_pending(io->tls->s) > 0;
}

int tls_write(struct io *io, const uint8_t *p, size_t n)
{
	struct tls *t = io->tls;
	size_t max;
	ssize_t done;
	int settled;

	if (t->record)
		return tls_record_write(io, p, n);
	settled = tls_record_release(io);
	if (settled != IO_DONE)
		return settled;
	/* GnuTLS keeps RFC 8449's limit, and RFC 6066's only to read. */
	max = gnutls_record_get_max_size(t->s);
	io_begin(io);
	while (n) {
		done = gnutls_record_send(t->s, p, n < max ? n : max);
		if (done == GNUTLS_E_INTERRUPTED)
			continue;
		if (done < 0) {
			io_settle(io);
			return io->rst ? IO_RESET : tls_fail(io, (int)done);
		}
		p += done;
		n -= (size_t)done;
	}
	settled = io_settle(io);
	return settled;
}

int tls_flushed(struct io *io)
{
	return io->tls->record ? tls_record_flushed(io) : IO_DONE;
}

void tls_bye(struct io *io)
{
	if (io->tls->record) {
		tls_record_alert(io, GNUTLS_A_CLOSE_NOTIFY);
		return;
	}
	tls_record_release(io);
	io_begin(io);
	gnutls_bye(io->tls->s, GNUTLS_SHUT_WR);
	io_settle(io);
}

void tls_alert(struct io *io, uint8_t alert)
{
	io->alert = alert;
	if (io->tls->record) {
		tls_record_alert(io, alert);
		return;
	}
	tls_record_release(io);
	io_begin(io);
	gnutls_alert_send(
		io->tls->s, GNUTLS_AL_FATAL, (gnutls_alert_description_t)alert);
	io_settle(io);
}
void tls_free(struct tls **t)
{
	if (!*t)
		return;
	if ((*t)->waits)
		tls_abandon(*t);
	if ((*t)->s)
		gnutls_deinit((*t)->s);
	credentials_query_done(&(*t)->query);
	tls_record_cool(*t);
	record_free(&(*t)->record);
	if ((*t)->secrets)
		gnutls_memset((*t)->secrets, 0, sizeof(*(*t)->secrets));
	free((*t)->secrets);
	free((*t)->alpn);
	free((*t)->client);
	buf_free(&(*t)->held);
	buf_free(&(*t)->first);
	free(*t);
	*t = NULL;
}

const char *tls_error(const struct tls *t)
{
	if (t->why)
		return t->why;
	if (t->io->alert_got >= 0)
		return alert_received(t->io->alert_got);
	switch (t->error) {
	case 0:
		return "";
	case GNUTLS_E_NO_CIPHER_SUITES:
		/* There is a common one (handshake.c), but no certificate
		 * that the client's signature_algorithms have a use for. */
		return "no certificate for the client's signature algorithms";
	case GNUTLS_E_NO_COMMON_KEY_SHARE:
		return "no common key exchange group";
	default:
		return gnutls_strerror(t->error);
	}
}

int tls_unverified(const struct tls *t)
{
	return t->unverified;
}

int tls_sni_changed(const struct tls *t)
{
	return t->sni_changed;
}

int tls_hello_changed(const struct tls *t)
{
	return t->changed;
}

const char *tls_version(const struct tls *t)
{
	static const char *const words[] = {"1.0", "1.1", "1.2", "1.3"};

	return t->version ? words[t->version - TLS10] : "";
}

uint16_t tls_version_wire(const struct tls *t)
{
	return t->version;
}

int tls_peer_cn(const struct tls *t, const char **cn)
{
	static char name[256];
	const gnutls_datum_t *list;
	gnutls_x509_crt_t crt;
	unsigned count = 0;
	size_t n = sizeof(name);

	*cn = name;
	name[0] = 0;
	if (!t->s && t->client)
		*cn = t->client;
	if (!t->s)
		return t->client != NULL;
	list = gnutls_certificate_get_peers(t->s, &count);
	if (!list || !count || gnutls_x509_crt_init(&crt) < 0)
		return 0;
	if (gnutls_x509_crt_import(crt, list, GNUTLS_X509_FMT_DER) < 0 ||
		gnutls_x509_crt_get_dn_by_oid(
			crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &n) < 0)
		name[0] = 0;
	gnutls_x509_crt_deinit(crt);
	return 1;
}

int tls_peer_names(
	const struct tls *t, char **subject, char fingerprint[HEX_SHA256])
{
	gnutls_datum_t dn = {NULL, 0};
	const gnutls_datum_t *list;
	gnutls_x509_crt_t crt;
	unsigned count = 0;
	uint8_t hash[32];
	int r;

	list = t->s ? gnutls_certificate_get_peers(t->s, &count) : NULL;
	if (!list || !count || gnutls_x509_crt_init(&crt) < 0)
		return 0;
	r = gnutls_x509_crt_import(crt, list, GNUTLS_X509_FMT_DER);
	if (r >= 0)
		r = gnutls_x509_crt_get_dn3(crt, &dn, 0);
	gnutls_x509_crt_deinit(crt);
	if (r >= 0)
		r = gnutls_hash_fast(
			GNUTLS_DIG_SHA256, list->data, list->size, hash);
	*subject = r < 0 ? NULL : strdup((const char *)dn.data);
	gnutls_free(dn.data);
	if (!*subject)
		return 0;
	hex_text(fingerprint, hash, sizeof(hash));
	return 1;
}

const char *tls_client(const struct tls *t)
{
	return t->client;
}

const char *tls_suite(const struct tls *t)
{
	return t->suite ? t->suite : "";
}

size_t tls_alpn(const struct tls *t, const uint8_t **p)
{
	*p = (const uint8_t *)t->alpn;
	return t->alpn ? strlen(t->alpn) : 0;
}

int tls_resumed(const struct tls *t)
{
	return t->resumed;
}
