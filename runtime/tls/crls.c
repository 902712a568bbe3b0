/*
 * CRL files of a table (crls.h).  Called by the master, which checks and
 * watches them, and by the monitor, which tells their end.
 */
#include "crls.h"

#include <stdlib.h>
#include <string.h>

static int order(const void *a, const void *b)
{
	const struct crl_use *x = a, *y = b;
	int c = strcmp(x->crl, y->crl);

	return c ? c : strcmp(x->ca, y->ca);
}

struct crl_use *crls_of(const struct table *t, size_t *n)
{
	struct crl_use *u = NULL;
	size_t count = 0, kept = 0, i;
	uint32_t k;

	*n = 0;
	for (k = 0; k < t->action_count; k++)
		count += t->action[k].client_crl_str != 0;
	if (count)
		u = calloc(count, sizeof(*u));
	if (!u)
		return NULL;
	for (i = 0, k = 0; k < t->action_count; k++) {
		if (!t->action[k].client_crl_str)
			continue;
		u[i].crl = table_str(t, t->action[k].client_crl_str);
		u[i++].ca = table_str(t, t->action[k].client_ca_str);
	}
	qsort(u, count, sizeof(*u), order);
	for (i = 0; i < count; i++)
		if (!kept || order(&u[kept - 1], &u[i]) != 0)
			u[kept++] = u[i];
	*n = kept;
	return u;
}

static int fetch(const struct bundle *b, const char *path, gnutls_datum_t *d)
{
	const uint8_t *p;
	size_t n;

	if (bundle_get(b, path, &p, &n) < 0)
		return -1;
	d->data = (unsigned char *)(uintptr_t)p;
	d->size = (unsigned)n;
	return 0;
}

struct judge_crls *crls_list(const struct bundle *b, const char *path)
{
	gnutls_datum_t pem;

	return fetch(b, path, &pem) < 0 ? NULL : judge_crls_new(&pem);
}

int crls_read(
	struct crl_file *f, const struct bundle *b, const struct crl_use *u)
{
	gnutls_datum_t pem;

	memset(f, 0, sizeof(*f));
	f->crls = crls_list(b, u->crl);
	if (f->crls && fetch(b, u->ca, &pem) == 0 &&
		gnutls_x509_crt_list_import2(
			&f->ca, &f->count, &pem, GNUTLS_X509_FMT_PEM, 0) >= 0)
		return 0;
	judge_crls_free(&f->crls);
	return -1;
}

void crls_done(struct crl_file *f)
{
	unsigned i;

	for (i = 0; i < f->count; i++)
		gnutls_x509_crt_deinit(f->ca[i]);
	gnutls_free(f->ca);
	judge_crls_free(&f->crls);
}
