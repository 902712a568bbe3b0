/*
 * What a server that answers a ClientHello must refuse, beyond what a decision
 * needs: called where TLS ends here (offload, bridge), for the first hello and,
 * with hello_may_follow, for the second one after a HelloRetryRequest.  GnuTLS
 * accepts some of it, or answers with another alert.  Pure; the hello has been
 * accepted by hello_parse.
 */
#include "hello_priv.h"

#include <string.h>

#include "wire.h"

/* The extensions that decide together; their contents, .p NULL when absent. */
struct parts {
	struct cursor groups, shares, modes, psk, signatures;
};

/* --- forms ------------------------------------------------------------- */

/* A vector of whole elements, not empty, that fills the extension. */
static enum hello_fault list(struct cursor ext, unsigned prefix, unsigned unit)
{
	struct cursor v;

	if (hello_vector(&ext, prefix, &v) != 0 || hello_left(&ext) ||
		!hello_left(&v) || hello_left(&v) % unit)
		return HELLO_FAULT_EXTENSION_LENGTH;
	return HELLO_FAULT_NONE;
}

/* One octet between low and high. */
static enum hello_fault octet(
	struct cursor ext, uint8_t low, uint8_t high, enum hello_fault fault)
{
	if (hello_left(&ext) != 1)
		return HELLO_FAULT_EXTENSION_LENGTH;
	return *ext.p < low || *ext.p > high ? fault : HELLO_FAULT_NONE;
}

/* RFC 6066 8; of other types than OCSP nothing is known. */
static enum hello_fault status_request(struct cursor ext)
{
	struct cursor ids, extensions;
	uint32_t type;

	if (hello_uint(&ext, 1, &type) != 0)
		return HELLO_FAULT_EXTENSION_LENGTH;
	if (type == 1 &&
		(hello_vector(&ext, 2, &ids) != 0 ||
			hello_vector(&ext, 2, &extensions) != 0 ||
			hello_left(&ext)))
		return HELLO_FAULT_EXTENSION_LENGTH;
	return HELLO_FAULT_NONE;
}

static enum hello_fault point_formats(struct cursor ext, uint16_t version)
{
	enum hello_fault fault = list(ext, 1, 1);

	/* RFC 8446 4.2: TLS 1.3 knows no formats. */
	if (fault || version >= TLS13)
		return fault;
	return memchr(ext.p + 1, 0, hello_left(&ext) - 1)
		? HELLO_FAULT_NONE
		: HELLO_FAULT_POINT_FORMATS;
}

static enum hello_fault record_limit(struct cursor ext)
{
	if (hello_left(&ext) != 2)
		return HELLO_FAULT_EXTENSION_LENGTH;
	return (ext.p[0] << 8 | ext.p[1]) < 64 ? HELLO_FAULT_RECORD_LIMIT
					       : HELLO_FAULT_NONE;
}

/* RFC 5746 3.6: empty in a first handshake. */
static enum hello_fault renegotiation(struct cursor ext)
{
	struct cursor v;

	if (hello_vector(&ext, 1, &v) != 0 || hello_left(&ext))
		return HELLO_FAULT_EXTENSION_LENGTH;
	return hello_left(&v) ? HELLO_FAULT_RENEGOTIATION : HELLO_FAULT_NONE;
}

static enum hello_fault empty(struct cursor ext)
{
	return hello_left(&ext) ? HELLO_FAULT_EXTENSION_LENGTH
				: HELLO_FAULT_NONE;
}

static enum hello_fault form(uint32_t type, struct cursor ext, uint16_t version)
{
	switch (type) {
	case EXT_MAX_FRAGMENT_LENGTH:
		return octet(ext, 1, 4, HELLO_FAULT_FRAGMENT_LENGTH);
	case EXT_HEARTBEAT:
		return octet(ext, 1, 2, HELLO_FAULT_HEARTBEAT);
	case EXT_STATUS_REQUEST:
		return status_request(ext);
	case EXT_SUPPORTED_GROUPS:
	case EXT_SIGNATURE_ALGORITHMS:
	case EXT_SIGNATURE_ALGORITHMS_CERT:
		return list(ext, 2, 2);
	case EXT_EC_POINT_FORMATS:
		return point_formats(ext, version);
	case EXT_COOKIE:
		return list(ext, 2, 1);
	case EXT_PSK_KEY_EXCHANGE_MODES:
		return list(ext, 1, 1);
	case EXT_RECORD_SIZE_LIMIT:
		return record_limit(ext);
	case EXT_RENEGOTIATION_INFO:
		return renegotiation(ext);
	case EXT_ENCRYPT_THEN_MAC:
	case EXT_EXTENDED_MASTER_SECRET:
	case EXT_EARLY_DATA:
	case EXT_POST_HANDSHAKE_AUTH:
		return empty(ext);
	default:
		return HELLO_FAULT_NONE;
	}
}

/* --- keys -------------------------------------------------------------- */

int hello_point_fits(uint16_t group, const uint8_t *p, size_t n)
{
	static const struct {
		uint16_t group, size;
		uint8_t lead; /* RFC 8446 4.2.8.2: an uncompressed point */
	} known[] = {
		{23, 65, 4},
		{24, 97, 4},
		{25, 133, 4},
		{29, 32, 0},
		{30, 56, 0},
		{256, 256, 0},
		{257, 384, 0},
		{258, 512, 0},
		{259, 768, 0},
		{260, 1024, 0},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].group == group)
			return n == known[i].size &&
				(!known[i].lead || *p == known[i].lead);
	return 1;
}

/* Each share is of a group of supported_groups, and of each there is one at
 * most (RFC 8446 4.2.8); hello_ext.c has seen to the form. */
static enum hello_fault key_shares(const struct parts *p)
{
	uint64_t offered[1024] = {0};
	struct cursor c = p->shares, v = {0}, key = {0};
	uint32_t group = 0;

	for (const uint8_t *g = p->groups.p + 2; g < p->groups.end; g += 2)
		offered[g[0] << 2 | g[1] >> 6] |= (uint64_t)1 << (g[1] & 63);
	hello_vector(&c, 2, &v);
	while (hello_left(&v)) {
		uint64_t bit;

		hello_uint(&v, 2, &group);
		hello_vector(&v, 2, &key);
		bit = (uint64_t)1 << (group & 63);
		if (!(offered[group >> 6] & bit))
			return HELLO_FAULT_KEY_SHARE_GROUP;
		offered[group >> 6] &= ~bit;
		if (!hello_point_fits((uint16_t)group, key.p, hello_left(&key)))
			return HELLO_FAULT_KEY_SHARE_POINT;
	}
	return HELLO_FAULT_NONE;
}

/* RFC 8446 4.2.11. */
static enum hello_fault pre_shared_key(struct cursor ext)
{
	struct cursor identities, binders, v;
	uint32_t age;
	unsigned i = 0, b = 0;

	if (hello_vector(&ext, 2, &identities) != 0 ||
		hello_vector(&ext, 2, &binders) != 0 || hello_left(&ext) ||
		!hello_left(&identities) || !hello_left(&binders))
		return HELLO_FAULT_EXTENSION_LENGTH;
	for (; hello_left(&identities); i++)
		if (hello_vector(&identities, 2, &v) != 0 || !hello_left(&v) ||
			hello_uint(&identities, 4, &age) != 0)
			return HELLO_FAULT_EXTENSION_LENGTH;
	for (; hello_left(&binders); b++)
		if (hello_vector(&binders, 1, &v) != 0 || hello_left(&v) < 32)
			return HELLO_FAULT_EXTENSION_LENGTH;
	return i == b ? HELLO_FAULT_NONE : HELLO_FAULT_PSK_BINDERS;
}

/* RFC 8446 9.2: what must come together. */
static enum hello_fault together(const struct parts *p)
{
	if (p->psk.p && !p->modes.p)
		return HELLO_FAULT_NO_PSK_MODES;
	if (!p->psk.p && !p->signatures.p)
		return HELLO_FAULT_NO_SIGNATURES;
	if (!p->groups.p && (p->shares.p || !p->psk.p))
		return HELLO_FAULT_NO_GROUPS;
	if (p->groups.p && !p->shares.p)
		return HELLO_FAULT_NO_KEY_SHARE;
	return HELLO_FAULT_NONE;
}

/* --- the whole --------------------------------------------------------- */

static void remember(struct parts *p, uint32_t type, struct cursor ext)
{
	switch (type) {
	case EXT_SUPPORTED_GROUPS:
		p->groups = ext;
		break;
	case EXT_KEY_SHARE:
		p->shares = ext;
		break;
	case EXT_PSK_KEY_EXCHANGE_MODES:
		p->modes = ext;
		break;
	case EXT_PRE_SHARED_KEY:
		p->psk = ext;
		break;
	case EXT_SIGNATURE_ALGORITHMS:
		p->signatures = ext;
		break;
	}
}

/* The next extension of a list that is known to be well formed. */
static uint32_t next(struct cursor *c, struct cursor *ext)
{
	uint32_t type = 0;

	*ext = (struct cursor){0};
	hello_uint(c, 2, &type);
	hello_vector(c, 2, ext);
	return type;
}

enum hello_fault hello_judge(const struct hello *h, uint16_t version)
{
	struct cursor c = {0}, ext;
	struct parts p = {0};
	enum hello_fault fault;

	if (h->legacy_version <= SSL30)
		return HELLO_FAULT_VERSION_SSL3;
	if (h->extensions)
		c = (struct cursor){
			h->extensions, h->extensions + h->extensions_len};
	while (hello_left(&c)) {
		uint32_t type = next(&c, &ext);

		fault = form(type, ext, version);
		if (fault)
			return fault;
		remember(&p, type, ext);
	}
	if (version < TLS13)
		return HELLO_FAULT_NONE;
	if (h->compressions != 1)
		return HELLO_FAULT_COMPRESSION_MANY;
	fault = together(&p);
	if (!fault && p.psk.p)
		fault = pre_shared_key(p.psk);
	if (!fault && p.shares.p)
		fault = key_shares(&p);
	return fault;
}

/* --- the second hello -------------------------------------------------- */

/* What the second hello may say otherwise, or not at all: RFC 8446 4.1.2, and
 * RFC 9849 6.1.5 for an encrypted inner hello. */
static int may_change(uint32_t type)
{
	switch (type) {
	case EXT_KEY_SHARE:
	case EXT_EARLY_DATA:
	case EXT_COOKIE:
	case EXT_PRE_SHARED_KEY:
	case EXT_PADDING:
	case EXT_ENCRYPTED_CLIENT_HELLO:
		return 1;
	default:
		return 0;
	}
}

/* The next extension that may not change; 0 at the end. */
static int fixed(struct cursor *c, struct cursor *whole)
{
	while (hello_left(c)) {
		const uint8_t *p = c->p;
		uint32_t type = next(c, whole);

		if (may_change(type))
			continue;
		whole->p = p; /* its type and length, too */
		return 1;
	}
	return 0;
}

static int same(const struct cursor *a, const struct cursor *b)
{
	return hello_left(a) == hello_left(b) &&
		memcmp(a->p, b->p, hello_left(a)) == 0;
}

int hello_may_follow(
	const uint8_t *first, size_t n, const uint8_t *second, size_t m)
{
	struct hello a = {0}, b = {0};
	struct cursor before, after, ca, cb, xa, xb;
	int more;

	if (hello_read(&a, first, n) != HELLO_OK ||
		hello_read(&b, second, m) != HELLO_OK || !a.extensions ||
		!b.extensions || b.has_early_data)
		return 0;
	before = (struct cursor){first, a.extensions - 2};
	after = (struct cursor){second, b.extensions - 2};
	if (!same(&before, &after))
		return 0;
	ca = (struct cursor){a.extensions, a.extensions + a.extensions_len};
	cb = (struct cursor){b.extensions, b.extensions + b.extensions_len};
	do {
		more = fixed(&ca, &xa);
		if (more != fixed(&cb, &xb) || (more && !same(&xa, &xb)))
			return 0;
	} while (more);
	return 1;
}
