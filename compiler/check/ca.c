/*
 * Files of CAs: what each holds goes into the table, so that the policy's ids
 * and its signature cover whom it trusts, unless the policy says `live`.
 */
#include <stdlib.h>
#include <string.h>

#include <gnutls/gnutls.h>

#include "cert_file.h"
#include "priv.h"
#include "runtime/judge/public.h"
#include "runtime/seal/trust.h"

enum { FILE_MAX = 16 << 20 }; /* as for tlsd (bundle_make.c) */

/* What cannot be read leaves nothing: lints say why. */
static void take(struct check *c, struct m_trust *f, const char *open)
{
	gnutls_datum_t data, pem;
	struct seal_trusted *v;
	const char *err;
	char why[200];
	size_t n;

	if (cert_file(c->a, open, FILE_MAX, &data, NULL, &err) < 0)
		return;
	int bad = judge_public(data.data, data.size, &pem, why, sizeof(why));
	/* A key does not belong there, and is not left behind. */
	gnutls_memset(data.data, 0, data.size);
	if (bad)
		return;
	v = seal_trusted(pem.data, pem.size, &n);
	for (size_t i = 0; v && i < n; i++) {
		const char *subject = v[i].subject;
		struct m_trusted *x = &PUSH(c->a, &f->certs);

		memcpy(x->sha256, v[i].sha256, sizeof(x->sha256));
		x->subject = arena_strndup(c->a, subject, strlen(subject));
	}
	free(v);
	free(pem.data);
}

/* One file is in memory once: it cannot be held to the table for one statement
 * and not for another. */
static void both_ways(struct check *c, const struct m_trust *f, struct span at)
{
	struct diag *g = diag_add(c->d, DIAG_TC0202, at,
		"'%s' is live in one statement and not in another", f->path);

	diag_label(g, f->span, "here it is %s", f->live ? "live" : "not");
}

uint32_t check_ca(struct check *c, const struct ast *ca, const char *path,
	const char *open)
{
	int live = check_has_word(ca, "live");
	uint32_t i = (uint32_t)c->m->trusts.n;
	struct m_trust *f;

	if (!path || !*path)
		return MODEL_NONE;
	i = symbols_add(c->sym, SPACE_TRUST, path, strlen(path), i);
	if (i < c->m->trusts.n) {
		if (c->m->trusts.v[i].live != live)
			both_ways(c, &c->m->trusts.v[i], ca->span);
		return i;
	}
	f = &PUSH(c->a, &c->m->trusts);
	f->path = path;
	f->live = live;
	f->span = ca->span;
	if (open && !live)
		take(c, f, open);
	return i;
}
