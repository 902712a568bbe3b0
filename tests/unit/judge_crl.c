/*
 * CRLs: who signed them, which of two is the older, until when they are good,
 * whom they revoke.
 */
/* LINK: runtime/judge/crl.c runtime/judge/crl_scope.c runtime/judge/crl_follow.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "runtime/judge/crl.h"
#include "runtime/judge/crl_follow.h"

#define NOW 1790000000

struct ca {
	gnutls_x509_crt_t crt;
	gnutls_x509_privkey_t key;
};

static struct ca make_ca(const char *cn, unsigned usage)
{
	gnutls_datum_t der;
	struct ca a;
	int r;

	gnutls_x509_privkey_init(&a.key);
	gnutls_x509_privkey_generate(a.key, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&a.crt);
	gnutls_x509_crt_set_version(a.crt, 3);
	gnutls_x509_crt_set_serial(a.crt, "\1", 1);
	gnutls_x509_crt_set_activation_time(a.crt, NOW - 1000);
	gnutls_x509_crt_set_expiration_time(a.crt, NOW + 1000);
	gnutls_x509_crt_set_dn_by_oid(a.crt, GNUTLS_OID_X520_COMMON_NAME, 0, cn,
		(unsigned)strlen(cn));
	gnutls_x509_crt_set_ca_status(a.crt, 1);
	gnutls_x509_crt_set_key_usage(a.crt, usage);
	gnutls_x509_crt_set_key(a.crt, a.key);
	r = gnutls_x509_crt_sign2(a.crt, a.crt, a.key, GNUTLS_DIG_SHA256, 0);
	assert_int_equal(r, 0);
	/* As one from a file: names are compared by their octets there. */
	gnutls_x509_crt_export2(a.crt, GNUTLS_X509_FMT_DER, &der);
	gnutls_x509_crt_deinit(a.crt);
	gnutls_x509_crt_init(&a.crt);
	r = gnutls_x509_crt_import(a.crt, &der, GNUTLS_X509_FMT_DER);
	assert_int_equal(r, 0);
	gnutls_free(der.data);
	return a;
}

static void drop_ca(struct ca *a)
{
	gnutls_x509_crt_deinit(a->crt);
	gnutls_x509_privkey_deinit(a->key);
}

struct crl {
	const struct ca *ca, *signer; /* signer NULL: the CA itself */
	time_t from, until;           /* 0: without nextUpdate */
	int number;                   /* 0: without */
	const char *key_id;           /* NULL: without */
	const char *revokes;          /* a serial number of one octet */
};

static gnutls_datum_t make_crl(const struct crl *c)
{
	const struct ca *signer = c->signer ? c->signer : c->ca;
	uint8_t number[2] = {(uint8_t)(c->number >> 8), (uint8_t)c->number};
	gnutls_datum_t pem;
	gnutls_x509_crl_t x;
	int r;

	gnutls_x509_crl_init(&x);
	gnutls_x509_crl_set_version(x, 2);
	gnutls_x509_crl_set_this_update(x, c->from);
	if (c->until)
		gnutls_x509_crl_set_next_update(x, c->until);
	if (c->number)
		gnutls_x509_crl_set_number(x, number, 2);
	if (c->key_id)
		gnutls_x509_crl_set_authority_key_id(
			x, c->key_id, strlen(c->key_id));
	if (c->revokes)
		gnutls_x509_crl_set_crt_serial(x, c->revokes, 1, c->from);
	r = gnutls_x509_crl_sign2(
		x, c->ca->crt, signer->key, GNUTLS_DIG_SHA256, 0);
	assert_int_equal(r, 0);
	assert_int_equal(
		gnutls_x509_crl_export2(x, GNUTLS_X509_FMT_PEM, &pem), 0);
	gnutls_x509_crl_deinit(x);
	return pem;
}

/* The file of one or two CRLs. */
static struct judge_crls *file(const struct crl *a, const struct crl *b)
{
	gnutls_datum_t x = make_crl(a), y = {NULL, 0}, both;
	struct judge_crls *l;

	if (b)
		y = make_crl(b);
	both.size = x.size + y.size;
	both.data = malloc(both.size);
	memcpy(both.data, x.data, x.size);
	if (y.size)
		memcpy(both.data + x.size, y.data, y.size);
	l = judge_crls_new(&both);
	assert_non_null(l);
	free(both.data);
	gnutls_free(x.data);
	gnutls_free(y.data);
	return l;
}

#define CAN_SIGN (GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN)

static struct ca one, twin, two, mute;
static char err[400];

static int signed_by(
	const struct crl *c, const struct ca *a, const struct ca *b)
{
	gnutls_x509_crt_t ca[2] = {a->crt, b ? b->crt : NULL};
	struct judge_crls *l = file(c, NULL);
	int r;

	err[0] = 0;
	r = judge_crls_signed(l, ca, b ? 2 : 1, err, sizeof(err));
	judge_crls_free(&l);
	return r;
}

static void signatures(void **state)
{
	struct crl c = {.ca = &one, .from = NOW - 10, .until = NOW + 10};

	(void)state;
	assert_int_equal(signed_by(&c, &one, NULL), 0);
	assert_int_equal(signed_by(&c, &two, &one), 0);
	/* A change of keys: two CAs of one name. */
	assert_int_equal(signed_by(&c, &twin, &one), 0);
	assert_int_equal(signed_by(&c, &two, NULL), -1);
	assert_non_null(strstr(err, "CN=one: the CA that issued it is not"));
	assert_int_equal(signed_by(&c, &twin, NULL), -1);
	assert_non_null(strstr(err, "signature"));
	c.signer = &two;
	assert_int_equal(signed_by(&c, &one, &two), -1);
	c.signer = NULL;
	c.ca = &mute;
	assert_int_equal(signed_by(&c, &mute, NULL), -1);
	assert_non_null(strstr(err, "cRLSign"));
	/* That it is old, or of tomorrow, is another matter. */
	c.ca = &one;
	c.from = 1000;
	c.until = 2000;
	assert_int_equal(signed_by(&c, &one, NULL), 0);
	assert_int_equal(signed_by(&c, &twin, NULL), -1);
	c.from = 4000000000;
	c.until = 0;
	assert_int_equal(signed_by(&c, &one, NULL), 0);
	assert_int_equal(signed_by(&c, &twin, NULL), -1);
}

static int follow(const struct crl *held, const struct crl *now)
{
	gnutls_x509_crt_t ca[2] = {one.crt, two.crt};
	struct judge_crls *x = file(held, NULL), *y = file(now, NULL);
	int r;

	err[0] = 0;
	r = judge_crls_follow(x, y, ca, 2, err, sizeof(err));
	judge_crls_free(&x);
	judge_crls_free(&y);
	return r;
}

static void order(void **state)
{
	struct crl a = {.ca = &one, .from = NOW, .number = 255}, b = a;

	(void)state;
	assert_int_equal(follow(&a, &b), 0);
	b.number = 256; /* numbers are numbers, not texts */
	assert_int_equal(follow(&a, &b), 0);
	assert_int_equal(follow(&b, &a), -1);
	assert_non_null(strstr(err, "CN=one is older (2026-09-21T"));
	/* The number is for this question, whatever the dates say. */
	b.from = NOW - 100;
	assert_int_equal(follow(&a, &b), 0);
	assert_int_equal(follow(&b, &a), -1);
	b.number = 255; /* one number twice: the date is left */
	assert_int_equal(follow(&a, &b), -1);
	a.number = 0;
	b.number = 7; /* who does not count is asked for the date */
	assert_int_equal(follow(&a, &b), -1);
	b.from = NOW + 1;
	assert_int_equal(follow(&a, &b), 0);
	/* A CA may count anew with a new key. */
	a = (struct crl){.ca = &one, .from = NOW, .number = 9, .key_id = "k"};
	b = a;
	b.number = 1;
	b.from = NOW + 1;
	assert_int_equal(follow(&a, &b), -1);
	b.key_id = "l";
	assert_int_equal(follow(&a, &b), 0);
	b.from = NOW - 1;
	assert_int_equal(follow(&a, &b), -1);
}

static void lost(void **state)
{
	struct crl a = {.ca = &one, .from = NOW}, b = {.ca = &two, .from = NOW};
	gnutls_x509_crt_t ca[2] = {one.crt, two.crt};
	struct judge_crls *both = file(&a, &b), *first = file(&a, NULL);

	(void)state;
	assert_int_equal(
		judge_crls_follow(first, both, ca, 2, err, sizeof(err)), 0);
	assert_int_equal(
		judge_crls_follow(both, first, ca, 2, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "CN=two"));
	/* The CA has gone with it. */
	assert_int_equal(
		judge_crls_follow(both, first, ca, 1, err, sizeof(err)), 0);
	assert_true(judge_crls_cover(both, two.crt));
	assert_false(judge_crls_cover(first, two.crt));
	judge_crls_free(&both);
	judge_crls_free(&first);
}

static void times(void **state)
{
	struct crl a = {.ca = &one,
			   .from = NOW,
			   .until = NOW + 50,
			   .number = 2},
		   b = {.ca = &two, .from = NOW - 5, .until = NOW + 20};
	struct judge_crls *l = file(&a, &b);
	struct judge_crl_times t;

	(void)state;
	judge_crls_times(l, &t);
	assert_true(t.from == NOW && t.until == NOW + 20);
	assert_string_equal(t.issuer, "CN=two");
	assert_int_equal(judge_crls_times_of(l, &one.crt, 1, &t), 1);
	assert_true(t.until == NOW + 50);
	assert_int_equal(judge_crls_times_of(l, &mute.crt, 1, &t), 0);
	judge_crls_free(&l);
	/* Of one issuer the newest counts, wherever it is in the file. */
	b = a;
	b.number = 1;
	b.until = NOW - 50;
	for (int i = 0; i < 2; i++) {
		l = i ? file(&a, &b) : file(&b, &a);
		judge_crls_times(l, &t);
		assert_true(t.until == NOW + 50);
		judge_crls_free(&l);
	}
	a.until = 0;
	l = file(&a, NULL);
	judge_crls_times(l, &t);
	assert_true(t.until == JUDGE_CRL_FOREVER);
	judge_crls_free(&l);
}

/* A certificate of `one` with the same name in another encoding. */
static gnutls_x509_crt_t one_in_utf8(void)
{
	static const char name[] = "\x0c\3one";
	gnutls_datum_t der;
	gnutls_x509_crt_t x;

	gnutls_x509_crt_init(&x);
	gnutls_x509_crt_set_version(x, 3);
	gnutls_x509_crt_set_serial(x, "\1", 1);
	gnutls_x509_crt_set_activation_time(x, NOW - 1000);
	gnutls_x509_crt_set_expiration_time(x, NOW + 1000);
	gnutls_x509_crt_set_dn_by_oid(
		x, GNUTLS_OID_X520_COMMON_NAME, 1, name, sizeof(name) - 1);
	gnutls_x509_crt_set_key(x, one.key);
	assert_int_equal(
		gnutls_x509_crt_sign2(x, x, one.key, GNUTLS_DIG_SHA256, 0), 0);
	gnutls_x509_crt_export2(x, GNUTLS_X509_FMT_DER, &der);
	gnutls_x509_crt_deinit(x);
	gnutls_x509_crt_init(&x);
	gnutls_x509_crt_import(x, &der, GNUTLS_X509_FMT_DER);
	gnutls_free(der.data);
	return x;
}

static void revoked(void **state)
{
	struct crl a = {.ca = &one, .from = NOW, .number = 1, .revokes = "\7"},
		   b = {.ca = &one,
			   .from = NOW + 1,
			   .number = 2,
			   .revokes = "\1"},
		   c = {.ca = &two, .from = NOW, .revokes = "\1"};
	gnutls_x509_crt_t utf8 = one_in_utf8();
	struct judge_crls *l = file(&a, &b);

	(void)state;
	/* The serial number of `one`, `two` and the other is 1. */
	assert_true(judge_crls_revoke(l, one.crt, one.crt));
	assert_false(judge_crls_revoke(l, two.crt, two.crt));
	assert_true(judge_crls_revoke(l, utf8, utf8));
	judge_crls_free(&l);
	/* The older one says nothing any more ... */
	b.number = 0;
	b.from = NOW - 1;
	l = file(&a, &b);
	assert_false(judge_crls_revoke(l, one.crt, one.crt));
	judge_crls_free(&l);
	/* ... unless it is of another key and has not been let end. */
	b.key_id = "k";
	l = file(&a, &b);
	assert_true(judge_crls_revoke(l, one.crt, one.crt));
	judge_crls_free(&l);
	b.until = NOW;
	l = file(&a, &b);
	assert_false(judge_crls_revoke(l, one.crt, one.crt));
	judge_crls_free(&l);
	l = file(&a, &c);
	assert_false(judge_crls_revoke(l, one.crt, one.crt));
	assert_true(judge_crls_revoke(l, two.crt, two.crt));
	judge_crls_free(&l);
	gnutls_x509_crt_deinit(utf8);
}

static void nonsense(void **state)
{
	gnutls_datum_t d = {(unsigned char *)"no CRL", 6}, none = {NULL, 0};

	(void)state;
	assert_null(judge_crls_new(&d));
	assert_null(judge_crls_new(&none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures),
		cmocka_unit_test(order),
		cmocka_unit_test(lost),
		cmocka_unit_test(times),
		cmocka_unit_test(revoked),
		cmocka_unit_test(nonsense),
	};
	int r;

	one = make_ca("one", CAN_SIGN);
	twin = make_ca("one", CAN_SIGN);
	two = make_ca("two", CAN_SIGN);
	mute = make_ca("mute", GNUTLS_KEY_KEY_CERT_SIGN);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	drop_ca(&one);
	drop_ca(&twin);
	drop_ca(&two);
	drop_ca(&mute);
	return r;
}
