/*
 * A profile in GnuTLS's words: called by credentials.c, which caches what
 * comes of it, and by suite choice at the peek.
 */
#include "priority.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grammar/words.h"
#include "runtime/table/wire.h"

#define S_13 1
#define S_12 2
#define S_AEAD 4
#define S_FS 8
#define S_WEAK 16

static const struct suite_row rows[] = {
#define SUITE(c, i, k, ci, m, f)                                               \
	{.code = c,                                                            \
		.iana = i,                                                     \
		.kx = k,                                                       \
		.cipher = ci,                                                  \
		.mac = m,                                                      \
		.tls13 = ((f)&S_13) != 0,                                      \
		.tls12 = ((f)&S_12) != 0},
#include "grammar/suites.def"
};

static unsigned key_types_of(const char *kx)
{
	if (strstr(kx, "ECDSA"))
		return KEY_EC;
	return strstr(kx, "DHE-RSA") ? KEY_RSA : 0; /* ECDHE, too */
}

const struct suite_row *priority_suite(uint16_t code)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == code)
			return rows[i].cipher ? &rows[i] : NULL;
	return NULL;
}

uint16_t priority_suite_code(const char *iana)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].iana, iana))
			return rows[i].code;
	return 0;
}

unsigned priority_key_types(uint16_t code)
{
	const struct suite_row *s = priority_suite(code);

	return s ? key_types_of(s->kx) : 0;
}

struct text {
	char *out;
	size_t n, len;
};

/* ":+WORD" unless it is there already. */
static void add(struct text *x, const char *word)
{
	size_t len = strlen(word);
	const char *at = x->out;

	if (x->len >= x->n)
		return;
	while ((at = strstr(at, word))) {
		if (at[-1] == '+' && (at[len] == ':' || !at[len]))
			return;
		at += len;
	}
	x->len +=
		(size_t)snprintf(x->out + x->len, x->n - x->len, ":+%s", word);
}

static void add_suites(struct text *x, const struct table *t,
	const struct tbl_profile *p, uint16_t only)
{
	const struct suite_row *s;
	uint32_t i;

	for (i = 0; i < p->suite_count; i++) {
		s = priority_suite(t->suite[p->suite_first + i]);
		if (!s || (only && s->code != only))
			continue;
		add(x, s->cipher);
		add(x, s->mac);
		if (*s->kx)
			add(x, s->kx);
	}
}

static const char *group_word(uint16_t code)
{
	size_t i;

	for (i = 0; i < WORDS_GROUPS; i++)
		if (words_groups[i].code == code)
			return words_groups[i].gnutls;
	return NULL;
}

static void add_groups(struct text *x, const struct table *t,
	const struct tbl_profile *p, uint16_t first)
{
	uint32_t i;
	const char *w;

	for (i = 0; i < p->group_count; i++)
		if (t->suite[p->group_first + i] == first &&
			(w = group_word(first)))
			add(x, w);
	for (i = 0; i < p->group_count; i++)
		if ((w = group_word(t->suite[p->group_first + i])))
			add(x, w);
}

/* What may sign handshakes and chains: nothing with SHA-1 or MD5 (RFC 9155).
 * TLS 1.0 and 1.1 leave no choice of signature. */
static const char *const signatures[] = {"SIGN-ECDSA-SHA256",
	"SIGN-ECDSA-SECP256R1-SHA256", "SIGN-ECDSA-SHA384",
	"SIGN-ECDSA-SECP384R1-SHA384", "SIGN-ECDSA-SHA512",
	"SIGN-ECDSA-SECP521R1-SHA512", "SIGN-EDDSA-ED25519", "SIGN-EDDSA-ED448",
	"SIGN-RSA-PSS-RSAE-SHA256", "SIGN-RSA-PSS-SHA256",
	"SIGN-RSA-PSS-RSAE-SHA384", "SIGN-RSA-PSS-SHA384",
	"SIGN-RSA-PSS-RSAE-SHA512", "SIGN-RSA-PSS-SHA512", "SIGN-RSA-SHA256",
	"SIGN-RSA-SHA384", "SIGN-RSA-SHA512"};

int priority_text(const struct table *t, const struct priority_wish *w,
	char *out, size_t n)
{
	static const char *const versions[] = {
		"VERS-TLS1.0", "VERS-TLS1.1", "VERS-TLS1.2", "VERS-TLS1.3"};
	const struct tbl_profile *p = &t->profile[w->profile];
	struct text x = {out, n, 0};
	unsigned v;

	x.len = (size_t)snprintf(out, n, "NONE");
	for (v = TLS13; v >= TLS10; v--)
		if (v >= p->tls_min && v <= p->tls_max)
			add(&x, versions[v - TLS10]);
	add_suites(&x, t, p, w->suite);
	add_groups(&x, t, p, w->group);
	for (v = 0; v < sizeof(signatures) / sizeof(signatures[0]); v++)
		add(&x, signatures[v]);
	add(&x, "CTYPE-X509");
	/* RFC 8449 4: a limit may be as low as 64.  Without this word GnuTLS
	 * accepts none below 512, and as a server ignores it. */
	if (x.len < n)
		x.len += (size_t)snprintf(
			out + x.len, n - x.len, ":%%ALLOW_SMALL_RECORDS");
	if (w->server && (p->flags & TBL_PROFILE_SERVER_PREFERENCE) &&
		x.len < n)
		x.len += (size_t)snprintf(
			out + x.len, n - x.len, ":%%SERVER_PRECEDENCE");
	return x.len < n ? 0 : -1;
}

static int among(
	const struct table *t, uint32_t first, uint32_t count, uint16_t code)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		if (t->suite[first + i] == code)
			return 1;
	return 0;
}

int priority_has_suite(const struct table *t, uint32_t profile, uint16_t suite)
{
	const struct tbl_profile *p = &t->profile[profile];

	return among(t, p->suite_first, p->suite_count, suite);
}

int priority_has_group(const struct table *t, uint32_t profile, uint16_t group)
{
	const struct tbl_profile *p = &t->profile[profile];

	return among(t, p->group_first, p->group_count, group);
}

static int usable(uint16_t code, uint16_t version, unsigned key_types)
{
	const struct suite_row *s = priority_suite(code);

	return s && !s->tls13 && (!s->tls12 || version >= TLS12) &&
		(key_types_of(s->kx) & key_types);
}

static int offered(const uint8_t *suites, size_t len, uint16_t code)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		if ((suites[i] << 8 | suites[i + 1]) == code)
			return 1;
	return 0;
}

uint16_t priority_choose(const struct table *t, uint32_t profile,
	uint16_t version, const uint8_t *suites, size_t len, unsigned key_types)
{
	const struct tbl_profile *p = &t->profile[profile];
	uint16_t code;
	uint32_t i;

	if (p->flags & TBL_PROFILE_SERVER_PREFERENCE) {
		for (i = 0; i < p->suite_count; i++) {
			code = t->suite[p->suite_first + i];
			if (usable(code, version, key_types) &&
				offered(suites, len, code))
				return code;
		}
		return 0;
	}
	for (i = 0; i + 1 < len; i += 2) {
		code = (uint16_t)(suites[i] << 8 | suites[i + 1]);
		if (usable(code, version, key_types) &&
			priority_has_suite(t, profile, code))
			return code;
	}
	return 0;
}

int priority_common13(const struct table *t, uint32_t profile,
	const uint8_t *suites, size_t len)
{
	const struct tbl_profile *p = &t->profile[profile];
	const struct suite_row *s;
	uint32_t i;

	for (i = 0; i < p->suite_count; i++) {
		s = priority_suite(t->suite[p->suite_first + i]);
		if (s && s->tls13 && offered(suites, len, s->code))
			return 1;
	}
	return 0;
}
