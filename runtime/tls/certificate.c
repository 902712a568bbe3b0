/*
 * One certificate chain with its key.  The names of the leaf are kept
 * lower-case for matching (RFC 6125 6.4).
 */
#include "certificate_priv.h"

#include <stdlib.h>
#include <string.h>

#include "priority.h"

void certificate_free(struct certificate **xp)
{
	struct certificate *x = *xp;
	unsigned i;

	*xp = NULL;
	if (!x || --x->refs > 0)
		return;
	for (i = 0; i < x->count; i++)
		gnutls_pcert_deinit(&x->chain[i]);
	if (x->key)
		gnutls_privkey_deinit(x->key);
	for (i = 0; i < x->names; i++)
		free(x->name[i]);
	free(x->name);
	free(x);
}

struct certificate *certificate_get(struct certificate *x)
{
	x->refs++;
	return x;
}

static int wildcard_fits(const char *pattern, const char *name)
{
	const char *dot = strchr(name, '.');

	return pattern[0] == '*' && pattern[1] == '.' && dot && dot > name &&
		!strcmp(pattern + 1, dot);
}

enum cert_match certificate_match(const struct certificate *x, const char *name)
{
	enum cert_match best = CERT_MATCH_NONE;
	unsigned i;

	for (i = 0; i < x->names; i++) {
		if (!strcmp(x->name[i], name))
			return CERT_MATCH_EXACT;
		if (wildcard_fits(x->name[i], name))
			best = CERT_MATCH_WILDCARD;
	}
	return best;
}

int certificate_is_valid(const struct certificate *x, int64_t now)
{
	return x->from <= now && now <= x->until;
}

unsigned certificate_key_type(const struct certificate *x)
{
	switch (x->pk) {
	case GNUTLS_PK_ECDSA:
	case GNUTLS_PK_EDDSA_ED25519:
	case GNUTLS_PK_EDDSA_ED448:
		return KEY_EC;
	default:
		return KEY_RSA;
	}
}

/* RFC 8446 4.2.3: each ECDSA scheme is of one curve, told by its hash. */
static int is_for_curve(
	const struct certificate *x, gnutls_sign_algorithm_t sign)
{
	switch (gnutls_sign_get_hash_algorithm(sign)) {
	case GNUTLS_DIG_SHA256:
		return x->curve == GNUTLS_ECC_CURVE_SECP256R1;
	case GNUTLS_DIG_SHA384:
		return x->curve == GNUTLS_ECC_CURVE_SECP384R1;
	case GNUTLS_DIG_SHA512:
		return x->curve == GNUTLS_ECC_CURVE_SECP521R1;
	default:
		return 0;
	}
}

int certificate_signs(
	const struct certificate *x, gnutls_sign_algorithm_t sign, int is_13)
{
	return gnutls_sign_supports_pk_algorithm(sign, x->pk) &&
		(!is_13 || x->pk != GNUTLS_PK_ECDSA || is_for_curve(x, sign));
}

const gnutls_datum_t *certificate_scts(const struct certificate *x)
{
	return &x->scts;
}

void certificate_give(struct certificate *x, gnutls_pcert_st **certs,
	unsigned *count, gnutls_ocsp_data_st **ocsp, unsigned *ocsp_count,
	gnutls_privkey_t *key, struct staple **staple)
{
	time_t now = time(NULL);

	*certs = x->chain;
	*count = x->count;
	*key = x->key;
	*ocsp = NULL;
	*staple = x->fetched ? staple_get(x->leaf, now) : NULL;
	if (*staple)
		*ocsp = &(*staple)->ocsp;
	else if (x->has_staple && x->staple.exptime > now)
		*ocsp = &x->staple;
	*ocsp_count = *ocsp != NULL;
}
