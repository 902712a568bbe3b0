/*
 * Is a CRL of a supported kind (crl_priv.h)?
 */
#include "crl_priv.h"

#include <stdint.h>
#include <string.h>

/* The next DER element (X.690 8.1) with a tag of one octet and a length below
 * 2^16; 0: there is none. */
static int element(
	const uint8_t **p, size_t *n, uint8_t *tag, gnutls_datum_t *content)
{
	size_t len, head = 2;

	if (*n < 2)
		return 0;
	len = (*p)[1];
	if (len == 0x81 && *n > 2)
		len = (*p)[2], head = 3;
	else if (len == 0x82 && *n > 3)
		len = (size_t)((*p)[2] << 8 | (*p)[3]), head = 4;
	if (len > *n - head)
		return 0;
	*tag = **p;
	content->data = (unsigned char *)(uintptr_t)*p + head;
	content->size = (unsigned)len;
	*p += head + len;
	*n -= head + len;
	return 1;
}

/* A BOOLEAN of IssuingDistributionPoint (RFC 5280 5.2.5), by its tag number. */
static int scope_says(gnutls_x509_crl_t crl, uint8_t number)
{
	gnutls_datum_t d = judge_crl_extension(crl, JUDGE_CRL_OID_POINT);
	gnutls_datum_t list, value;
	const uint8_t *p = d.data;
	size_t n = d.size;
	uint8_t tag;
	int says = 0;

	if (element(&p, &n, &tag, &list) && tag == 0x30) {
		p = list.data;
		n = list.size;
		while (element(&p, &n, &tag, &value))
			if (tag == (0x80 | number) && value.size == 1)
				says = value.data[0] != 0;
	}
	gnutls_free(d.data);
	return says;
}

/* RFC 5280 5.2: with an unknown critical extension, one must not conclude from
 * the list that a certificate is good. */
static int has_unknown(gnutls_x509_crl_t crl)
{
	static const char *const known[] = {"2.5.29.18", "2.5.29.20",
		"2.5.29.27", "2.5.29.28", "2.5.29.35", "2.5.29.46"};
	char name[128];
	unsigned i, critical;
	size_t k, n;
	int r;

	for (i = 0; i < 64; i++) {
		n = sizeof(name);
		r = gnutls_x509_crl_get_extension_info(
			crl, i, name, &n, &critical);
		if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
			return 0;
		for (k = 0; r >= 0 && k < sizeof(known) / sizeof(*known); k++)
			if (!strcmp(name, known[k]))
				break;
		if (r < 0 || (critical && k == sizeof(known) / sizeof(*known)))
			return 1;
	}
	return 1;
}

const char *judge_crl_not_understood(gnutls_x509_crl_t crl)
{
	if (scope_says(crl, 4))
		return "it is an indirect CRL (RFC 5280 5.2.5), which is not "
		       "supported";
	if (scope_says(crl, 5))
		return "it is for attribute certificates only";
	return has_unknown(crl) ? "it has an unknown critical extension" : NULL;
}
