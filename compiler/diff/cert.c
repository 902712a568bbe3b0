/*
 * What clients are shown and which protocols they may speak: certificates by
 * file, key, pin, staple and SCTs; ALPN.
 */
#include <string.h>

#include "action.h"
#include "compiler/check/cert.h"

static const struct m_cert *cert(const struct two *t, unsigned i, size_t k)
{
	return &t->m[i]->certs.v[t->a[i]->certs.v[k]];
}

static int in_token(const struct m_cert *c)
{
	return strncmp(c->key, "pkcs11:", 7) == 0;
}

static const char *cert_text(struct two *t, const struct m_cert *c)
{
	return arena_printf(t->arena, "%s (chain \"%s\", key \"%s\")",
		c->name.text, c->chain, c->key);
}

static const struct m_cert *with_chain(
	const struct two *t, unsigned i, const char *chain)
{
	for (size_t k = 0; k < t->a[i]->certs.n; k++)
		if (strcmp(cert(t, i, k)->chain, chain) == 0)
			return cert(t, i, k);
	return NULL;
}

static const struct m_cert *with_name(
	const struct two *t, unsigned i, const char *name)
{
	for (size_t k = 0; k < t->a[i]->certs.n; k++)
		if (strcmp(cert(t, i, k)->name.text, name) == 0)
			return cert(t, i, k);
	return NULL;
}

/* The one that c goes on for: of the same chain or, unless another has that
 * chain now, of the same name. */
static const struct m_cert *kept(const struct two *t, const struct m_cert *c)
{
	const struct m_cert *a = with_chain(t, 0, c->chain);

	if (a)
		return a;
	a = with_name(t, 0, c->name.text);
	return a && !with_chain(t, 1, a->chain) ? a : NULL;
}

static int gone(const struct two *t, const struct m_cert *a)
{
	for (size_t k = 0; k < t->a[1]->certs.n; k++)
		if (kept(t, cert(t, 1, k)) == a)
			return 0;
	return 1;
}

static const struct cert *leaf(const struct m_cert *c)
{
	return c->info && !c->info->chain_error && c->info->count
		? &c->info->certs[0]
		: NULL;
}

static int shorter(const struct m_cert *a, const struct m_cert *b)
{
	const struct cert *x = leaf(a), *y = leaf(b);

	return x && y && x->key == y->key && y->bits < x->bits;
}

/* An attribute of a pkcs11: URI (RFC 7512), up to its end; NULL: none. */
static const char *attribute(const char *uri, const char *name, size_t *n)
{
	size_t len = strlen(name);

	for (const char *p = strpbrk(uri, ":"); p && *p != '?';
		p = strpbrk(p + 1, ";?"))
		if (strncmp(p + 1, name, len) == 0 && p[1 + len] == '=') {
			*n = strcspn(p + 2 + len, ";?");
			return p + 2 + len;
		}
	return NULL;
}

/* Does the old one's URI ask something of its token that the new one's does
 * not?  A token in software takes any name. */
static int other_token(const struct m_cert *a, const struct m_cert *b)
{
	static const char *const of[] = {"token", "serial", "model",
		"manufacturer", "slot-id", "slot-description",
		"slot-manufacturer", "library-description",
		"library-manufacturer", "library-version"};

	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		size_t n = 0, k = 0;
		const char *x = attribute(a->key, of[i], &n);
		const char *y = attribute(b->key, of[i], &k);

		if (x && (!y || n != k || memcmp(x, y, n) != 0))
			return 1;
	}
	return 0;
}

static const char *worse_key(const struct m_cert *a, const struct m_cert *b)
{
	if (in_token(a) && !in_token(b))
		return "the key leaves its token";
	if (in_token(a) && other_token(a, b))
		return "the key is in another token";
	return shorter(a, b) ? "the key is shorter" : NULL;
}

/* Of several that are gone, which it takes the place of cannot be seen. */
static int worse_than(const struct m_cert *a, const struct m_cert *c)
{
	return worse_key(a, c) || (a->has_pin && !c->has_pin);
}

/* The one of the other side that this one takes the place of, each of those
 * that are gone once; NULL: it is one more. */
static const struct m_cert *before(const struct two *t, size_t k)
{
	const struct m_cert *c = cert(t, 1, k), *first = NULL;
	size_t nth = 0, news = 0, olds = 0;

	if (kept(t, c))
		return kept(t, c);
	for (size_t i = 0; i < t->a[1]->certs.n; i++) {
		nth += i < k && !kept(t, cert(t, 1, i));
		news += !kept(t, cert(t, 1, i));
	}
	for (size_t i = 0; i < t->a[0]->certs.n; i++)
		olds += (size_t)gone(t, cert(t, 0, i));
	for (size_t i = 0, n = 0; i < t->a[0]->certs.n; i++) {
		const struct m_cert *a = cert(t, 0, i);

		if (!gone(t, a))
			continue;
		if (olds > news ? worse_than(a, c) : n == nth)
			return a;
		first = first ? first : a;
		n++;
	}
	return olds > news ? first : NULL;
}

static const char *pin_text(struct two *t, const struct m_cert *c)
{
	return c->has_pin ? arena_printf(t->arena, "%s: sha256 %s",
				    c->name.text, cert_hex(t->arena, c->pin, 8))
			  : NULL;
}

static void pin(struct two *t, const struct m_cert *a, const struct m_cert *b)
{
	if (!a->has_pin == !b->has_pin &&
		(!a->has_pin || memcmp(a->pin, b->pin, 32) == 0))
		return;
	diff_row(t, WEAKEN_PIN, pin_text(t, a), pin_text(t, b),
		!a->has_pin          ? NULL
			: b->has_pin ? "another key is expected"
				     : "any key is accepted");
}

static const char *staple_text(struct two *t, const struct m_cert *c)
{
	return arena_printf(t->arena, "%s: staple %s%s%s", c->name.text,
		words_text(words_staple, c->staple), c->staple_path ? " " : "",
		c->staple_path ? c->staple_path : "");
}

static const char *missing_text(struct two *t, const struct m_cert *c)
{
	return arena_printf(t->arena, "%s: on-missing reject %s", c->name.text,
		words_text(words_missing, c->missing));
}

static void missing(
	struct two *t, const struct m_cert *a, const struct m_cert *b)
{
	if (a->missing != b->missing)
		diff_row(t, WEAKEN_ON_MISSING, missing_text(t, a),
			missing_text(t, b), NULL);
}

static const char *sct_text(struct two *t, const struct m_cert *c)
{
	return c->sct_path ? arena_printf(t->arena, "%s: sct %s", c->name.text,
				     c->sct_path)
			   : NULL;
}

static void staple(
	struct two *t, const struct m_cert *a, const struct m_cert *b)
{
	if (a->staple != b->staple ||
		!diff_text_same(a->staple_path, b->staple_path))
		diff_row(t, WEAKEN_STAPLE, staple_text(t, a), staple_text(t, b),
			a->staple && !b->staple
				? "clients are not told of a revocation"
				: NULL);
	if (!diff_text_same(a->sct_path, b->sct_path))
		diff_row(t, WEAKEN_STAPLE, sct_text(t, a), sct_text(t, b),
			b->sct_path ? NULL : "no SCTs are shown");
}

static void one(struct two *t, const struct m_cert *a, const struct m_cert *b)
{
	if (strcmp(a->chain, b->chain) != 0 || strcmp(a->key, b->key) != 0 ||
		shorter(a, b))
		diff_row(t, WEAKEN_CERTIFICATE, cert_text(t, a),
			cert_text(t, b), worse_key(a, b));
	pin(t, a, b);
	staple(t, a, b);
	missing(t, a, b);
}

static int some(const struct two *t, int (*is)(const struct m_cert *c))
{
	for (size_t i = 0; i < t->a[0]->certs.n; i++)
		if (is(cert(t, 0, i)))
			return 1;
	return 0;
}

static int pinned(const struct m_cert *c)
{
	return c->has_pin;
}

/* One more beside the others is as good as they are, or worse. */
static void one_more(struct two *t, const struct m_cert *c)
{
	diff_row(t, WEAKEN_CERTIFICATE, NULL, cert_text(t, c),
		some(t, in_token) && !in_token(c) ? "a key outside the token"
						  : NULL);
	if (some(t, pinned) && !c->has_pin)
		diff_row(t, WEAKEN_PIN, NULL,
			arena_printf(t->arena, "%s: none", c->name.text),
			"any key is accepted");
}

/* More of them, fewer, or in another order. */
static void together(struct two *t)
{
	struct listed less = diff_listed(t->d, 8);
	size_t n = t->a[1]->certs.n;
	int moved = t->a[0]->certs.n == n;

	for (size_t i = 0; i < t->a[0]->certs.n; i++)
		if (!with_chain(t, 1, cert(t, 0, i)->chain))
			diff_listed_add(&less, cert_text(t, cert(t, 0, i)));
	if (t->a[0]->certs.n > n && less.n)
		diff_row(t, WEAKEN_CERTIFICATE, diff_listed_end(&less), NULL,
			NULL);
	if (!moved || less.n)
		return;
	for (size_t i = 0; i < n; i++)
		if (strcmp(cert(t, 0, i)->chain, cert(t, 1, i)->chain) != 0) {
			diff_row(t, WEAKEN_CERTIFICATE,
				cert_text(t, cert(t, 0, i)), "another order",
				NULL);
			return;
		}
}

static int both_decrypt(const struct two *t)
{
	return t->a[0] && words_decrypts(t->a[0]->mode) &&
		words_decrypts(t->a[1]->mode);
}

void diff_certs(struct two *t)
{
	if (!both_decrypt(t))
		return;
	for (size_t k = 0; k < t->a[1]->certs.n; k++) {
		const struct m_cert *a = before(t, k), *b = cert(t, 1, k);

		if (a)
			one(t, a, b);
		else
			one_more(t, b);
	}
	if (t->a[0]->certs.n != t->a[1]->certs.n || t->a[1]->certs.n > 1)
		together(t);
}

static const char *token(const struct two *t, unsigned i, size_t k)
{
	return t->m[i]->alpns.v[t->a[i]->alpn.v[k]];
}

static const char *tokens(struct two *t, unsigned i)
{
	struct listed l = diff_listed(t->d, UINT32_MAX);

	for (size_t k = 0; k < t->a[i]->alpn.n; k++)
		diff_listed_add(&l, token(t, i, k));
	return diff_listed_end(&l);
}

static int spoken(const struct two *t, const char *word)
{
	for (size_t k = 0; k < t->a[0]->alpn.n; k++)
		if (strcmp(token(t, 0, k), word) == 0)
			return 1;
	return 0;
}

/* A list refuses who offers others only; without one everyone is let in. */
void diff_alpn(struct two *t)
{
	const char *old, *new_, *why = NULL;

	if (!both_decrypt(t))
		return;
	old = tokens(t, 0);
	new_ = tokens(t, 1);
	if (diff_text_same(old, new_))
		return;
	for (size_t k = 0; old && k < t->a[1]->alpn.n; k++)
		if (!spoken(t, token(t, 1, k)))
			why = "another protocol is accepted";
	diff_row(t, WEAKEN_ALPN, old, new_,
		old && !new_ ? "any protocol is accepted" : why);
}
