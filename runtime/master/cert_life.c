/*
 * How long certificates are valid (cert_life.h), and the warnings of --check
 * about those that have expired or soon will.
 */
#include "cert_life.h"

#include <gnutls/x509.h>
#include <stdio.h>

#include "crl_files.h"
#include "load.h"
#include "runtime/common/bundle.h"
#include "runtime/common/generation.h"
#include "runtime/table/table.h"

int cert_life_of(const struct table *t, const struct bundle *b, uint32_t i,
	time_t *from, time_t *until)
{
	gnutls_x509_crt_t leaf;
	gnutls_datum_t pem;
	const uint8_t *p;
	size_t n;
	int r = -1;

	if (bundle_cert_get(b, i, table_str(t, t->cert[i].chain_str), &p, &n) <
			0 ||
		gnutls_x509_crt_init(&leaf) < 0)
		return -1;
	pem.data = (unsigned char *)p;
	pem.size = (unsigned)n;
	if (gnutls_x509_crt_import(leaf, &pem, GNUTLS_X509_FMT_PEM) >= 0) {
		*from = gnutls_x509_crt_get_activation_time(leaf);
		*until = gnutls_x509_crt_get_expiration_time(leaf);
		r = 0;
	}
	gnutls_x509_crt_deinit(leaf);
	return r;
}

double cert_life_early(time_t from, time_t until)
{
	double early = 14 * 86400.0, third = difftime(until, from) / 3;

	return early < third ? early : third;
}

/* NULL: it is valid. */
static const char *fault(time_t from, time_t until, time_t now)
{
	if (until < now)
		return "TC0402: expired at";
	if (from > now)
		return "TC0402: is not valid before";
	if (difftime(until, now) <= cert_life_early(from, until))
		return "TC0403: expires at";
	return NULL;
}

void cert_life_warn(const struct loaded *l)
{
	const struct table *t = &l->view->table;
	time_t from, until, now = time(NULL);
	const char *what;
	char date[32];
	uint32_t i;

	for (i = 0; i < t->cert_count; i++) {
		if (cert_life_of(t, l->view->bundle, i, &from, &until) < 0)
			continue;
		what = fault(from, until, now);
		if (!what)
			continue;
		crl_files_date((int64_t)(from > now ? from : until), date);
		fprintf(stderr,
			"tlsd: warning: %.7s certificate %s (%s) %s "
			"%s\n",
			what, table_str(t, t->cert[i].name_str),
			table_str(t, t->cert[i].chain_str), what + 8, date);
	}
}
