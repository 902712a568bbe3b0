/*
 * Receiving records: what each of them means, and what a peer may not send.
 */
#include "record_priv.h"

#include <string.h>

/*
 * Bounds on records that carry nothing for the application, so that a peer
 * cannot keep us busy for free: this many in a row, without a data octet
 * between them.  The parts of a message are not counted, but its length is
 * bounded: the fields of a ticket cannot be longer (RFC 8446 4.6.1), nor those
 * of a ClientHello.
 */
enum { SILENT_MAX = 32, MESSAGE_MAX = 1 << 18 };

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
	if (record_update(r, &r->in) != 0)
		return ALERT_INTERNAL_ERROR;
	if (asked)
		r->update_due = 1;
	return 0;
}

/* A message is complete.  Tickets are dropped; renegotiation is refused (RFC
 * 5246 7.2.2).  behind: octets after the message in its record. */
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

/* RFC 8446 5.4: the last nonzero octet is the type; padding follows it. */
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
	record_nonce(r, d, rec + WIRE_HEADER, nonce);
	ad_len = record_ad(r, d, rec, n, ad);
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
