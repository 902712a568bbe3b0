/*
 * TC0806: a segment without a server has no effect; mostly its prefix is
 * mistyped.
 */
#include "compiler/base/segment.h"
#include "priv.h"

static int has_server(const struct model *m, const struct m_segment *s)
{
	struct m_backend one = {.servers = {NULL, 1, 1}};

	for (size_t i = 0; i < m->backends.n; i++)
		for (size_t k = 0; k < m->backends.v[i].servers.n; k++) {
			one.servers.v = &m->backends.v[i].servers.v[k];
			if (segment_holds(s, &one))
				return 1;
		}
	return 0;
}

void lint_segments(struct lint_run *r)
{
	const struct model *m = r->m;

	for (size_t i = 0; i < m->segments.n; i++) {
		const struct m_segment *s = &m->segments.v[i];
		struct diag *g;

		if (has_server(m, s))
			continue;
		g = diag_add(r->d, r->id, s->name.span,
			"no server is in segment '%s'", s->name.text);
		diag_help(g,
			"servers given by host name are in no segment, because "
			"their addresses are not known here");
	}
}
