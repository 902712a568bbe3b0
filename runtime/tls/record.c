/*
 * The record layer: see record.h.  One struct direction each way holds key,
 * static IV and sequence number; TLS 1.3 also the traffic secret, so that keys
 * can be updated.  Called by tls_record.c; pure but for the cipher.
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <gnutls/crypto.h>

#include "aead.h"
#include "message.h"
#include "nonces.h"

enum { EXPLICIT = 8 };
enum {
	MSG_HELLO_REQUEST = 0,
	MSG_CLIENT_HELLO = 1,
	MSG_TICKET = 4,
	MSG_KEY_UPDATE = 24
};

/*
 * Bounds on what says nothing to the application, so that a peer cannot keep
 * us busy for free: records in a row without a data octet between them.  The
 * parts of a message are not counted, but its length is bounded: a ticket's
 * fields have no room for more (RFC 8446 4.6.1), nor a ClientHello's.
 */
enum { SILENT_MAX = 32, MESSAGE_MAX = 1 << 18 };
/* Key updates that GnuTLS may have seen before we take over. */
enum { UPDATES_MAX = 16 };
/* RFC 8446 5.5: AES-GCM keys are good for 2^24.5 full records. */
#define UPDATE_AFTER ((uint64_t)1 << 24)

struct direction {
	struct aead aead;
	uint8_t iv[AEAD_NONCE]; /* 1.2 GCM: the salt in the first four */
	uint64_t sequence;
	uint8_t secret[48]; /* TLS 1.3 */
};

struct record {
	struct direction in, out;
	uint64_t update_after;
	gnutls_mac_algorithm_t prf;
	uint16_t plain_max; /* of a record we send */
	uint16_t in_max;    /* of one we take; both RFC 6066 4 */
	uint8_t is_13, is_server, explicit_nonce, secret_size;
	uint8_t silent;
	struct message message; /* the peer's, behind the handshake */
	uint8_t update_due;     /* a KeyUpdate is to be sent */
	uint8_t no_renego_due;  /* a no_renegotiation alert is to be sent */
	uint8_t refused_renego; /* it was, once */
};

/* --- keys -------------------------------------------------------------- */

void record_keylog(struct record_secrets *s, const char *label,
	const gnutls_datum_t *secret)
{
	uint8_t *to = NULL;

	if (strcmp(label, "CLIENT_TRAFFIC_SECRET_0") == 0)
		to = s->client, s->have |= 1;
	else if (strcmp(label, "SERVER_TRAFFIC_SECRET_0") == 0)
		to = s->server, s->have |= 2;
	if (!to || secret->size > sizeof(s->client))
		return;
	memcpy(to, secret->data, secret->size);
	if (s->have == 3)
		s->size = (uint8_t)secret->size;
}

/* RFC 8446 7.1: HKDF-Expand-Label with an empty context. */
static int expand_label(gnutls_mac_algorithm_t prf, const uint8_t *secret,
	size_t size, const char *label, uint8_t *out, size_t n)
{
	uint8_t info[32];
	size_t len = strlen(label);
	gnutls_datum_t key = {(uint8_t *)(uintptr_t)secret, (unsigned)size};
	gnutls_datum_t data = {info, (unsigned)(4 + 6 + len)};

	info[0] = (uint8_t)(n >> 8);
	info[1] = (uint8_t)n;
	info[2] = (uint8_t)(6 + len);
	memcpy(info + 3, "tls13 ", 6);
	memcpy(info + 9, label, len);
	info[9 + len] = 0;
	return gnutls_hkdf_expand(prf, &key, &data, out, n) < 0 ? -1 : 0;
}

/* Key and IV of a traffic secret (RFC 8446 7.3); sequence numbers restart. */
static int use_secret(const struct record *r, struct direction *d,
	gnutls_cipher_algorithm_t cipher)
{
	uint8_t key[AEAD_KEY_MAX];
	size_t n = aead_key_size(cipher);
	int rc = -1;

	if (n <= sizeof(key) &&
		expand_label(r->prf, d->secret, r->secret_size, "key", key,
			n) == 0 &&
		expand_label(r->prf, d->secret, r->secret_size, "iv", d->iv,
			AEAD_NONCE) == 0)
		rc = aead_init(&d->aead, cipher, key);
	gnutls_memset(key, 0, sizeof(key));
	d->sequence = 0;
	return rc;
}

/* RFC 8446 7.2: the next generation of a traffic secret. */
static int next_secret(const struct record *r, struct direction *d)
{
	uint8_t next[48];

	if (expand_label(r->prf, d->secret, r->secret_size, "traffic upd", next,
		    r->secret_size) != 0)
		return -1;
	memcpy(d->secret, next, r->secret_size);
	gnutls_memset(next, 0, sizeof(next));
	return 0;
}

static int update_secret(const struct record *r, struct direction *d)
{
	gnutls_cipher_algorithm_t cipher = d->aead.cipher;

	if (next_secret(r, d) != 0)
		return -1;
	aead_wipe(&d->aead);
	return use_secret(r, d, cipher);
}

/* The logged secret is the first one, but GnuTLS may have updated its keys since
 * (a KeyUpdate that came while it was waiting for a ticket), and a sequence
 * number belongs to one key: with another it would repeat a nonce.  Returns how
 * many updates there were; -1: not the secret of these keys. */
static int catch_up(const struct record *r, struct direction *d,
	gnutls_cipher_algorithm_t cipher, const gnutls_datum_t *key,
	const gnutls_datum_t *iv)
{
	for (int n = 0; n <= UPDATES_MAX; n++) {
		if (use_secret(r, d, cipher) != 0)
			return -1;
		if (key->size == aead_key_size(cipher) &&
			iv->size == AEAD_NONCE &&
			gnutls_memcmp(d->aead.key, key->data, key->size) == 0 &&
			gnutls_memcmp(d->iv, iv->data, iv->size) == 0)
			return n;
		aead_wipe(&d->aead);
		if (next_secret(r, d) != 0)
			return -1;
	}
	return -1;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v = 0;

	for (int i = 0; i < 8; i++)
		v = v << 8 | p[i];
	return v;
}

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

/* Returns the key updates there were, or -1. */
static int take_direction(const struct record *r, struct direction *d,
	gnutls_session_t session, unsigned read,
	gnutls_cipher_algorithm_t cipher)
{
	gnutls_datum_t mac, iv, key;
	uint8_t sequence[8];
	int updates;

	if (gnutls_record_get_state(session, read, &mac, &iv, &key, sequence) <
		0)
		return -1;
	if (r->is_13) {
		updates = catch_up(r, d, cipher, &key, &iv);
	} else {
		if (iv.size > AEAD_NONCE || key.size != aead_key_size(cipher))
			return -1;
		memcpy(d->iv, iv.data, iv.size);
		updates = aead_init(&d->aead, cipher, key.data);
	}
	d->sequence = get64(sequence);
	return updates;
}

static int take_version(struct record *r, gnutls_session_t session,
	const struct record_secrets *secrets)
{
	gnutls_protocol_t version = gnutls_protocol_get_version(session);

	if (version == GNUTLS_TLS1_2)
		return 0;
	if (version != GNUTLS_TLS1_3 || secrets->size == 0)
		return -1;
	r->is_13 = 1;
	r->secret_size = secrets->size;
	r->prf = gnutls_prf_hash_get(session) == GNUTLS_DIG_SHA384
		? GNUTLS_MAC_SHA384
		: GNUTLS_MAC_SHA256;
	memcpy(r->in.secret, r->is_server ? secrets->client : secrets->server,
		r->secret_size);
	memcpy(r->out.secret, r->is_server ? secrets->server : secrets->client,
		r->secret_size);
	return 0;
}

struct record *record_take(gnutls_session_t session, int is_server,
	const struct record_secrets *secrets)
{
	gnutls_cipher_algorithm_t cipher = gnutls_cipher_get(session);
	struct record *r;
	int in, out;

	if (gnutls_mac_get(session) != GNUTLS_MAC_AEAD ||
		gnutls_record_check_pending(session) != 0)
		return NULL;
	nonces_gnutls(session);
	r = calloc(1, sizeof(*r));
	if (!r)
		return NULL;
	r->is_server = (uint8_t)is_server;
	/* This is what may come; that it is also what may go holds for RFC
	 * 6066's limit, not for RFC 8449's: see record_limit. */
	r->in_max = (uint16_t)gnutls_record_get_max_size(session);
	r->plain_max = r->in_max;
	r->update_after = UPDATE_AFTER;
	if (take_version(r, session, secrets) != 0 ||
		(in = take_direction(r, &r->in, session, 1, cipher)) < 0 ||
		(out = take_direction(r, &r->out, session, 0, cipher)) < 0) {
		record_free(&r);
		return NULL;
	}
	/* GnuTLS answers an update when it sends next, and may not have: one
	 * too many does no harm (RFC 8446 4.6.3). */
	r->update_due = in > out;
	r->explicit_nonce =
		!r->is_13 && cipher != GNUTLS_CIPHER_CHACHA20_POLY1305;
	return r;
}

void record_free(struct record **r)
{
	if (!*r)
		return;
	aead_wipe(&(*r)->in.aead);
	aead_wipe(&(*r)->out.aead);
	gnutls_memset(*r, 0, sizeof(**r));
	free(*r);
	*r = NULL;
}

void record_idle(struct record *r)
{
	aead_idle(&r->in.aead);
	aead_idle(&r->out.aead);
}

void record_set_update_after(struct record *r, uint64_t records)
{
	r->update_after = records;
}

/* --- nonces and additional data ---------------------------------------- */

/* RFC 8446 5.3, RFC 7905 2: IV xor sequence; RFC 5288 3: salt, then the
 * explicit part, for which we send the sequence number. */
static void make_nonce(const struct record *r, const struct direction *d,
	const uint8_t *explicit_part, uint8_t nonce[AEAD_NONCE])
{
	uint8_t sequence[8];

	memcpy(nonce, d->iv, AEAD_NONCE);
	if (r->explicit_nonce) {
		memcpy(nonce + 4, explicit_part, EXPLICIT);
		return;
	}
	put64(sequence, d->sequence);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= sequence[i];
}

/* RFC 8446 5.2: the header; RFC 5246 6.2.3.3: sequence, type, version,
 * plaintext length. */
static size_t make_ad(const struct record *r, const struct direction *d,
	const uint8_t *header, size_t plain, uint8_t ad[13])
{
	if (r->is_13) {
		memcpy(ad, header, WIRE_HEADER);
		return WIRE_HEADER;
	}
	put64(ad, d->sequence);
	memcpy(ad + 8, header, 3);
	ad[11] = (uint8_t)(plain >> 8);
	ad[12] = (uint8_t)plain;
	return 13;
}

/* --- sending ----------------------------------------------------------- */

size_t record_head(const struct record *r)
{
	return WIRE_HEADER + (r->explicit_nonce ? EXPLICIT : 0);
}

size_t record_tail(const struct record *r)
{
	return AEAD_TAG + (r->is_13 ? 1 : 0);
}

size_t record_plain_max(const struct record *r)
{
	return r->plain_max;
}

void record_limit(struct record *r, uint16_t wire)
{
	uint16_t plain = r->is_13 ? (uint16_t)(wire - 1) : wire;

	if (wire && plain < r->plain_max)
		r->plain_max = plain;
}

size_t record_seal_type(
	struct record *r, uint8_t type, uint8_t *rec, size_t plain)
{
	struct direction *d = &r->out;
	uint8_t *data = rec + record_head(r);
	uint8_t nonce[AEAD_NONCE], ad[13];
	size_t size = record_head(r) + plain + record_tail(r), ad_len;

	rec[0] = r->is_13 ? TYPE_DATA : type;
	rec[1] = rec[2] = 3;
	rec[3] = (uint8_t)((size - WIRE_HEADER) >> 8);
	rec[4] = (uint8_t)(size - WIRE_HEADER);
	if (r->explicit_nonce)
		put64(rec + WIRE_HEADER, d->sequence);
	make_nonce(r, d, rec + WIRE_HEADER, nonce);
	ad_len = make_ad(r, d, rec, plain, ad);
	if (r->is_13)
		data[plain++] = type;
	nonces_use(d->aead.key, aead_key_size(d->aead.cipher), nonce);
	if (aead_seal(&d->aead, nonce, ad, ad_len, data, plain, data + plain) !=
		0)
		return 0;
	d->sequence++;
	if (r->is_13 && d->sequence >= r->update_after)
		r->update_due = 1;
	return size;
}

size_t record_seal(struct record *r, uint8_t *rec, size_t plain)
{
	return record_seal_type(r, TYPE_DATA, rec, plain);
}

int record_wants_control(const struct record *r)
{
	return r->update_due || r->no_renego_due;
}

/* RFC 8446 4.6.3: a KeyUpdate is sent under the old keys. */
static size_t send_update(struct record *r, uint8_t *out)
{
	static const uint8_t update[5] = {MSG_KEY_UPDATE, 0, 0, 1, 0};
	size_t n;

	r->update_due = 0;
	memcpy(out + record_head(r), update, sizeof(update));
	n = record_seal_type(r, TYPE_HANDSHAKE, out, sizeof(update));
	if (n == 0 || update_secret(r, &r->out) != 0)
		return 0;
	r->update_due = 0; /* the seal itself may have asked for one */
	return n;
}

size_t record_control(struct record *r, uint8_t out[RECORD_CONTROL_MAX])
{
	if (r->update_due)
		return send_update(r, out);
	if (r->no_renego_due) {
		r->no_renego_due = 0;
		return record_alert(r, ALERT_NO_RENEGOTIATION, out);
	}
	return 0;
}

size_t record_alert(
	struct record *r, uint8_t description, uint8_t out[RECORD_CONTROL_MAX])
{
	uint8_t *alert = out + record_head(r);

	alert[0] = description == ALERT_CLOSE_NOTIFY ||
			description == ALERT_NO_RENEGOTIATION
		? LEVEL_WARNING
		: LEVEL_FATAL;
	alert[1] = description;
	return record_seal_type(r, TYPE_ALERT, out, 2);
}

/* --- receiving --------------------------------------------------------- */

static void broken(struct record_in *out, uint8_t alert)
{
	out->event = RECORD_BROKEN;
	out->alert = alert;
}

/* What carries no data for the application is counted; data resets it. */
static void nothing(struct record *r, struct record_in *out)
{
	if (++r->silent > SILENT_MAX)
		broken(out, ALERT_UNEXPECTED_MESSAGE);
	else
		out->event = RECORD_NOTHING;
}

static void read_data(
	struct record *r, struct record_in *out, uint8_t *data, size_t n)
{
	if (n == 0) {
		nothing(r, out);
		return;
	}
	r->silent = 0;
	out->event = RECORD_DATA;
	out->data = data;
	out->len = n;
}

static void read_alert(
	struct record *r, struct record_in *out, const uint8_t *data, size_t n)
{
	/* RFC 8446 5.1: no empty fragments of alerts. */
	if (n != 2) {
		broken(out, n ? ALERT_DECODE_ERROR : ALERT_UNEXPECTED_MESSAGE);
		return;
	}
	out->alert = data[1];
	if (data[1] == ALERT_CLOSE_NOTIFY)
		out->event = RECORD_CLOSE;
	else if (data[1] == ALERT_USER_CANCELED ||
		(!r->is_13 && data[0] == LEVEL_WARNING))
		nothing(r, out); /* RFC 8446 6.1; warnings of TLS 1.2 */
	else
		out->event = RECORD_ALERT;
}

/* May a message of this type come?  TLS 1.3: tickets and key updates.  TLS 1.2:
 * the peer asks for renegotiation; the second time is the end. */
static int is_expected(const struct record *r, uint8_t type)
{
	if (r->is_13)
		return type == MSG_KEY_UPDATE ||
			(type == MSG_TICKET && !r->is_server);
	return !r->refused_renego &&
		type == (r->is_server ? MSG_CLIENT_HELLO : MSG_HELLO_REQUEST);
}

/* RFC 8446 4.6.3, 5.1: the last message of its record, because the next one is
 * under another key; 1 asks for one back.  The alert, or 0. */
static uint8_t read_key_update(struct record *r, size_t behind)
{
	uint8_t asked = r->message.head[4];

	if (message_length(&r->message) != 1)
		return ALERT_DECODE_ERROR;
	if (behind)
		return ALERT_UNEXPECTED_MESSAGE;
	if (asked > 1)
		return ALERT_ILLEGAL_PARAMETER;
	if (update_secret(r, &r->in) != 0)
		return ALERT_INTERNAL_ERROR;
	if (asked)
		r->update_due = 1;
	return 0;
}

/* A message is whole; tickets are dropped, and the answer to renegotiation is no
 * (RFC 5246 7.2.2).  behind: octets that follow in its record. */
static uint8_t read_message(struct record *r, size_t behind)
{
	if (r->is_13)
		return r->message.head[0] == MSG_KEY_UPDATE
			? read_key_update(r, behind)
			: 0;
	r->refused_renego = r->no_renego_due = 1;
	return 0;
}

static void read_handshake(
	struct record *r, struct record_in *out, const uint8_t *data, size_t n)
{
	struct message *m = &r->message;
	uint8_t alert = 0;
	int ends, whole = 0;
	size_t used;

	for (; n && !alert; data += used, n -= used) {
		ends = message_take(m, data, n, &used) == MESSAGE_END;
		if (!is_expected(r, m->head[0]))
			alert = ALERT_UNEXPECTED_MESSAGE;
		else if (m->left > MESSAGE_MAX)
			alert = ALERT_DECODE_ERROR;
		else if (ends)
			alert = read_message(r, n - used);
		whole |= ends;
	}
	if (alert)
		broken(out, alert);
	else if (whole)
		nothing(r, out);
	else
		out->event = RECORD_NOTHING;
}

static void read_content(struct record *r, struct record_in *out, uint8_t type,
	uint8_t *data, size_t n)
{
	switch (type) {
	case TYPE_DATA:
		/* RFC 8446 5.1: nothing comes between a message's parts. */
		if (r->message.have)
			broken(out, ALERT_UNEXPECTED_MESSAGE);
		else
			read_data(r, out, data, n);
		break;
	case TYPE_ALERT:
		read_alert(r, out, data, n);
		break;
	case TYPE_HANDSHAKE:
		if (n == 0)
			broken(out, ALERT_UNEXPECTED_MESSAGE);
		else
			read_handshake(r, out, data, n);
		break;
	default:
		broken(out, ALERT_UNEXPECTED_MESSAGE);
	}
}

/* RFC 8446 5.4: the last nonzero octet is the type, behind it is padding. */
static int strip_padding(const uint8_t *data, size_t *n, uint8_t *type)
{
	while (*n > 0 && data[*n - 1] == 0)
		--*n;
	if (*n == 0)
		return -1;
	*type = data[--*n];
	return 0;
}

static void open_record(
	struct record *r, uint8_t *rec, size_t len, struct record_in *out)
{
	struct direction *d = &r->in;
	size_t head = record_head(r), n;
	uint8_t *data = rec + head, type = rec[0];
	uint8_t nonce[AEAD_NONCE], ad[13];
	size_t ad_len;

	if (WIRE_HEADER + len < head + AEAD_TAG) {
		broken(out, ALERT_BAD_RECORD_MAC);
		return;
	}
	n = WIRE_HEADER + len - head - AEAD_TAG;
	make_nonce(r, d, rec + WIRE_HEADER, nonce);
	ad_len = make_ad(r, d, rec, n, ad);
	if (aead_open(&d->aead, nonce, ad, ad_len, data, n, data + n) != 0) {
		broken(out, ALERT_BAD_RECORD_MAC);
		return;
	}
	d->sequence++;
	/* RFC 8446 5.4: padding counts, the content type has an octet more. */
	if (n > (size_t)r->in_max + r->is_13)
		broken(out, ALERT_RECORD_OVERFLOW);
	else if (r->is_13 && strip_padding(data, &n, &type) != 0)
		broken(out, ALERT_UNEXPECTED_MESSAGE);
	else
		read_content(r, out, type, data, n);
}

void record_open(
	struct record *r, uint8_t *buf, size_t n, struct record_in *out)
{
	size_t len;

	memset(out, 0, sizeof(*out));
	if (n < WIRE_HEADER)
		return;
	len = (size_t)buf[3] << 8 | buf[4];
	if (buf[1] != 3 || (r->is_13 && buf[0] != TYPE_DATA)) {
		broken(out, ALERT_UNEXPECTED_MESSAGE);
		return;
	}
	if (len > WIRE_PLAIN_MAX + (r->is_13 ? 256 : 2048)) {
		broken(out, ALERT_RECORD_OVERFLOW);
		return;
	}
	if (n < WIRE_HEADER + len)
		return;
	out->used = WIRE_HEADER + len;
	open_record(r, buf, len, out);
}
