/*
 * TC0318: a table names files relative to its own directory, and tlsd looks for
 * them there.  A table written to another directory names other files.
 */
#include <string.h>
#include <unistd.h>

#include "priv.h"

struct place {
	struct lint_run *r;
	const char *dir;     /* of the table */
	const char *missing; /* the first of them, as stored */
	struct span at;
	size_t count;
};

/* open: it was there beside the policy; elsewhere that was told already. */
static void look(
	struct place *p, const char *stored, const char *open, struct span at)
{
	if (!open || !stored || *stored == '/' ||
		!strncmp(stored, "pkcs11:", 7) ||
		access(arena_printf(p->r->a, "%s/%s", p->dir, stored), F_OK) ==
			0)
		return;
	if (!p->count++) {
		p->missing = stored;
		p->at = at;
	}
}

static void look_at_all(
	struct place *p, const struct model *m, const struct facts *f)
{
	for (size_t i = 0; i < m->certs.n; i++) {
		const struct m_cert *t = &m->certs.v[i];
		if (!t->used)
			continue;
		look(p, t->chain, t->chain_open, t->chain_span);
		look(p, t->key, t->key_open, t->key_span);
		look(p, t->staple_path, t->staple_open, t->staple_span);
		look(p, t->sct_path, t->sct_open, t->sct_span);
	}
	for (size_t i = 0; i < m->backends.n; i++)
		look(p, m->backends.v[i].ca, m->backends.v[i].ca_open,
			m->backends.v[i].verify_span);
	for (size_t i = 0; i < f->scopes.n; i++) {
		const struct fact_scope *s = &f->scopes.v[i];
		look(p, s->client_ca, s->client_ca_open, s->client_ca_span);
		look(p, s->client_crl, s->client_crl_open, s->client_crl_span);
	}
}

void lint_table_place(struct lint_run *r)
{
	struct place p = {.r = r};

	if (!r->o->output)
		return;
	p.dir = source_directory(r->a, r->o->output);
	look_at_all(&p, r->m, r->f);
	if (!p.count)
		return;
	struct diag *g = diag_add(r->d, r->id, p.at,
		"tlsd will look for %s in %s, the directory of the table, but "
		"it is not there",
		p.missing, p.dir);
	if (p.count > 1)
		diag_note(g, "%zu more file%s missing there as well",
			p.count - 1, p.count == 2 ? "" : "s");
	diag_help(g,
		"write the table beside the policy, or put the files beside "
		"the table; if both are moved together later, use "
		"--no-credentials");
}
