/*
 * What is checked of a peer's messages before GnuTLS gets them: the second
 * ClientHello after a HelloRetryRequest, the client's key exchange below TLS
 * 1.3, names that GnuTLS would refuse, records it should refuse, keys too large
 * to compute with, and the record size that a server asks for.  The first
 * ClientHello was judged by handshake.c.  Owns the copy of the first hello.
 */
#include "tls.h"

#include <string.h>

#include "peer_cost.h"
#include "runtime/common/buf.h"
#include "runtime/table/hello.h"
#include "tls_priv.h"

#define EXTENSION_POINT_FORMATS 11
#define EXTENSION_PADDING 21
#define EXTENSION_COMPRESS_CERTIFICATE 27
#define EXTENSION_PSK_MODES 45

/* The alert that names the fault goes out in place of GnuTLS's. */
static int refuse(struct tls *t, uint8_t alert, const char *why)
{
	t->wrong = alert;
	t->why = why;
	return GNUTLS_E_ILLEGAL_PARAMETER;
}

/* RFC 8446 4.1.2: the second ClientHello is the first with a few changes.  A
 * client that is routed by one name, protocol or version and served under
 * another would have bypassed the policy. */
static int second_hello(struct tls *t, const gnutls_datum_t *msg)
{
	enum hello_fault fault;
	struct hello h;

	memset(&h, 0, sizeof(h));
	fault = hello_read(&h, msg->data, msg->size) == HELLO_OK
		? hello_judge(&h, TLS13)
		: h.fault;
	if (!fault &&
		!hello_may_follow(buf_data(t->first), buf_len(t->first),
			msg->data, msg->size)) {
		fault = HELLO_FAULT_CHANGED;
		t->changed = 1;
		t->sni_changed = strcmp(h.sni, t->query.sni) != 0;
	}
	if (fault)
		return refuse(
			t, hello_fault_alert(fault), hello_fault_text(fault));
	buf_free(&t->first); /* a third is never sent */
	return 0;
}

/* Find GnuTLS's copy of the name: see heard_any. */
static void find_name(struct tls *t, const gnutls_datum_t *msg)
{
	struct hello h;

	memset(&h, 0, sizeof(h));
	if (hello_read(&h, msg->data, msg->size) != HELLO_OK || !h.has_sni)
		return;
	t->name = msg->data + (h.name - msg->data);
	t->name_len = h.sni_len;
}

static int client_hello(struct tls *t, const gnutls_datum_t *msg)
{
	if (t->masks)
		find_name(t, msg);
	if (t->first)
		return second_hello(t, msg);
	if (!t->two_hellos)
		return 0;
	t->two_hellos = 0;
	return buf_append(&t->first, msg->data, msg->size) < 0
		? GNUTLS_E_MEMORY_ERROR
		: 0;
}

static uint16_t group_code(gnutls_session_t s)
{
	const char *name = gnutls_group_get_name(gnutls_group_get(s));

	static const struct {
		const char *name;
		uint16_t code;
	} groups[] = {
		{"SECP256R1", 23},
		{"SECP384R1", 24},
		{"SECP521R1", 25},
		{"X25519", 29},
		{"X448", 30},
	};

	for (size_t i = 0; name && i < sizeof(groups) / sizeof(*groups); i++)
		if (!strcmp(groups[i].name, name))
			return groups[i].code;
	return 0;
}

/* RFC 8422 5.7: an opaque point<1..2^8-1>, in the one form that 5.4 leaves. */
static int client_key(struct tls *t, const gnutls_datum_t *msg)
{
	gnutls_kx_algorithm_t kx = gnutls_kx_get(t->s);

	if (kx != GNUTLS_KX_ECDHE_RSA && kx != GNUTLS_KX_ECDHE_ECDSA)
		return 0;
	if (msg->size < 2 || msg->data[0] != msg->size - 1)
		return refuse(t, GNUTLS_A_DECODE_ERROR,
			"the client's key does not have the length that it "
			"says");
	if (!hello_point_fits(group_code(t->s), msg->data + 1, msg->size - 1))
		return refuse(t, GNUTLS_A_ILLEGAL_PARAMETER,
			"the client's key is not an uncompressed point of its "
			"group's size");
	return 0;
}

/* Keys of a size that would hold us up. */
static int too_dear(struct tls *t, unsigned type, const gnutls_datum_t *msg)
{
	const char *why;
	uint8_t alert = peer_cost(t->s, type, msg, &why);

	if (!alert)
		return 0;
	t->unverified = type == GNUTLS_HANDSHAKE_CERTIFICATE_PKT;
	return refuse(t, alert, why);
}

static int heard_client(gnutls_session_t s, unsigned type, unsigned post,
	unsigned incoming, const gnutls_datum_t *msg)
{
	struct tls *t = gnutls_session_get_ptr(s);

	t->flight_sent = !incoming && type == GNUTLS_HANDSHAKE_FINISHED;
	if (!incoming)
		return 0;
	switch (type) {
	case GNUTLS_HANDSHAKE_CLIENT_HELLO:
		return client_hello(t, msg);
	case GNUTLS_HANDSHAKE_CLIENT_KEY_EXCHANGE:
		return client_key(t, msg);
	default:
		return too_dear(t, type, msg);
	}
}

/*
 * GnuTLS refuses a name with an underscore, and its own server_name extension
 * cannot be replaced.  But after the hello is in the transcript and before
 * server_name is read, GnuTLS calls the handler of each extension that is
 * registered for the first pass over the hello (GNUTLS_EXT_VERSION_NEG).  There
 * its copy of the name gets hyphens.  GnuTLS does not use that name:
 * certificates are chosen by ours, and such a session is not resumed.  If the
 * order ever changed, GnuTLS would refuse the name, as before.
 */
static int heard_any(gnutls_session_t s, const unsigned char *p, size_t n)
{
	struct tls *t = gnutls_session_get_ptr(s);
	size_t i;

	for (i = 0; t->name && i < t->name_len; i++)
		if (t->name[i] == '_')
			t->name[i] = '-';
	t->name = NULL;
	return 0;
}

static int say_nothing(gnutls_session_t s, gnutls_buffer_t to)
{
	return 0;
}

static int listen_to(gnutls_session_t s, unsigned type, unsigned flags)
{
	return gnutls_session_ext_register(s, "any", (int)type,
		GNUTLS_EXT_VERSION_NEG, heard_any, say_nothing, NULL, NULL,
		NULL,
		GNUTLS_EXT_FLAG_CLIENT_HELLO | GNUTLS_EXT_FLAG_TLS | flags);
}

/* What GnuTLS knows and does not need: point formats have one value left (RFC
 * 8422 5.1.2), padding has none, we compress no certificate, and psk modes mean
 * nothing without tickets. */
static int is_spare(unsigned type)
{
	return type == EXTENSION_POINT_FORMATS || type == EXTENSION_PADDING ||
		type == EXTENSION_COMPRESS_CERTIFICATE ||
		type == EXTENSION_PSK_MODES;
}

/* Register an extension that this client sends and GnuTLS does not know, or
 * else a spare one.  A client that sends none of them is refused. */
static void take_name(struct tls *t, const uint8_t *p, size_t n)
{
	unsigned spare = 0, type;
	size_t i, len;

	for (i = 0; i + 4 <= n; i += 4 + len) {
		type = (unsigned)(p[i] << 8 | p[i + 1]);
		len = (size_t)(p[i + 2] << 8 | p[i + 3]);
		if (listen_to(t->s, type, 0) == 0)
			return;
		if (is_spare(type) && spare != EXTENSION_POINT_FORMATS)
			spare = type;
	}
	if (spare)
		listen_to(t->s, spare, GNUTLS_EXT_FLAG_OVERRIDE_INTERNAL);
}

void tls_hello_server(struct tls *t, const struct tls_server *s)
{
	t->two_hellos = s->version == TLS13;
	t->limit = s->hello->record_limit;
	t->masks = strchr(s->query.sni, '_') != NULL;
	gnutls_handshake_set_hook_function(
		t->s, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE, heard_client);
	if (t->masks)
		take_name(t, s->hello->extensions, s->hello->extensions_len);
}

/* --- records ------------------------------------------------------------- */

/* RFC 5246 7.1, RFC 8446 5: one octet, of value 1. Below TLS 1.3 GnuTLS accepts
 * any value.  Checked after the header, and at the first octet. */
static int is_change_cipher(const struct tls *t, const uint8_t *octet)
{
	return t->left == 1 && (!octet || *octet == 1);
}

static int fits(struct tls *t, const uint8_t *octet)
{
	if (t->type != TYPE_CHANGE_CIPHER_SPEC || is_change_cipher(t, octet))
		return 1;
	refuse(t, GNUTLS_A_UNEXPECTED_MESSAGE, "an invalid ChangeCipherSpec");
	return 0;
}

/* An octet of a record's head: type, version, length. */
static void take_head(struct tls *t, uint8_t octet)
{
	if (t->at++ == 0)
		t->type = octet;
	t->left = (uint16_t)(t->left << 8 | octet);
}

/* After the handshake the records are encrypted, and this is not called. */
int tls_hello_wire(struct tls *t, const uint8_t *p, size_t n)
{
	size_t part;

	for (; n && !t->version; p += part, n -= part) {
		part = 1;
		if (t->at < WIRE_HEADER) {
			take_head(t, *p);
			if (t->at == WIRE_HEADER && !fits(t, NULL))
				return -1;
		} else {
			if (!fits(t, p))
				return -1;
			part = n < t->left ? n : t->left;
			t->left -= (uint16_t)part;
		}
		if (t->at == WIRE_HEADER && !t->left)
			t->at = 0;
	}
	return 0;
}

/* --- towards a server ---------------------------------------------------- */

static int heard_server(gnutls_session_t s, unsigned type, unsigned post,
	unsigned incoming, const gnutls_datum_t *msg)
{
	struct tls *t = gnutls_session_get_ptr(s);
	uint16_t limit = 0;

	if (!incoming)
		return 0;
	if (type == GNUTLS_HANDSHAKE_SERVER_HELLO ||
		type == GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS)
		limit = hello_server_limit(msg->data, msg->size,
			type == GNUTLS_HANDSHAKE_ENCRYPTED_EXTENSIONS);
	if (limit)
		t->limit = limit;
	return too_dear(t, type, msg);
}

void tls_hello_client(struct tls *t)
{
	gnutls_handshake_set_hook_function(
		t->s, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST, heard_server);
}
