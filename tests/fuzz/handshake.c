/*
 * Handshakes over every way that octets can come: our code (tls_*.c, io.c)
 * against GnuTLS, in either role, TLS 1.2 and 1.3, with tickets, client
 * certificates long and short, HelloRetryRequest, signatures that are waited for.
 * The peer's clear handshake records are cut anew, its stream comes in segments,
 * and its octets may be changed.  It ends: both are done and data has gone both
 * ways, or somebody says an error; and whoever waits for the socket has used what
 * was read (the invariant of tls_handshake.c).  Whole octets always succeed.
 *
 * The input: an octet of flags, one more, the size of records and of segments
 * (16 bits each), then changes: (offset in 16 bits, what to xor).
 */
/* LINK: runtime/tls/tls.c runtime/table/hex.c runtime/tls/tls_start.c runtime/tls/tls_handshake.c runtime/tls/tls_hello.c runtime/tls/peer_cost.c runtime/tls/tls_record.c runtime/tls/record.c runtime/tls/record_keys.c runtime/tls/record_open.c runtime/tls/message.c runtime/tls/nonces.c runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/tls/coroutine.c runtime/table/hello.c runtime/table/hello_ext.c runtime/table/hello_judge.c runtime/tls/alert.c */
/* LIBS: -lgnutls */
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/table/hello.h"
#include "runtime/tls/coroutine.h"
#include "runtime/tls/io.h"
#include "runtime/tls/nonces.h"
#include "runtime/tls/peer.h"
#include "runtime/tls/signer.h"
#include "runtime/tls/tls.h"
#include "../tlspair.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	SERVER = 1,
	IS_13 = 2,
	TICKETS = 4,
	CERTIFICATE = 8,
	LONG = 16,
	RETRY = 32,
	WAITS = 64,
	GNUTLS = 128
};                  /* SERVER: we are it */
enum { SMALL = 1 }; /* of the second: the peer's own records are small */
enum { HELLO_LIMIT = 65536 };

/* --- what the rooms of TLS ask of others ------------------------------- */

void credentials_query_done(struct cert_query *q)
{
	(void)q;
}
int credentials_has_scts(const struct credentials *c, uint32_t action)
{
	(void)c, (void)action;
	return 0;
}
int credentials_scts(const struct cert_query *q, const uint8_t **p, size_t *n)
{
	(void)q, (void)p, (void)n;
	return -1;
}
const struct crl_file *credentials_lists(struct credentials *c, uint32_t action)
{
	(void)c, (void)action;
	return NULL;
}
void sessions_offer(struct session_slot *slot, gnutls_session_t s)
{
	(void)slot, (void)s;
}
void sessions_keep(struct session_slot *slot, gnutls_session_t s, int64_t until)
{
	(void)slot, (void)s, (void)until;
}
void sessions_learn_group(struct session_slot *slot, gnutls_session_t s)
{
	(void)slot, (void)s;
}
int sessions_verify(struct session_slot *slot, gnutls_session_t s,
	const char *name, struct peer_answer *a)
{
	(void)slot, (void)s, (void)name;
	a->until = INT64_MAX;
	return 0;
}
int peer_verify(gnutls_session_t s, const struct peer_question *q,
	struct peer_answer *a)
{
	(void)s;
	a->until = q->now + 1000000;
	return 0;
}
unsigned peer_address(const char *name, uint8_t octets[16])
{
	(void)name, (void)octets;
	return 0;
}
void signer_cancel(struct signer *s, void *arg)
{
	(void)s, (void)arg;
}

/* --- keys and certificates --------------------------------------------- */

static gnutls_x509_privkey_t key;
static gnutls_certificate_credentials_t credentials[2]; /* short, long */
static gnutls_certificate_credentials_t waiting;
static gnutls_datum_t ticket_key;

/* A signature comes later, as from the keys process. */
static int sign(gnutls_privkey_t k, gnutls_sign_algorithm_t a, void *arg,
	unsigned flags, const gnutls_datum_t *hash, gnutls_datum_t *signature)
{
	gnutls_privkey_t real;
	int r;

	if (coroutine_current())
		coroutine_yield();
	gnutls_privkey_init(&real);
	gnutls_privkey_import_x509(real, key, 0);
	r = gnutls_privkey_sign_hash2(real, a, 0, hash, signature);
	gnutls_privkey_deinit(real);
	return r;
}

static int sign_data(gnutls_privkey_t k, gnutls_sign_algorithm_t a, void *arg,
	unsigned flags, const gnutls_datum_t *data, gnutls_datum_t *signature)
{
	gnutls_privkey_t real;
	int r;

	if (coroutine_current())
		coroutine_yield();
	gnutls_privkey_init(&real);
	gnutls_privkey_import_x509(real, key, 0);
	r = gnutls_privkey_sign_data2(real, a, 0, data, signature);
	gnutls_privkey_deinit(real);
	return r;
}

static int info(gnutls_privkey_t k, unsigned flags, void *arg)
{
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return GNUTLS_PK_ECDSA;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return 256;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return GNUTLS_FLAGS_TO_SIGN_ALGO(flags) ==
			GNUTLS_SIGN_ECDSA_SHA256 ||
			GNUTLS_FLAGS_TO_SIGN_ALGO(flags) ==
			GNUTLS_SIGN_ECDSA_SECP256R1_SHA256;
	return -1;
}

static void make_certificate(gnutls_x509_crt_t *crt, size_t extra)
{
	static uint8_t filler[40000];

	gnutls_x509_crt_init(crt);
	gnutls_x509_crt_set_version(*crt, 3);
	gnutls_x509_crt_set_serial(*crt, "\1", 1);
	gnutls_x509_crt_set_activation_time(*crt, 1700000000);
	gnutls_x509_crt_set_expiration_time(*crt, 4000000000);
	gnutls_x509_crt_set_key(*crt, key);
	if (extra)
		gnutls_x509_crt_set_extension_by_oid(
			*crt, "1.2.3.4", filler, extra, 0);
	if (gnutls_x509_crt_sign2(*crt, *crt, key, GNUTLS_DIG_SHA256, 0) < 0)
		abort();
}

static void prepare(void)
{
	gnutls_x509_crt_t crt;
	gnutls_pcert_st pcert; /* what it holds becomes the credentials' */
	gnutls_privkey_t late;

	gnutls_x509_privkey_init(&key);
	gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	for (int i = 0; i < 2; i++) {
		make_certificate(&crt, i ? 30000 : 0);
		gnutls_certificate_allocate_credentials(&credentials[i]);
		gnutls_certificate_set_x509_key(credentials[i], &crt, 1, key);
		if (i == 0)
			gnutls_pcert_import_x509(&pcert, crt, 0);
		gnutls_x509_crt_deinit(crt);
	}
	gnutls_privkey_init(&late);
	gnutls_privkey_import_ext4(
		late, NULL, sign_data, sign, NULL, NULL, info, 0);
	gnutls_certificate_allocate_credentials(&waiting);
	if (gnutls_certificate_set_key(waiting, NULL, 0, &pcert, 1, late) < 0)
		abort();
	gnutls_session_ticket_key_generate(&ticket_key);
	server_cred = client_cred = credentials[0];
}

/* --- the wire ---------------------------------------------------------- */

struct trial {
	struct io io;
	struct end peer;
	int far; /* the peer's end of the socket pair */
	unsigned flags;
	size_t record, segment;
	const uint8_t *changes;
	size_t change_count;
	size_t cut_at;  /* of to_us: cut anew and changed so far */
	size_t sent_at; /* of wire: given to the socket */
	int encrypted;  /* the peer's ChangeCipherSpec is behind us */
	int small;      /* the peer's own records are */
	int done, peer_done, failed, peer_failed;
};

static struct pipe wire; /* from the peer to us as it goes out */
static struct trial *now;

static void wire_add(const uint8_t *p, size_t n)
{
	if (wire.n + n > sizeof(wire.b))
		abort();
	memcpy(wire.b + wire.n, p, n);
	for (size_t i = 0; i < now->change_count; i++) {
		const uint8_t *c = now->changes + 3 * i;
		size_t at = (size_t)c[0] << 8 | c[1];

		if (at >= wire.n && at < wire.n + n)
			wire.b[at] ^= c[2];
	}
	wire.n += n;
}

/* Clear handshake messages in records of .record octets. */
static void cut(const uint8_t *rec, size_t n)
{
	uint8_t head[5] = {rec[0], rec[1], rec[2]};
	size_t part;

	if (rec[0] == 20)
		now->encrypted = 1;
	if (rec[0] != 22 || (now->encrypted && !(now->flags & IS_13))) {
		wire_add(rec, n);
		return;
	}
	for (size_t at = 5; at < n; at += part) {
		part = n - at < now->record ? n - at : now->record;
		head[3] = (uint8_t)(part >> 8);
		head[4] = (uint8_t)part;
		wire_add(head, 5);
		wire_add(rec + at, part);
	}
}

static void cut_all(struct trial *t)
{
	struct pipe *p = &to_server;

	while (p->n - t->cut_at >= 5) {
		const uint8_t *rec = p->b + t->cut_at;
		size_t n = 5 + ((size_t)rec[3] << 8 | rec[4]);

		if (p->n - t->cut_at < n)
			break;
		cut(rec, n);
		t->cut_at += n;
	}
}

/* One segment to us; 0 when there is none. */
static int deliver(struct trial *t)
{
	size_t n;
	ssize_t done;

	cut_all(t);
	n = wire.n - t->sent_at < t->segment ? wire.n - t->sent_at : t->segment;
	if (!n)
		return 0;
	done = send(t->far, wire.b + t->sent_at, n, MSG_NOSIGNAL);
	if (done <= 0)
		return 0;
	t->sent_at += (size_t)done;
	io_heard(&t->io); /* the watcher */
	return 1;
}

/* What we have sent to the peer; 0 when there is nothing. */
static int collect(struct trial *t)
{
	struct pipe *p = &to_client;
	ssize_t n = recv(t->far, p->b + p->n, sizeof(p->b) - p->n, 0);

	if (n <= 0)
		return 0;
	p->n += (size_t)n;
	return 1;
}

/* --- the two ends ------------------------------------------------------ */

#define CIPHERS                                                                \
	"NONE:+AEAD:+AES-128-GCM:+SIGN-ALL:+ECDHE-ECDSA:+CTYPE-X509:"          \
	"+COMP-NULL:+VERS-TLS1."

static const char *priority_of(unsigned flags, int asks)
{
	static char text[200];

	/* Who asks shows one share, of a group that the other does not have. */
	snprintf(text, sizeof(text), CIPHERS "%c%s:+GROUP-X25519",
		flags & IS_13 ? '3' : '2',
		(flags & RETRY) && asks ? ":+GROUP-SECP256R1" : "");
	if ((flags & RETRY) && asks)
		snprintf(text, sizeof(text),
			CIPHERS "%c:+GROUP-SECP256R1:+GROUP-X25519",
			flags & IS_13 ? '3' : '2');
	return text;
}

static void open_peer(struct trial *t)
{
	int asks = (t->flags & SERVER) != 0;

	memset(&to_server, 0, sizeof(to_server));
	memset(&to_client, 0, sizeof(to_client));
	memset(&wire, 0, sizeof(wire));
	/* to_server: from the peer to us, whoever is the server. */
	client_cred = server_cred = credentials[(t->flags & LONG) ? 1 : 0];
	open_end(&t->peer,
		asks ? GNUTLS_CLIENT | GNUTLS_KEY_SHARE_TOP : GNUTLS_SERVER,
		priority_of(t->flags, asks), &to_client, &to_server);
	if (!asks && (t->flags & CERTIFICATE))
		gnutls_certificate_server_set_request(
			t->peer.s, GNUTLS_CERT_REQUEST);
	if (!asks && (t->flags & TICKETS))
		gnutls_session_ticket_enable_server(t->peer.s, &ticket_key);
	gnutls_handshake_set_max_packet_length(t->peer.s, 1 << 20);
}

static void shake_peer(struct trial *t)
{
	int r;

	if (t->peer_done || t->peer_failed)
		return;
	do {
		size_t before = to_client.at;

		r = gnutls_handshake(t->peer.s);
		if (r == GNUTLS_E_AGAIN && to_client.at == before)
			return;
	} while (r < 0 && !gnutls_error_is_fatal(r));
	if (r < 0)
		t->peer_failed = r;
	else
		t->peer_done = 1;
}

/* As decide.c and handshake.c: the hello is read and judged before.  0: not
 * yet; -1: refused. */
static int open_server(struct trial *t)
{
	static uint8_t scratch[HELLO_LIMIT], some[16384];
	struct tls_server s = {.query = {.sni = ""}};
	gnutls_priority_t priority;
	struct hello h;
	ssize_t n;

	while ((n = io_take(&t->io, some, sizeof(some))) > 0)
		if (buf_append(&t->io.in, some, (size_t)n) < 0)
			abort();
	if (!t->io.in)
		return 0;
	memset(&h, 0, sizeof(h));
	switch (hello_parse(&h, buf_data(t->io.in), buf_len(t->io.in),
		HELLO_LIMIT, scratch)) {
	case HELLO_MORE:
		return 0;
	case HELLO_OK:
		break;
	default:
		return -1;
	}
	gnutls_priority_init(&priority, priority_of(t->flags, 0), NULL);
	s.priority = priority;
	s.credentials = t->flags & WAITS ? waiting
					 : credentials[(t->flags & LONG) != 0];
	s.ticket_key = t->flags & TICKETS ? &ticket_key : NULL;
	s.client_auth = t->flags & CERTIFICATE ? 1 : 0;
	s.hello = &h;
	s.hello_max = HELLO_LIMIT;
	s.version = t->flags & IS_13 ? 0x0304 : 0x0303;
	if (tls_start_server(&t->io, &s) < 0)
		abort();
	gnutls_priority_deinit(priority);
	return 1;
}

static void open_client(struct trial *t)
{
	struct tls_client c = {
		.credentials = credentials[(t->flags & LONG) != 0],
		.sni = "shop.example.com"};
	gnutls_priority_t priority;

	gnutls_priority_init(&priority, priority_of(t->flags, 1), NULL);
	c.priority = priority;
	if (tls_start_client(&t->io, &c) < 0)
		abort();
	gnutls_priority_deinit(priority);
}

/* Whoever waits for the socket has used what was read. */
static void may_sleep(struct trial *t)
{
	if (!tls_waits(&t->io) && io_pending(&t->io))
		abort();
}

static void shake_ours(struct trial *t)
{
	int r = 0;

	if (t->done || t->failed)
		return;
	if (!t->io.tls) {
		r = open_server(t);
		t->failed = r < 0;
		if (r <= 0)
			return;
	}
	r = tls_waits(&t->io) ? tls_resume(&t->io) : tls_handshake(&t->io);
	if (r == IO_AGAIN)
		may_sleep(t);
	else if (r == IO_DONE)
		t->done = 1;
	else
		t->failed = 1;
	if (t->io.out)
		io_flush(&t->io);
}

static void handshakes(struct trial *t)
{
	int moved = 1;

	if (!(t->flags & SERVER)) {
		open_client(t);
		shake_ours(t);
	}
	while (moved) {
		if (t->io.out)
			io_flush(&t->io);
		moved = collect(t);
		shake_peer(t);
		if (deliver(t) || (t->io.tls && tls_waits(&t->io))) {
			moved = 1;
			shake_ours(t);
		}
	}
}

/* --- data -------------------------------------------------------------- */

enum { MUCH = 40000 };
static uint8_t text[MUCH], got[1 << 18];

static void data_to_us(struct trial *t)
{
	size_t have = 0, said = 0;
	ssize_t n;

	while (said < MUCH) {
		n = gnutls_record_send(t->peer.s, text + said, MUCH - said);
		if (n <= 0)
			abort();
		said += (size_t)n;
	}
	for (;;) {
		n = tls_read(&t->io, got, 65536);
		if (n > 0) {
			if (memcmp(got, text + have, (size_t)n) != 0)
				abort();
			have += (size_t)n;
			continue;
		}
		if (n != IO_AGAIN)
			break;
		may_sleep(t);
		if (!deliver(t))
			break;
	}
	if (have != MUCH && !t->change_count)
		abort();
}

static void data_to_peer(struct trial *t)
{
	size_t have = 0;
	ssize_t n;
	int r = tls_write(&t->io, text, MUCH);

	if (r != IO_DONE)
		return;
	for (;;) {
		if (t->io.out)
			io_flush(&t->io);
		n = gnutls_record_recv(t->peer.s, got, sizeof(got));
		if (n > 0) {
			have += (size_t)n;
			continue;
		}
		if (n == GNUTLS_E_AGAIN &&
			(collect(t) || to_client.at < to_client.n))
			continue;
		break;
	}
	if (have != MUCH && !t->change_count)
		abort();
}

/* --- */

/* A server that asks again in small records: GnuTLS looks for the random that makes
 * a ServerHello a HelloRetryRequest in the first of them. */
static int hidden_retry(const struct trial *t)
{
	return (t->flags & (SERVER | IS_13 | RETRY)) == (IS_13 | RETRY) &&
		t->record < 64;
}

/* Must it succeed?  The peer's GnuTLS cannot send a flight of more than 31
 * records. */
static int whole(const struct trial *t)
{
	return !t->change_count && !(t->small && (t->flags & LONG)) &&
		!hidden_retry(t);
}

static void run(struct trial *t)
{
	handshakes(t);
	if (t->done && t->peer_done) {
		tls_adopt(&t->io);
		if (t->flags & TICKETS) {
			data_to_peer(t);
			data_to_us(t);
		} else {
			data_to_us(t);
			data_to_peer(t);
		}
	} else if (whole(t)) {
		fprintf(stderr,
			"flags %02x record %zu segment %zu: ours %d %d %s, "
			"peer's %d %s\n",
			t->flags, t->record, t->segment, t->done, t->failed,
			t->io.tls ? tls_error(t->io.tls) : "", t->peer_done,
			gnutls_strerror(t->peer_failed));
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trial t;
	static char any;
	int pair[2];

	if (size < 6)
		return 0;
	if (!key)
		prepare();
	memset(&t, 0, sizeof(t));
	now = &t;
	t.flags = data[0];
	t.record = 1 + ((size_t)data[2] << 8 | data[3]) % 16384;
	t.segment = 1 + ((size_t)data[4] << 8 | data[5]);
	t.changes = data + 6;
	t.change_count = (size - 6) / 3;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
		abort();
	io_init(&t.io, NULL, NULL);
	io_open(&t.io, pair[0]);
	t.far = pair[1];
	tls_use_records(!(t.flags & GNUTLS));
	tls_use_signer((t.flags & WAITS) ? (struct signer *)&any : NULL);
	open_peer(&t);
	t.small = data[1] & SMALL;
	if (t.small)
		gnutls_record_set_max_size(t.peer.s, 512);
	run(&t);
	close(t.far);
	tls_free(&t.io.tls);
	close(pair[0]);
	buf_free(&t.io.in);
	buf_free(&t.io.out);
	gnutls_deinit(t.peer.s);
	nonces_forget();
	return 0;
}
