/*
 * Who is not reached: TC0320 clients of a port with an IPv6 listener only,
 * TC0319 and TC0321 servers that are checked by another protocol than clients
 * use.
 */
#include <string.h>

#include "compiler/base/site.h"
#include "compiler/base/name.h"
#include "priv.h"

static int is_any(const struct m_listener *l, uint8_t family)
{
	static const uint8_t zero[16];
	return l->family == family && !memcmp(l->addr, zero, 16);
}

/* Does something listen to IPv4 at the port, on whatever address? */
static int has_ipv4(const struct model *m, uint16_t port)
{
	for (size_t f = 0; f < m->frontends.n; f++)
		for (size_t i = 0; i < m->frontends.v[f].listeners.n; i++) {
			const struct m_listener *l =
				&m->frontends.v[f].listeners.v[i];
			if (l->family == TBL_V4 && l->port == port)
				return 1;
		}
	return 0;
}

void lint_ipv6_only(struct lint_run *r)
{
	const struct model *m = r->m;

	for (size_t f = 0; f < m->frontends.n; f++)
		for (size_t i = 0; i < m->frontends.v[f].listeners.n; i++) {
			const struct m_listener *l =
				&m->frontends.v[f].listeners.v[i];
			if (!is_any(l, TBL_V6) || has_ipv4(m, l->port))
				continue;
			struct diag *g = diag_add(r->d, r->id, l->span,
				"[::]:%u accepts IPv6 only, so IPv4 clients "
				"cannot connect",
				l->port);
			diag_help(g, "for both write 'listen :%u;'", l->port);
		}
}

/* How a backend is come by. */
struct way {
	unsigned modes; /* 1 << MODE_* of the actions that lead there */
	int named;      /* a route with an exact name is among them */
};

static void add(struct way *reach, const struct model *m, uint32_t first,
	uint32_t count, int named)
{
	for (uint32_t i = first; i < first + count; i++) {
		const struct m_action *a =
			&m->actions.v[m->clauses.v[i].action];
		size_t n;
		const uint32_t *v = site_backends(m, a, &n);

		for (size_t k = 0; k < n; k++) {
			reach[v[k]].modes |= 1u << a->mode;
			reach[v[k]].named |= named;
		}
	}
}

static struct way *reaches(struct lint_run *r)
{
	const struct model *m = r->m;
	struct way *all = arena_alloc(r->a, (m->backends.n + 1) * sizeof(*all));
	uint32_t last = MODEL_NONE;

	for (size_t i = 0; i < m->clauses.n; i++)
		add(all, m, (uint32_t)i, 1, 0);
	for (size_t i = 0; i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		if (name_kind(p->key, p->len) || p->list == last)
			continue;
		last = p->list;
		add(all, m, m->lists.v[last].first, m->lists.v[last].count, 1);
	}
	return all;
}

/* As the monitor does (runtime/monitor/backend_use.c). */
static int speaks_tls(const struct m_backend *b, unsigned modes)
{
	if (b->check == CHECK_TLS)
		return 1;
	return b->check == CHECK_HTTP &&
		(b->has_tls || modes == 1u << MODE_PASSTHROUGH);
}

void lint_check_name(struct lint_run *r)
{
	const struct model *m = r->m;
	const struct way *reach = reaches(r);

	for (size_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		if (!speaks_tls(b, reach[i].modes) || reach[i].named ||
			b->check_sni || b->sni || b->verify_name ||
			!(reach[i].modes &
				(1u << MODE_PASSTHROUGH | 1u << MODE_BRIDGE)))
			continue;
		struct diag *g = diag_add(r->d, r->id, b->health_span,
			"the health checks of backend '%s' send no server "
			"name, but its clients do",
			b->name.text);
		diag_help(g,
			"add a name that the servers know: 'health %s sni "
			"\"...\"'",
			b->check == CHECK_TLS ? "tls" : "http");
	}
}

/* Servers take TLS or clear text on one port, hardly ever both. */
void lint_check_language(struct lint_run *r)
{
	const unsigned tls = 1u << MODE_PASSTHROUGH | 1u << MODE_BRIDGE;
	const struct model *m = r->m;
	const struct way *way = reaches(r);

	for (size_t i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];
		int speaks = speaks_tls(b, way[i].modes);
		unsigned other =
			way[i].modes & (speaks ? 1u << MODE_OFFLOAD : tls);
		if ((b->check != CHECK_TLS && b->check != CHECK_HTTP) || !other)
			continue;
		struct diag *g = diag_add(r->d, r->id, b->health_span,
			speaks ? "the health checks of backend '%s' use TLS, "
				 "but offload sends it clear text"
			       : "the health checks of backend '%s' use clear "
				 "text, but it gets TLS",
			b->name.text);
		diag_label(g,
			lint_first_uses(r,
				other == 1u << MODE_OFFLOAD ? MODE_OFFLOAD
					: other & 1u << MODE_BRIDGE
					? MODE_BRIDGE
					: MODE_PASSTHROUGH)[i]
				->action_span,
			"here");
		diag_help(g,
			"a port serves either TLS or clear text: use a "
			"separate backend for each, or 'health tcp'");
	}
}
