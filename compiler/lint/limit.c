/*
 * TC0702: limits that contradict themselves or the machine.
 */
#include "priv.h"

/* Linux's default fs.nr_open: no process may have more descriptors, whatever
 * ulimit says.  The machine that compiles is not the one that runs. */
#define DESCRIPTORS_MAX 1048576u
#define PER_CONNECTION 2u
#define HELLO_MIN 2048u

/* The setting in the text, or the block's name. */
static struct span setting(
	struct lint_run *r, const struct m_limit *l, const char *key)
{
	const struct ast *n = lint_find(r, AST_LIMITS, l->name.span);
	const struct ast *s = n ? ast_setting(n, key) : NULL;
	return s ? s->span : l->name.span;
}

static void per_source(struct lint_run *r, const struct m_limit *l,
	const char *key, uint64_t total, uint64_t source)
{
	if (!total || !source || source <= total)
		return;
	struct diag *g = diag_add(r->d, r->id, setting(r, l, key),
		"the limit per source is above the total: %llu of %llu",
		(unsigned long long)source, (unsigned long long)total);
	diag_help(g, "it never takes effect");
}

void lint_limits(struct lint_run *r)
{
	const struct model *m = r->m;

	for (size_t i = 0; i < m->limits.n; i++) {
		const struct m_limit *l = &m->limits.v[i];
		struct diag *g;
		if (!l->name.span.file)
			continue;
		per_source(r, l, "connections", l->conns, l->conns_source);
		per_source(r, l, "connection-rate", l->conn_rate,
			l->conn_rate_source);
		per_source(r, l, "handshakes", l->hs_rate, l->hs_rate_source);
		per_source(
			r, l, "bandwidth", l->bandwidth, l->bandwidth_source);
		if (l->hello_bytes < HELLO_MIN) {
			g = diag_add(r->d, r->id, setting(r, l, "client-hello"),
				"a limit of %u octets for the ClientHello "
				"refuses common clients",
				l->hello_bytes);
			diag_help(g,
				"browsers send up to 2 KiB, and more with a "
				"post-quantum key share");
		}
		if (l->conns > DESCRIPTORS_MAX / PER_CONNECTION)
			diag_add(r->d, r->id, setting(r, l, "connections"),
				"%u connections need %llu descriptors: a "
				"process has at most %u",
				l->conns,
				(unsigned long long)l->conns * PER_CONNECTION,
				DESCRIPTORS_MAX);
	}
}
