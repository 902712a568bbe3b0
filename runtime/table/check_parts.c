/*
 * The validator's passes over the parts of actions: strings, ALPN tokens,
 * profiles, certificates, limits, servers, backends, actions (invariants 20 to
 * 34).  See check.h.
 */
#include "check.h"

#include <string.h>

#include "grammar/words.h"
#include "utf8.h"
#include "wire.h"

#define HELLO_MAX (16u << 20) /* a handshake length has 24 bits */
#define WEIGHT_MAX 65535u

static int all_zero(const uint8_t *p, size_t n)
{
	while (n && !*p)
		p++, n--;
	return !n;
}

int check_text(const struct check *c, uint32_t off, size_t most)
{
	const char *name = c->t->str + off;
	size_t n = strnlen(name, most + 1), i;
	uint32_t cp;

	if (n > most)
		return 0;
	for (i = 0; i < n;) {
		i += utf8_next(name + i, n - i, &cp);
		if (cp == UTF8_BAD || cp < ' ' || cp == 0x7f)
			return 0;
	}
	return 1;
}

int check_name_text(const struct check *c, uint32_t off)
{
	return check_text(c, off, TBL_LABEL_MAX);
}

static enum table_error strings(struct check *c)
{
	const struct table *t = c->t;

	if (!t->str_size || t->str[0] || t->str[t->str_size - 1])
		return check_fail(c, TABLE_STR_ENDS, TBL_STR, t->str);
	return TABLE_OK;
}

/* Ascending by octets, so that no token occurs twice and the order means
 * nothing. */
static enum table_error alpn(struct check *c)
{
	const struct table *t = c->t;
	const char *before = "", *token;
	uint32_t i;

	if (t->alpn_count > TBL_ALPN_MAX)
		return check_fail(
			c, TABLE_ALPN_COUNT, TBL_ALPN, &t->alpn[TBL_ALPN_MAX]);
	for (i = 0; i < t->alpn_count; i++) {
		const struct tbl_alpn *a = &t->alpn[i];

		if (!check_str(c, a->token_str))
			return check_fail(c, TABLE_STRING, TBL_ALPN, a);
		token = table_str(t, a->token_str);
		if (a->len < 1 || a->len > 255 || strlen(token) != a->len ||
			strcmp(before, token) >= 0)
			return check_fail(c, TABLE_ALPN_TOKEN, TBL_ALPN, a);
		before = token;
	}
	return TABLE_OK;
}

enum { S_13 = 1, S_12 = 2, S_AEAD = 4, S_FS = 8, S_WEAK = 16 };

/* Without forward secrecy the keys process would have to decrypt for workers,
 * which it cannot. */
static int has_secrecy(uint16_t code)
{
	switch (code) {
#define SUITE(c, iana, kx, cipher, mac, flags)                                 \
	case c:                                                                \
		return ((flags) & (S_13 | S_FS)) != 0;
#include "grammar/suites.def"
	}
	return 0;
}

static enum table_error profile(
	struct check *c, const struct tbl_profile *p, uint32_t *next)
{
	const uint32_t flags = TBL_PROFILE_SERVER_PREFERENCE |
		TBL_PROFILE_TICKETS | TBL_PROFILE_EARLY_DATA;
	uint32_t total = c->t->suite_count, i;

	if (!check_str(c, p->name_str))
		return check_fail(c, TABLE_STRING, TBL_PROFILE, p);
	if (!check_name_text(c, p->name_str))
		return check_fail(c, TABLE_NAME_TEXT, TBL_PROFILE, p);
	if (p->tls_min < TLS10 || p->tls_max > TLS13 || p->tls_min > p->tls_max)
		return check_fail(c, TABLE_PROFILE_VERSIONS, TBL_PROFILE, p);
	if (!check_run(next, p->suite_first, p->suite_count, total) ||
		!check_run(next, p->group_first, p->group_count, total))
		return check_fail(c, TABLE_RUN, TBL_PROFILE, p);
	if (!p->suite_count)
		return check_fail(c, TABLE_PROFILE_EMPTY, TBL_PROFILE, p);
	for (i = p->suite_first; i < p->suite_first + p->suite_count; i++)
		if (!has_secrecy(c->t->suite[i]))
			return check_fail(c, TABLE_PROFILE_SUITE, TBL_SUITES,
				&c->t->suite[i]);
	if (p->flags & ~flags || p->zero)
		return check_fail(c, TABLE_RESERVED, TBL_PROFILE, p);
	return TABLE_OK;
}

static enum table_error profiles(struct check *c)
{
	const struct table *t = c->t;
	enum table_error e;
	uint32_t i, next = 0;

	for (i = 0; i < t->profile_count; i++) {
		e = profile(c, &t->profile[i], &next);
		if (e)
			return e;
	}
	if (next != t->suite_count)
		return check_fail(c, TABLE_RUN, TBL_SUITES, &t->suite[next]);
	return TABLE_OK;
}

static enum table_error cert(
	struct check *c, const struct tbl_cert *p, uint32_t *next)
{
	if (!check_str(c, p->name_str) || !check_str(c, p->chain_str) ||
		!check_str(c, p->key_str) || !check_str(c, p->staple_str) ||
		!check_str(c, p->sct_str))
		return check_fail(c, TABLE_STRING, TBL_CERT, p);
	if (!p->chain_str || !p->key_str)
		return check_fail(c, TABLE_STRING_EMPTY, TBL_CERT, p);
	if (!check_name_text(c, p->name_str))
		return check_fail(c, TABLE_NAME_TEXT, TBL_CERT, p);
	if (!words_has(words_staple, p->staple))
		return check_fail(c, TABLE_VALUE, TBL_CERT, &p->staple);
	if (!words_has(words_missing, p->missing))
		return check_fail(c, TABLE_VALUE, TBL_CERT, &p->missing);
	if ((p->staple == STAPLE_FILE) != !!p->staple_str || p->has_pin > 1 ||
		(!p->has_pin && !all_zero(p->pin, sizeof(p->pin))))
		return check_fail(c, TABLE_CERT, TBL_CERT, p);
	if (p->zero)
		return check_fail(c, TABLE_RESERVED, TBL_CERT, &p->zero);
	if (!check_run(
		    next, p->covers_first, p->covers_count, c->t->covers_count))
		return check_fail(c, TABLE_RUN, TBL_CERT, &p->covers_first);
	return TABLE_OK;
}

static enum table_error certs(struct check *c)
{
	const struct table *t = c->t;
	enum table_error e;
	uint32_t i, next = 0;

	for (i = 0; i < t->covers_count; i++)
		if (!check_str(c, t->covers[i]))
			return check_fail(
				c, TABLE_STRING, TBL_COVERS, &t->covers[i]);
	for (i = 0; i < t->cert_count; i++) {
		e = cert(c, &t->cert[i], &next);
		if (e)
			return e;
	}
	if (next != t->covers_count)
		return check_fail(c, TABLE_RUN, TBL_COVERS, &t->covers[next]);
	return TABLE_OK;
}

static enum table_error references(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->certref_count; i++)
		if (t->certref[i] >= t->cert_count)
			return check_fail(c, TABLE_REFERENCE, TBL_CERTREF,
				&t->certref[i]);
	for (i = 0; i < t->alpnref_count; i++)
		if (t->alpnref[i] >= t->alpn_count)
			return check_fail(c, TABLE_REFERENCE, TBL_ALPNREF,
				&t->alpnref[i]);
	return TABLE_OK;
}

static enum table_error limits(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->limit_count; i++) {
		const struct tbl_limit *l = &t->limit[i];

		if (!check_str(c, l->name_str))
			return check_fail(c, TABLE_STRING, TBL_LIMIT, l);
		if (!check_name_text(c, l->name_str))
			return check_fail(c, TABLE_NAME_TEXT, TBL_LIMIT, l);
		if (!l->hello_bytes || l->hello_bytes > HELLO_MAX ||
			!l->hello_ms || !l->handshake_ms || !l->idle_ms ||
			!l->connect_ms)
			return check_fail(c, TABLE_LIMIT, TBL_LIMIT, l);
	}
	return TABLE_OK;
}

static int server_fits(const struct tbl_server *s)
{
	if (s->weight > WEIGHT_MAX)
		return 0;
	switch (s->family) {
	case TBL_V4:
		return s->port && !s->host_str && all_zero(s->addr + 4, 12);
	case TBL_V6:
		return s->port && !s->host_str;
	case TBL_HOST:
		return s->port && s->host_str && all_zero(s->addr, 16);
	case TBL_UNIX:
		return !s->port && s->host_str && all_zero(s->addr, 16);
	default:
		return 0;
	}
}

static enum table_error servers(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->server_count; i++) {
		const struct tbl_server *s = &t->server[i];

		if (!check_str(c, s->host_str))
			return check_fail(c, TABLE_STRING, TBL_SERVER, s);
		if (!server_fits(s))
			return check_fail(c, TABLE_SERVER, TBL_SERVER, s);
		if (s->zero)
			return check_fail(c, TABLE_RESERVED, TBL_SERVER, s);
	}
	return TABLE_OK;
}

static int backend_fits(const struct tbl_backend *b)
{
	if (!b->server_count)
		return 0;
	return b->profile != TBL_NONE ||
		(!b->ca_str && !b->verify_name_str && !b->sni_str &&
			!b->alpn_count && !b->flags);
}

static enum table_error backend(struct check *c, const struct tbl_backend *b,
	uint32_t *server, uint32_t *alpnref)
{
	const struct table *t = c->t;

	if (!check_str(c, b->name_str) || !check_str(c, b->ca_str) ||
		!check_str(c, b->verify_name_str) ||
		!check_str(c, b->sni_str) || !check_str(c, b->check_path_str))
		return check_fail(c, TABLE_STRING, TBL_BACKEND, b);
	if (!b->name_str)
		return check_fail(c, TABLE_STRING_EMPTY, TBL_BACKEND, b);
	if (!check_name_text(c, b->name_str))
		return check_fail(c, TABLE_NAME_TEXT, TBL_BACKEND, b);
	if (!words_has(words_balance, b->balance) ||
		!words_has(words_proxy, b->proxy) ||
		!words_has(words_check, b->check))
		return check_fail(c, TABLE_VALUE, TBL_BACKEND, &b->balance);
	if (b->flags & ~TBL_BACKEND_SYSTEM_CA)
		return check_fail(c, TABLE_RESERVED, TBL_BACKEND, &b->flags);
	if (b->profile != TBL_NONE && b->profile >= t->profile_count)
		return check_fail(c, TABLE_REFERENCE, TBL_BACKEND, &b->profile);
	if (!backend_fits(b))
		return check_fail(c, TABLE_BACKEND, TBL_BACKEND, b);
	if (!check_run(server, b->server_first, b->server_count,
		    t->server_count) ||
		!check_run(alpnref, b->alpn_first, b->alpn_count,
			t->alpnref_count))
		return check_fail(c, TABLE_RUN, TBL_BACKEND, b);
	return TABLE_OK;
}

/* What only a decrypting mode has, is absent. */
static int opaque(const struct tbl_action *a)
{
	return a->profile == TBL_NONE && !a->cert_count && !a->alpn_count &&
		!a->client_auth && !a->client_ca_str && !a->client_crl_str &&
		!a->domain;
}

/* A site names the backends of its own (check_sites.c). */
static int target_fits(const struct check *c, const struct tbl_action *a)
{
	int site = check_has_site(c, (uint32_t)(a - c->t->action));

	if (site)
		return a->backend == TBL_NONE && words_decrypts(a->mode);
	return a->backend != TBL_NONE &&
		(a->mode != MODE_BRIDGE ||
			c->t->backend[a->backend].profile != TBL_NONE);
}

static int action_fits(const struct check *c, const struct tbl_action *a)
{
	if (a->mode != MODE_REJECT && a->reject)
		return 0;
	if (a->mode == MODE_REJECT)
		return a->backend == TBL_NONE && a->enforce == TBL_NONE &&
			!check_has_site(c, (uint32_t)(a - c->t->action)) &&
			opaque(a);
	if (!target_fits(c, a))
		return 0;
	if (!words_decrypts(a->mode))
		return opaque(a);
	if (a->profile == TBL_NONE || !a->cert_count || a->enforce != TBL_NONE)
		return 0;
	return !a->client_auth == !a->client_ca_str &&
		(!a->client_crl_str || a->client_auth);
}

static int none_or_below(uint32_t i, uint32_t count)
{
	return i == TBL_NONE || i < count;
}

static enum table_error action(struct check *c, const struct tbl_action *a,
	uint32_t *certref, uint32_t *alpnref)
{
	const struct table *t = c->t;

	if (!words_has(words_mode, a->mode) ||
		!words_has(words_reject, a->reject) ||
		!words_has(words_client_auth, a->client_auth))
		return check_fail(c, TABLE_VALUE, TBL_ACTION, a);
	if (a->zero)
		return check_fail(c, TABLE_RESERVED, TBL_ACTION, a);
	if (!none_or_below(a->backend, t->backend_count) ||
		!none_or_below(a->profile, t->profile_count) ||
		!none_or_below(a->enforce, t->profile_count) ||
		a->limit >= t->limit_count)
		return check_fail(c, TABLE_REFERENCE, TBL_ACTION, a);
	if (!check_str(c, a->client_ca_str) || !check_str(c, a->client_crl_str))
		return check_fail(c, TABLE_STRING, TBL_ACTION, a);
	if (!action_fits(c, a))
		return check_fail(c, TABLE_ACTION, TBL_ACTION, a);
	if (!check_run(
		    certref, a->cert_first, a->cert_count, t->certref_count) ||
		!check_run(alpnref, a->alpn_first, a->alpn_count,
			t->alpnref_count))
		return check_fail(c, TABLE_RUN, TBL_ACTION, a);
	return TABLE_OK;
}

static enum table_error backends_actions(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i, server = 0, alpnref = 0, certref = 0;
	enum table_error e;

	for (i = 0; i < t->backend_count; i++) {
		e = backend(c, &t->backend[i], &server, &alpnref);
		if (e)
			return e;
	}
	for (i = 0; i < t->action_count; i++) {
		e = action(c, &t->action[i], &certref, &alpnref);
		if (e)
			return e;
	}
	if (server != t->server_count)
		return check_fail(c, TABLE_RUN, TBL_SERVER, &t->server[server]);
	if (certref != t->certref_count)
		return check_fail(
			c, TABLE_RUN, TBL_CERTREF, &t->certref[certref]);
	if (alpnref != t->alpnref_count)
		return check_fail(
			c, TABLE_RUN, TBL_ALPNREF, &t->alpnref[alpnref]);
	return TABLE_OK;
}

enum table_error check_parts(struct check *c)
{
	static enum table_error (*const passes[])(struct check *) = {strings,
		alpn, profiles, certs, references, limits, servers,
		backends_actions};
	enum table_error e = TABLE_OK;
	size_t i;

	for (i = 0; !e && i < sizeof(passes) / sizeof(passes[0]); i++)
		e = passes[i](c);
	return e;
}
