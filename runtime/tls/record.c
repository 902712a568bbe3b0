/*
 * The record layer (record.h): its life, nonces and additional data, and
 * sending.  Pure but for the cipher.
 */
#include "record_priv.h"

#include <gnutls/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "nonces.h"

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

/* --- nonces and additional data ------------------------------------------ */

/* RFC 8446 5.3, RFC 7905 2: IV xor sequence; RFC 5288 3: salt, then the
 * explicit part, for which we send the sequence number. */
void record_nonce(const struct record *r, const struct direction *d,
	const uint8_t *explicit_part, uint8_t nonce[AEAD_NONCE])
{
	uint8_t sequence[8];

	memcpy(nonce, d->iv, AEAD_NONCE);
	if (r->explicit_nonce) {
		memcpy(nonce + 4, explicit_part, EXPLICIT);
		return;
	}
	record_put64(sequence, d->sequence);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] ^= sequence[i];
}

/* RFC 8446 5.2: the header; RFC 5246 6.2.3.3: sequence, type, version,
 * plaintext length. */
size_t record_ad(const struct record *r, const struct direction *d,
	const uint8_t *header, size_t plain, uint8_t ad[13])
{
	if (r->is_13) {
		memcpy(ad, header, WIRE_HEADER);
		return WIRE_HEADER;
	}
	record_put64(ad, d->sequence);
	memcpy(ad + 8, header, 3);
	ad[11] = (uint8_t)(plain >> 8);
	ad[12] = (uint8_t)plain;
	return 13;
}

/* --- sending ------------------------------------------------------------- */

size_t record_head(const struct record *r)
{
	return WIRE_HEADER + (r->explicit_nonce ? EXPLICIT : 0);
}

static size_t tail(const struct record *r)
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
	size_t size = record_head(r) + plain + tail(r), ad_len;

	rec[0] = r->is_13 ? TYPE_DATA : type;
	rec[1] = rec[2] = 3;
	rec[3] = (uint8_t)((size - WIRE_HEADER) >> 8);
	rec[4] = (uint8_t)(size - WIRE_HEADER);
	if (r->explicit_nonce)
		record_put64(rec + WIRE_HEADER, d->sequence);
	record_nonce(r, d, rec + WIRE_HEADER, nonce);
	ad_len = record_ad(r, d, rec, plain, ad);
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
	if (n == 0 || record_update(r, &r->out) != 0)
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
