/*
 * What a table says of its files of CAs, for undump.c: one m_trust for each
 * file with rows, in their order, and who names it.
 */
#include <string.h>

#include "compiler/base/arena.h"
#include "undump_priv.h"

static void take(struct model *m, const struct table *t)
{
	struct m_trust *f = NULL;
	uint32_t i;

	for (i = 0; i < t->trust_count; i++) {
		const struct tbl_trust *x = &t->trust[i];
		const char *path = table_str(t, x->file_str);

		if (!f || strcmp(f->path, path) != 0) {
			arena_grow(m->arena, &m->trusts.v, m->trusts.n,
				&m->trusts.cap, sizeof(*f));
			f = &m->trusts.v[m->trusts.n++];
			*f = (struct m_trust){.path = path};
		}
		f->live = x->kind == TBL_TRUST_LIVE;
		if (f->live)
			continue;
		arena_grow(m->arena, &f->certs.v, f->certs.n, &f->certs.cap,
			sizeof(*f->certs.v));
		f->certs.v[f->certs.n].subject = table_str(t, x->subject_str);
		memcpy(f->certs.v[f->certs.n++].sha256, x->sha256,
			sizeof(x->sha256));
	}
}

/* Paths ascend. */
static uint32_t find(const struct model *m, const char *path)
{
	size_t low = 0, high = m->trusts.n;

	while (path && low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(m->trusts.v[mid].path, path);

		if (c == 0)
			return (uint32_t)mid;
		if (c < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return MODEL_NONE;
}

void undump_trusts(struct undump *u)
{
	struct model *m = u->m;
	size_t i;

	take(m, u->t);
	for (i = 0; i < m->backends.n; i++)
		m->backends.v[i].ca_trust = find(m, m->backends.v[i].ca);
	for (i = 0; i < m->actions.n; i++)
		m->actions.v[i].client_trust =
			find(m, m->actions.v[i].client_ca);
}
