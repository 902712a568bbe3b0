/*
 * The public part of the files in a bundle (bundle.h).  Workers and the monitor
 * get certificates, CRLs and staples, but never a private key, whichever file
 * it is in.  Nothing is cut out of a copy: what is known to be public is
 * encoded anew.
 */
#include "bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle_file.h"
#include "bundle_make.h"
#include "runtime/judge/public.h"

/* A sequence that begins with an enumerated value: an OCSPResponse (RFC 6960
 * 4.2.1). */
static int is_staple(const uint8_t *data, size_t len)
{
	const uint8_t *p = judge_sequence(data, len);

	return p && *p == 0x0a;
}

/* Two-octet lengths that fill the data exactly (RFC 6962 3.3). */
static int is_scts(const uint8_t *p, size_t n)
{
	size_t len;

	if (n < 4 || (size_t)(p[0] << 8 | p[1]) != n - 2)
		return 0;
	for (p += 2, n -= 2; n > 2; p += len, n -= len) {
		len = 2 + (size_t)(p[0] << 8 | p[1]);
		if (len > n)
			return 0;
	}
	return n == 0;
}

int bundle_public_part(unsigned roles, const char *path, const uint8_t *data,
	size_t len, uint8_t **out, size_t *out_len, char *err, size_t n)
{
	gnutls_datum_t part = {NULL, 0};
	char why[200];

	if (roles & BUNDLE_ROLE_PEM) {
		if (judge_public(data, len, &part, why, sizeof(why)) < 0) {
			snprintf(err, n, "TC0423: %s: %s", path, why);
			return -1;
		}
	} else if (((roles & BUNDLE_ROLE_STAPLE) && is_staple(data, len)) ||
		((roles & BUNDLE_ROLE_SCTS) && is_scts(data, len))) {
		part.data = malloc(len);
		if (!part.data) {
			snprintf(err, n, "out of memory");
			return -1;
		}
		memcpy(part.data, data, len);
		part.size = (unsigned)len;
	}
	*out = part.data;
	*out_len = part.size;
	return 0;
}

int bundle_seal_public(struct bundle_files *f, char *err, size_t n)
{
	static const char key[] = "PRIVATE KEY";
	struct bundle_files public = {0};
	size_t i;
	int fd = -1;

	for (i = 0; i < f->count; i++) {
		const struct bundle_file *x = &f->file[i];

		if (x->secret)
			continue;
		/* A last check, whatever was done before. */
		if (x->len && memmem(x->data, x->len, key, strlen(key))) {
			snprintf(err, n,
				"TC0419: %s: it contains a private key, which "
				"workers would see",
				x->path);
			goto out;
		}
		bundle_add(&public, x->path, x->data, x->len);
	}
	fd = bundle_seal(&public, err, n);
out:
	bundle_files_free(&public);
	return fd;
}
