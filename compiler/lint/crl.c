/*
 * CRLs compared with the CAs that they are used with: TC0416 signed by none of
 * them, TC0417 a CA without one, TC0418 near the end.  That there is a CRL in
 * the file and that it has not expired is TC0414.
 */
#include <string.h>
#include <time.h>

#include "compiler/base/symbols.h"
#include "compiler/check/cert.h"
#include "priv.h"

/* Scopes with a CRL that can be read, each pair of files once. */
struct crl_walk {
	struct lint_run *r;
	struct symbols *seen;
	size_t i;
	const struct fact_scope *f;
	const struct cert_crls *l;
};

static int seen_before(struct crl_walk *w, const struct fact_scope *f)
{
	size_t n = strlen(f->client_crl_open), m = strlen(f->client_ca_open);
	char *key = arena_alloc(w->r->a, n + m + 2);

	memcpy(key, f->client_crl_open, n + 1);
	memcpy(key + n + 1, f->client_ca_open, m + 1);
	return symbols_add(w->seen, 0, key, n + m + 2, (uint32_t)w->i) != w->i;
}

static int next(struct crl_walk *w)
{
	if (w->r->o->no_credentials)
		return 0;
	if (!w->seen)
		w->seen = symbols_new(w->r->a);
	while (w->i < w->r->f->scopes.n) {
		w->f = &w->r->f->scopes.v[w->i];
		int skip = !w->f->client_crl_open || !w->f->client_ca_open ||
			seen_before(w, w->f);
		w->i++;
		if (skip)
			continue;
		w->l = cert_read_crls(
			w->r->a, w->f->client_crl_open, w->f->client_ca_open);
		if (!w->l->error)
			return 1;
	}
	return 0;
}

void lint_crl_issuer(struct lint_run *r)
{
	struct crl_walk w = {.r = r};

	while (next(&w)) {
		if (!w.l->forged)
			continue;
		struct diag *g = diag_add(
			r->d, r->id, w.f->client_crl_span, "%s", w.l->forged);
		diag_label(g, w.f->client_ca_span, "the CAs");
		diag_help(g,
			"a CRL counts only if a CA signed it: use the one that "
			"the CA publishes, or add the CA that signed this one");
	}
}

void lint_crl_missing(struct lint_run *r)
{
	struct crl_walk w = {.r = r};

	while (next(&w))
		for (size_t i = 0; i < w.l->uncovered_count; i++) {
			struct diag *g = diag_add(r->d, r->id,
				w.f->client_crl_span,
				"the file has no CRL of %s, so certificates "
				"that it issued cannot be revoked",
				w.l->uncovered[i]);
			diag_help(g,
				"put its CRL into the same file, one after the "
				"other");
		}
}

void lint_crl_expiry(struct lint_run *r)
{
	struct crl_walk w = {.r = r};

	while (next(&w)) {
		int64_t life = w.l->until - w.l->from;
		int64_t left = w.l->until - r->o->now;
		time_t until = (time_t)w.l->until;
		struct tm tm;
		char date[32];
		if (w.l->until == INT64_MAX || left < 0 || left * 3 >= life)
			continue;
		if (!gmtime_r(&until, &tm) ||
			!strftime(date, sizeof(date), "%Y-%m-%d", &tm))
			continue;
		struct diag *g = diag_add(r->d, r->id, w.f->client_crl_span,
			"the CRL of %s expires on %s: less than a third of its "
			"lifetime is left",
			w.l->issuer, date);
		diag_help(g,
			"renew it: once it expires, tlsd refuses the clients "
			"of this CA");
	}
}
