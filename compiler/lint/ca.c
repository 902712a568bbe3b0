/*
 * Files of CAs and CRLs: TC0419, private keys in them; TC0420, more client CAs
 * than a CertificateRequest can name.
 */
#include <string.h>

#include "compiler/base/symbols.h"
#include "compiler/check/cert.h"
#include "priv.h"
#include "runtime/judge/cert.h"
#include "runtime/judge/pem.h"

/* A file once, however many name it. */
static int is_new(
	struct symbols *seen, unsigned space, const char *path, uint32_t i)
{
	return path && symbols_add(seen, space, path, strlen(path), i) == i;
}

static void key_in(
	struct lint_run *r, const char *path, struct span at, const char *what)
{
	if (!cert_holds_key(r->a, path))
		return;
	struct diag *g = diag_add(r->d, r->id, at,
		"the file of %s also contains a private key", what);
	diag_help(g,
		"the gateway does not need it here: remove it, and treat the "
		"key as compromised");
}

void lint_key_in_ca(struct lint_run *r)
{
	const struct model *m = r->m;
	struct symbols *seen = symbols_new(r->a);
	uint32_t n = 0;

	for (size_t i = 0; i < r->f->scopes.n; i++, n++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		if (is_new(seen, 0, f->client_ca_open, n))
			key_in(r, f->client_ca_open, f->client_ca_span,
				"client CAs");
		if (is_new(seen, 1, f->client_crl_open, n))
			key_in(r, f->client_crl_open, f->client_crl_span,
				"CRLs");
	}
	for (size_t i = 0; i < m->backends.n; i++, n++)
		if (is_new(seen, 0, m->backends.v[i].ca_open, n))
			key_in(r, m->backends.v[i].ca_open,
				m->backends.v[i].verify_span, "CAs");
}

void lint_ca_names(struct lint_run *r)
{
	struct symbols *seen = symbols_new(r->a);

	if (r->o->no_credentials)
		return;
	for (size_t i = 0; i < r->f->scopes.n; i++) {
		const struct fact_scope *f = &r->f->scopes.v[i];
		if (!is_new(seen, 0, f->client_ca_open, (uint32_t)i))
			continue;
		struct certinfo *c = cert_read_bundle(r->a, f->client_ca_open);
		if (c->chain_error || c->ca_names <= JUDGE_CA_NAMES_MAX)
			continue;
		struct diag *g = diag_add(r->d, r->id, f->client_ca_span,
			"the names of these %zu client CAs take %zu octets, "
			"but a CertificateRequest holds at most %d",
			c->count, c->ca_names, JUDGE_CA_NAMES_MAX);
		diag_help(g,
			"no handshake would succeed: give each route only the "
			"CAs of its own clients, or one CA that issued them "
			"all");
	}
}
