/* Data derived from a model once; see cache.h. */
#include "cache.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"

struct verify_cache *verify_cache(struct model *m)
{
	struct verify_cache *c = m->verify;

	if (c)
		return c;
	c = m->verify = arena_alloc(m->arena, sizeof(*c));
	c->names =
		arena_alloc(m->arena, (m->frontends.n + 1) * sizeof(*c->names));
	return c;
}

static int text_cmp(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int refs_cmp(const uint32_t *a, size_t an, const uint32_t *b, size_t bn)
{
	if (an != bn)
		return an < bn ? -1 : 1;
	return an ? memcmp(a, b, an * sizeof(*a)) : 0;
}

#define BY(field)                                                              \
	if (a->field != b->field)                                              \
	return a->field < b->field ? -1 : 1

static int action_cmp(const struct m_action *a, const struct m_action *b)
{
	int c;

	BY(mode);
	BY(reject);
	BY(backend);
	BY(profile);
	BY(enforce);
	BY(limit);
	BY(client_auth);
	BY(domain);
	if ((c = refs_cmp(a->certs.v, a->certs.n, b->certs.v, b->certs.n)) ||
		(c = refs_cmp(a->alpn.v, a->alpn.n, b->alpn.v, b->alpn.n)) ||
		(c = text_cmp(a->client_ca, b->client_ca)))
		return c;
	return text_cmp(a->client_crl, b->client_crl);
}

struct ranked {
	const struct m_action *a;
	uint32_t index;
};

static int ranked_cmp(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	int c = action_cmp(a->a, b->a);

	return c ? c : a->index < b->index ? -1 : 1;
}

static void make_classes(struct model *m, struct verify_cache *c)
{
	size_t n = m->actions.n;
	struct ranked *v = malloc((n + 1) * sizeof(*v));

	c->action_class =
		arena_alloc(m->arena, (n + 1) * sizeof(*c->action_class));
	for (uint32_t i = 0; i < n; i++) {
		c->action_class[i] = i;
		if (v)
			v[i] = (struct ranked){&m->actions.v[i], i};
	}
	if (!v)
		return;
	qsort(v, n, sizeof(*v), ranked_cmp);
	for (size_t i = 1; i < n; i++)
		if (action_cmp(v[i - 1].a, v[i].a) == 0)
			c->action_class[v[i].index] =
				c->action_class[v[i - 1].index];
	free(v);
}

uint32_t verify_action_class(struct model *m, uint32_t action)
{
	struct verify_cache *c = verify_cache(m);

	if (!c->action_class)
		make_classes(m, c);
	return c->action_class[action];
}
