/*
 * Sites of a model; see site.h.  Called by check/ and table/ when they make one,
 * and by whoever asks what an action reaches.
 */
#include "site.h"

#include <string.h>

#include "arena.h"
#include "grammar/words.h"

static void add(struct model *m, struct m_site *s, uint32_t backend)
{
	size_t i = s->backends.n;

	for (size_t k = 0; k < s->backends.n; k++)
		if (s->backends.v[k] == backend)
			return;
	arena_grow(m->arena, &s->backends.v, s->backends.n, &s->backends.cap,
		sizeof(*s->backends.v));
	s->backends.n++;
	for (; i > 0 && s->backends.v[i - 1] > backend; i--)
		s->backends.v[i] = s->backends.v[i - 1];
	s->backends.v[i] = backend;
}

void site_settle(struct model *m, struct m_site *s)
{
	for (size_t p = 0; p < s->paths.n; p++)
		for (uint32_t k = 0; k < s->paths.v[p].count; k++) {
			const struct m_cclause *c =
				&m->cclauses.v[s->paths.v[p].first + k];
			const struct m_caction *a = &m->cactions.v[c->action];

			s->answers |= !a->splits.n;
			for (size_t i = 0; i < a->splits.n; i++)
				add(m, s, a->splits.v[i].backend);
		}
	s->mode = MODE_NONE;
	if (s->backends.n)
		s->mode = m->backends.v[s->backends.v[0]].has_tls
			? MODE_BRIDGE
			: MODE_OFFLOAD;
}

const uint32_t *site_backends(
	const struct model *m, const struct m_action *a, size_t *n)
{
	if (a->site == MODEL_NONE) {
		*n = a->backend != MODEL_NONE;
		return &a->backend;
	}
	*n = m->sites.v[a->site].backends.n;
	return m->sites.v[a->site].backends.v;
}

int site_path_cmp(const struct m_path *a, const struct m_path *b)
{
	size_t n = a->len < b->len ? a->len : b->len;
	int d = memcmp(a->text, b->text, n);

	if (d)
		return d;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return b->is_exact - a->is_exact;
}

const struct m_path *site_root(const struct m_site *s)
{
	for (size_t i = 0; i < s->paths.n && s->paths.v[i].len == 1; i++)
		if (!s->paths.v[i].is_exact)
			return &s->paths.v[i];
	return NULL;
}

static int is_below(const struct m_path *p, const char *text, size_t len)
{
	if (p->len == 1)
		return 1;
	return len >= p->len && !memcmp(text, p->text, p->len) &&
		(len == p->len || text[p->len] == '/');
}

const struct m_path *site_path(
	const struct m_site *s, const char *text, size_t len)
{
	const struct m_path *best = site_root(s);

	for (size_t i = 0; i < s->paths.n; i++) {
		const struct m_path *p = &s->paths.v[i];

		if (p->is_exact) {
			if (p->len == len && !memcmp(p->text, text, len))
				return p;
		} else if (is_below(p, text, len) &&
			(!best || p->len > best->len)) {
			best = p;
		}
	}
	return best;
}
