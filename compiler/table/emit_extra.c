/*
 * EXTRA: rarely used settings, kept apart from their elements, so that a policy
 * without them has the same table as before.  TRUST: what the files of CAs hold.
 * Called by emit_parts.c.
 */
#include <stdlib.h>
#include <string.h>

#include "emit_parts.h"

static struct tbl_extra *row(struct emit *e, uint32_t kind, uint32_t of)
{
	struct tbl_extra *x = emit_buf_add(&e->section[TBL_EXTRA], sizeof(*x));

	x->kind = kind;
	x->of = of;
	return x;
}

static void keepalive(struct emit *e)
{
	size_t i;

	for (i = 0; i < e->m->limits.n; i++) {
		uint32_t s = e->m->limits.v[i].keepalive_s;

		if (e->limit[i] != MODEL_NONE && s != TBL_KEEPALIVE)
			row(e, TBL_EXTRA_KEEPALIVE, e->limit[i])->value = s;
	}
}

static void check_names(struct emit *e)
{
	size_t i;

	for (i = 0; i < e->m->backends.n; i++) {
		const char *sni = e->m->backends.v[i].check_sni;

		if (e->backend[i] != MODEL_NONE && sni)
			row(e, TBL_EXTRA_CHECK_SNI, e->backend[i])->value =
				emit_str(e, sni);
	}
}

static void sources(struct emit *e)
{
	size_t i, k;

	for (i = 0; i < e->m->backends.n; i++) {
		const struct m_backend *b = &e->m->backends.v[i];

		for (k = 0; e->backend[i] != MODEL_NONE && k < b->sources.n;
			k++) {
			struct tbl_extra *x =
				row(e, TBL_EXTRA_SOURCE, e->backend[i]);

			x->family = b->sources.v[k].family;
			memcpy(x->addr, b->sources.v[k].addr, sizeof(x->addr));
		}
	}
}

static void segments(struct emit *e)
{
	size_t i, k;

	for (i = 0; i < e->m->segments.n; i++) {
		const struct m_segment *s = &e->m->segments.v[i];
		struct tbl_extra *x = row(e, TBL_EXTRA_SEGMENT, (uint32_t)i);

		x->value = emit_str(e, s->name.text);
		x->family = s->link;
	}
	for (i = 0; i < e->m->segments.n; i++)
		if (e->m->segments.v[i].note)
			row(e, TBL_EXTRA_NOTE, (uint32_t)i)->value =
				emit_str(e, e->m->segments.v[i].note);
	for (i = 0; i < e->m->segments.n; i++)
		for (k = 0; k < e->m->segments.v[i].prefixes.n; k++) {
			const struct m_prefix *p =
				&e->m->segments.v[i].prefixes.v[k];
			struct tbl_extra *x =
				row(e, TBL_EXTRA_PREFIX, (uint32_t)i);

			x->value = p->len;
			x->family = p->family;
			memcpy(x->addr, p->addr, sizeof(x->addr));
		}
}

/* Those that something in the table names. */
static void mark_trusts(const struct emit *e, uint8_t *used)
{
	const struct model *m = e->m;
	size_t i;

	for (i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];

		if (e->backend[i] != MODEL_NONE && b->has_tls && b->ca &&
			b->ca_trust < m->trusts.n)
			used[b->ca_trust] = 1;
	}
	for (i = 0; i < m->actions.n; i++) {
		const struct m_action *a = &m->actions.v[i];

		if (e->action[i] != MODEL_NONE && a->client_auth &&
			a->client_trust < m->trusts.n)
			used[a->client_trust] = 1;
	}
}

static int by_path(const void *x, const void *y)
{
	const struct m_trust *a = *(const struct m_trust *const *)x;
	const struct m_trust *b = *(const struct m_trust *const *)y;

	return strcmp(a->path, b->path);
}

static void trust_row(
	struct emit *e, const struct m_trust *f, const struct m_trusted *cert)
{
	struct tbl_trust *x = emit_buf_add(&e->section[TBL_TRUST], sizeof(*x));

	x->file_str = emit_str(e, f->path);
	x->kind = cert ? TBL_TRUST_CERTIFICATE : TBL_TRUST_LIVE;
	if (!cert)
		return;
	x->subject_str = emit_str(e, cert->subject);
	memcpy(x->sha256, cert->sha256, sizeof(x->sha256));
}

static void trusts(struct emit *e)
{
	const struct model *m = e->m;
	const struct m_trust **v = emit_alloc((m->trusts.n + 1) * sizeof(*v));
	uint8_t *used = emit_alloc(m->trusts.n + 1);
	size_t n = 0, i, k;

	mark_trusts(e, used);
	for (i = 0; i < m->trusts.n; i++)
		if (used[i])
			v[n++] = &m->trusts.v[i];
	qsort(v, n, sizeof(*v), by_path);
	for (i = 0; i < n; i++) {
		for (k = 0; !v[i]->live && k < v[i]->certs.n; k++)
			trust_row(e, v[i], &v[i]->certs.v[k]);
		if (v[i]->live)
			trust_row(e, v[i], NULL);
	}
	free(used);
	free(v);
}

/* In the order of kinds; numbers ascend with the model's. */
void emit_extra(struct emit *e)
{
	keepalive(e);
	check_names(e);
	sources(e);
	segments(e);
	trusts(e);
}
