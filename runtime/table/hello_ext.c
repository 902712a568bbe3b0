/*
 * The extensions of a ClientHello, as far as the decision needs them: names,
 * protocols, versions, key shares.  Called by hello.c for each; hello_judge.c
 * has what only a server that answers must look at.
 */
#include "hello_priv.h"

#include <string.h>

#include "wire.h"

/* One label, lower-cased in place; its length, or 0 when it is not an LDH label
 * (RFC 5890 2.3.1), in which an underscore counts as a letter: names inside
 * organisations have them, and DNS forbids none (RFC 2181 11). */
static size_t label_lower(char *s, size_t n, int *numeric)
{
	size_t i;

	*numeric = 1;
	for (i = 0; i < n && s[i] != '.'; i++) {
		if (s[i] >= 'A' && s[i] <= 'Z')
			s[i] |= 0x20;
		if (s[i] >= '0' && s[i] <= '9')
			continue;
		*numeric = 0;
		if ((s[i] < 'a' || s[i] > 'z') && s[i] != '-' && s[i] != '_')
			return 0;
	}
	if (i == 0 || i > 63 || s[0] == '-' || s[i - 1] == '-')
		return 0;
	return i;
}

/* RFC 6066 3: an LDH name without trailing dot and no address literal; one
 * with a numeric last label could only be that. */
static enum hello_fault check_name(char *s, size_t n)
{
	size_t at = 0;
	int numeric = 0;

	for (;;) {
		size_t len = label_lower(s + at, n - at, &numeric);

		if (len == 0)
			return HELLO_FAULT_SNI_NAME;
		at += len;
		if (at == n)
			break;
		at++; /* the dot */
	}
	return numeric ? HELLO_FAULT_SNI_ADDRESS : HELLO_FAULT_NONE;
}

static enum hello_fault read_server_name(struct hello *h, struct cursor ext)
{
	struct cursor list, name;
	uint32_t type;

	if (hello_vector(&ext, 2, &list) != 0 || hello_left(&ext) ||
		!hello_left(&list))
		return HELLO_FAULT_SNI_FORM;
	while (hello_left(&list)) {
		if (hello_uint(&list, 1, &type) != 0)
			return HELLO_FAULT_SNI_FORM;
		if (type != 0)
			return HELLO_FAULT_SNI_TYPE;
		if (hello_vector(&list, 2, &name) != 0 || !hello_left(&name))
			return HELLO_FAULT_SNI_FORM;
		if (h->has_sni)
			return HELLO_FAULT_SNI_TWO;
		if (hello_left(&name) > 253)
			return HELLO_FAULT_SNI_NAME;
		h->has_sni = 1;
		h->sni_len = (uint8_t)hello_left(&name);
		h->name = name.p;
		memcpy(h->sni, name.p, h->sni_len);
		h->sni[h->sni_len] = 0;
	}
	return check_name(h->sni, h->sni_len);
}

static enum hello_fault read_alpn(struct hello *h, struct cursor ext)
{
	struct cursor list, token;

	if (hello_vector(&ext, 2, &list) != 0 || hello_left(&ext) ||
		!hello_left(&list))
		return HELLO_FAULT_ALPN;
	h->alpn = list.p;
	h->alpn_len = (uint16_t)hello_left(&list);
	while (hello_left(&list))
		if (hello_vector(&list, 1, &token) != 0 || !hello_left(&token))
			return HELLO_FAULT_ALPN;
	return HELLO_FAULT_NONE;
}

static enum hello_fault read_versions(struct hello *h, struct cursor ext)
{
	struct cursor list;
	uint32_t version;

	if (hello_vector(&ext, 1, &list) != 0 || hello_left(&ext) ||
		!hello_left(&list))
		return HELLO_FAULT_VERSIONS;
	h->max_version = 0;
	while (hello_left(&list)) {
		if (hello_uint(&list, 2, &version) != 0)
			return HELLO_FAULT_VERSIONS;
		if (version >= SSL30 && version <= TLS13 &&
			version > h->max_version)
			h->max_version = (uint16_t)version;
	}
	return HELLO_FAULT_NONE;
}

static enum hello_fault read_key_share(struct hello *h, struct cursor ext)
{
	struct cursor list, key;
	uint32_t group;

	if (hello_vector(&ext, 2, &list) != 0 || hello_left(&ext))
		return HELLO_FAULT_KEY_SHARE;
	while (hello_left(&list)) {
		if (hello_uint(&list, 2, &group) != 0 ||
			hello_vector(&list, 2, &key) != 0 || !hello_left(&key))
			return HELLO_FAULT_KEY_SHARE;
		if (!h->key_share_first && !hello_is_grease(group))
			h->key_share_first = (uint16_t)group;
	}
	return HELLO_FAULT_NONE;
}

enum hello_fault hello_ext_read(
	struct hello *h, uint32_t type, struct cursor body)
{
	switch (type) {
	case EXT_SERVER_NAME:
		return read_server_name(h, body);
	case EXT_ALPN:
		return read_alpn(h, body);
	case EXT_SUPPORTED_VERSIONS:
		return read_versions(h, body);
	case EXT_KEY_SHARE:
		return read_key_share(h, body);
	case EXT_RECORD_SIZE_LIMIT:
		/* Wrong ones are hello_judge's. */
		if (hello_left(&body) == 2)
			h->record_limit =
				(uint16_t)(body.p[0] << 8 | body.p[1]);
		break;
	case EXT_EXTENDED_MASTER_SECRET:
		h->has_ems = 1;
		break;
	case EXT_SESSION_TICKET:
		h->has_ticket = 1;
		break;
	case EXT_PRE_SHARED_KEY:
		h->has_psk = 1;
		break;
	case EXT_EARLY_DATA:
		h->has_early_data = 1;
		break;
	case EXT_ENCRYPTED_CLIENT_HELLO:
		h->has_ech = 1;
		break;
	}
	return HELLO_FAULT_NONE;
}
