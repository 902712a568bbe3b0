/*
 * Subjects within subtrees (subtree.h).  Names are compared as RFC 4514 text,
 * whose end is the root, so that encodings do not matter.
 */
#include "subtree.h"

#include <ctype.h>
#include <string.h>

#include <gnutls/x509-ext.h>

typedef int subtree(
	gnutls_x509_name_constraints_t, unsigned, unsigned *, gnutls_datum_t *);

/* NULL: it has none, or unreadable ones, which GnuTLS refuses. */
static gnutls_x509_name_constraints_t constraints_of(gnutls_x509_crt_t ca)
{
	gnutls_x509_name_constraints_t nc;
	unsigned critical;

	if (gnutls_x509_name_constraints_init(&nc) < 0)
		return NULL;
	if (gnutls_x509_crt_get_name_constraints(ca, nc, 0, &critical) >= 0)
		return nc;
	gnutls_x509_name_constraints_deinit(nc);
	return NULL;
}

/* Does a name begin here in the text, after an unescaped comma? */
static int is_boundary(const gnutls_datum_t *name, size_t at)
{
	size_t escapes = 0;

	if (at == 0)
		return 1;
	while (escapes + 1 < at && name->data[at - 2 - escapes] == '\\')
		escapes++;
	return name->data[at - 1] == ',' && escapes % 2 == 0;
}

static int is_below(const gnutls_datum_t *name, const gnutls_datum_t *top)
{
	size_t at, i;

	if (top->size == 0)
		return 1;
	if (top->size > name->size)
		return 0;
	at = name->size - top->size;
	for (i = 0; i < top->size; i++)
		if (tolower(name->data[at + i]) != tolower(top->data[i]))
			return 0;
	return is_boundary(name, at);
}

/* The number of directory names. *below: the next subject is below one of
 * them. */
static unsigned look(gnutls_x509_name_constraints_t nc, subtree *next,
	const gnutls_datum_t *name, int *below)
{
	unsigned i, type, count = 0;
	gnutls_datum_t top;

	*below = 0;
	for (i = 0; next(nc, i, &type, &top) >= 0; i++) {
		if (type != GNUTLS_SAN_DN)
			continue;
		count++;
		*below |= is_below(name, &top);
	}
	return count;
}

int judge_subtree_limits(gnutls_x509_crt_t ca)
{
	gnutls_x509_name_constraints_t nc = constraints_of(ca);
	gnutls_datum_t none = {NULL, 0};
	int limits, below;

	if (!nc)
		return 0;
	limits = look(nc, gnutls_x509_name_constraints_get_permitted, &none,
			 &below) ||
		look(nc, gnutls_x509_name_constraints_get_excluded, &none,
			&below);
	gnutls_x509_name_constraints_deinit(nc);
	return limits;
}

static int allows(gnutls_x509_name_constraints_t nc, gnutls_x509_crt_t crt)
{
	gnutls_datum_t name = {NULL, 0};
	int r = gnutls_x509_crt_get_dn3(crt, &name, 0);
	int permitted, excluded;

	/* A certificate without a subject has nothing to forbid. */
	if (r < 0 || name.size == 0) {
		gnutls_free(name.data);
		return r >= 0 || r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	}
	if (!look(nc, gnutls_x509_name_constraints_get_permitted, &name,
		    &permitted))
		permitted = 1;
	look(nc, gnutls_x509_name_constraints_get_excluded, &name, &excluded);
	gnutls_free(name.data);
	return permitted && !excluded;
}

int judge_subtrees_allow(const gnutls_x509_crt_t *path, unsigned n)
{
	gnutls_x509_name_constraints_t nc;
	unsigned i, k;
	int allowed = 1;

	for (i = 1; i < n && allowed; i++) {
		nc = constraints_of(path[i]);
		for (k = 0; nc && k < i && allowed; k++)
			allowed = allows(nc, path[k]);
		if (nc)
			gnutls_x509_name_constraints_deinit(nc);
	}
	return allowed;
}
