/*
 * The certificates of a file of CAs (trust.h).  Called by the compiler, which
 * writes them into the table, by its diff, and by master/ca_files.c; owns
 * nothing.
 */
#include "trust.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/judge/pem.h"
#include "runtime/table/utf8.h"

#define TOLD 4 /* certificates that are named, of those that differ */

/* Names come from outside and go into tables, logs and reviews. */
static void put_subject(
	char to[TBL_SUBJECT_MAX + 1], const char *from, size_t len)
{
	size_t at = 0, n = 0, step;
	uint32_t cp;

	for (; at < len; at += step) {
		int bad;

		step = utf8_next(from + at, len - at, &cp);
		bad = cp == UTF8_BAD || cp < ' ' || cp == 0x7f ||
			utf8_hidden(cp);
		if (n + (bad ? 1 : step) > TBL_SUBJECT_MAX)
			break;
		if (bad)
			to[n++] = '?';
		else
			memcpy(to + n, from + at, step), n += step;
	}
	to[n] = '\0';
}

static void subject_of(const gnutls_datum_t *der, struct seal_trusted *x)
{
	gnutls_datum_t dn = {NULL, 0};
	gnutls_x509_crt_t crt;

	strcpy(x->subject, "?");
	if (gnutls_x509_crt_init(&crt) < 0)
		return;
	if (gnutls_x509_crt_import(crt, der, GNUTLS_X509_FMT_DER) >= 0 &&
		gnutls_x509_crt_get_dn3(crt, &dn, 0) >= 0 && dn.size)
		put_subject(x->subject, (char *)dn.data, dn.size);
	gnutls_free(dn.data);
	gnutls_x509_crt_deinit(crt);
}

static int by_fingerprint(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static size_t unique(struct seal_trusted *v, size_t count)
{
	size_t n = 0, i;

	if (count)
		qsort(v, count, sizeof(*v), by_fingerprint);
	for (i = 0; i < count; i++)
		if (!n || by_fingerprint(&v[n - 1], &v[i]) != 0)
			v[n++] = v[i];
	return n;
}

/* Room for one more in v, which holds n. */
static struct seal_trusted *grown(
	struct seal_trusted *v, size_t n, size_t *room)
{
	struct seal_trusted *more;

	if (n < *room)
		return v;
	*room = *room ? 2 * *room : 4;
	more = realloc(v, *room * sizeof(*v));
	if (!more)
		free(v);
	return more;
}

struct seal_trusted *seal_trusted(const uint8_t *pem, size_t len, size_t *count)
{
	struct seal_trusted *v = NULL;
	size_t n = 0, room = 0;
	struct judge_pem b;

	*count = 0;
	v = grown(v, n, &room);
	while (v && judge_pem_next(&pem, &len, &b)) {
		gnutls_datum_t der,
			in = {(uint8_t *)(uintptr_t)b.block, (unsigned)b.len};

		if (!judge_pem_is(&b, "CERTIFICATE") ||
			gnutls_pem_base64_decode2("CERTIFICATE", &in, &der) < 0)
			continue;
		v = grown(v, n, &room);
		if (v) {
			gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size,
				v[n].sha256);
			subject_of(&der, &v[n++]);
		}
		gnutls_free(der.data);
	}
	if (v)
		*count = unique(v, n);
	return v;
}

/* ---- against a table ---- */

struct telling {
	char *to;
	size_t room;
	unsigned told, more;
};

static void add(struct telling *t, const char *text)
{
	size_t n = (size_t)snprintf(t->to, t->room, "%s", text);

	n = n < t->room ? n : t->room ? t->room - 1 : 0;
	t->to += n;
	t->room -= n;
}

static void tell(struct telling *t, char mark, const char *subject,
	const uint8_t sha256[32])
{
	char text[TBL_SUBJECT_MAX + 64], hex[17];
	unsigned i;

	if (t->told == TOLD) {
		t->more++;
		return;
	}
	for (i = 0; i < 8; i++)
		snprintf(hex + 2 * i, 3, "%02x", sha256[i]);
	snprintf(text, sizeof(text), "%s %c %.80s (sha256 %s)",
		t->told++ ? "," : ":", mark, subject, hex);
	add(t, text);
}

/* Both ascend: what only one of them has. */
static void differences(const struct table *t, const struct tbl_trust *was,
	size_t was_n, const struct seal_trusted *is, size_t is_n,
	struct telling *out)
{
	size_t i = 0, k = 0;

	while (i < was_n || k < is_n) {
		int c = i == was_n  ? 1
			: k == is_n ? -1
				    : memcmp(was[i].sha256, is[k].sha256, 32);

		if (c > 0)
			tell(out, '+', is[k].subject, is[k].sha256);
		if (c < 0)
			tell(out, '-', table_str(t, was[i].subject_str),
				was[i].sha256);
		i += c <= 0;
		k += c >= 0;
	}
}

int seal_trust_fits(const struct table *t, const char *path, const uint8_t *pem,
	size_t len, char *err, size_t n)
{
	struct telling out = {err, n, 0, 0};
	uint32_t rows;
	const struct tbl_trust *was = table_trust(t, path, &rows);
	struct seal_trusted *is;
	char text[32];
	size_t count;

	if (!was || was->kind == TBL_TRUST_LIVE)
		return 0;
	is = seal_trusted(pem, len, &count);
	add(&out, is ? "not what the table was compiled with" : "no memory");
	if (is)
		differences(t, was, rows, is, count, &out);
	if (out.more) {
		snprintf(text, sizeof(text), " and %u more", out.more);
		add(&out, text);
	}
	free(is);
	return !is || out.told ? -1 : 0;
}

static int is_unbound(const struct table *t, uint32_t path_str)
{
	uint32_t rows;

	return path_str && !table_trust(t, table_str(t, path_str), &rows);
}

const char *seal_trust_unbound(const struct table *t)
{
	uint32_t i;

	for (i = 0; i < t->backend_count; i++)
		if (is_unbound(t, t->backend[i].ca_str))
			return table_str(t, t->backend[i].ca_str);
	for (i = 0; i < t->action_count; i++)
		if (is_unbound(t, t->action[i].client_ca_str))
			return table_str(t, t->action[i].client_ca_str);
	return NULL;
}
