/*
 * Which clients a group's change is for, besides their names and networks: what
 * they offer, and where they come in.  A review of a change for some of them is
 * none of the same change for all (accept.h).
 */
#include "priv.h"

enum { CLIENTS_TOLD = 256 };

void diff_clients_add(
	struct differ *d, struct client_kinds *all, const char *text)
{
	for (size_t i = 0; i < all->n; i++)
		if (diff_text_same(all->v[i], text))
			return;
	if (all->n == CLIENTS_TOLD)
		all->more = 1;
	else
		PUSH(d->a, all) = text;
}

static const char *versions(struct differ *d, uint8_t mask)
{
	struct listed l = diff_listed(d, UINT32_MAX);

	for (unsigned bit = 1; bit <= TLSV_ALL; bit <<= 1)
		if (mask & bit)
			diff_listed_add(&l, words_tls_text(bit));
	return mask == TLSV_ALL
		? ""
		: arena_printf(d->a, " tls %s", diff_listed_end(&l));
}

const char *diff_clients_cell(struct differ *d, const struct cell *c)
{
	struct listed l = diff_listed(d, UINT32_MAX);

	for (unsigned i = 0; i < d->s->token_count; i++)
		if (c->alpn >> i & 1)
			diff_listed_add(&l,
				arena_printf(d->a, "\"%s\"", d->s->tokens[i]));
	return arena_printf(d->a, "alpn %s%s",
		l.n ? diff_listed_end(&l) : "none", versions(d, c->versions));
}

/* A clause of a frontend that is new, in its own words. */
const char *diff_clients_clause(struct differ *d, const struct m_clause *c)
{
	const struct model *m = d->m[1];
	struct listed l = diff_listed(d, UINT32_MAX);
	const char *text = "";

	if (c->src_test != TBL_SRC_ANY) {
		diff_prefixes_gained(NULL, &m->sets.v[c->set], &l);
		text = arena_printf(d->a, "source %s %s",
			c->src_test == TBL_SRC_IN ? "in" : "not in", l.text);
	}
	for (size_t i = 0; i < m->alpns.n; i++)
		if ((c->alpn_need | c->alpn_deny) >> i & 1)
			text = arena_printf(d->a, "%s%s alpn \"%s\"", text,
				c->alpn_deny >> i & 1 ? " not" : "",
				m->alpns.v[i]);
	return arena_printf(d->a, "%s%s", text, versions(d, c->tls_mask));
}

static const char *joined(struct differ *d, const char *before,
	const char *text, const struct client_kinds *all, const char *by)
{
	for (size_t i = 0; i < all->n; i++)
		text = arena_printf(
			d->a, "%s%s%s", text, i ? by : before, all->v[i]);
	return all->more ? arena_printf(d->a, "%s%sothers", text, by) : text;
}

/* What of all clients is left to say when names and networks are said. */
static const char *only(struct differ *d, const struct reach *r)
{
	const char *text = "";

	if (r->places.n < d->m[1]->frontends.n)
		text = joined(d, "at ", text, &r->places, ", ");
	text = joined(d, *text ? "; those with " : "those with ", text,
		&r->with, " or ");
	text = joined(d, ", not with ", text, &r->without, " or ");
	if (r->with.n && r->whole)
		text = arena_printf(d->a, "%s, and elsewhere all", text);
	return *text ? text : NULL;
}

void diff_clients_text(struct differ *d, uint32_t group)
{
	struct diff_group *g = &d->out->groups.v[group];
	struct listed l = diff_listed(d, UINT32_MAX);
	const char *from = NULL;
	const struct reach *r = &d->reach.v[group];

	g->only = only(d, r);
	g->untold = r->with.more || r->without.more || r->places.more;
	for (size_t i = 0; i < g->sources.n; i++)
		diff_listed_add(&l, g->sources.v[i]);
	if (l.n)
		from = arena_printf(d->a, "from %s%s",
			g->all_but ? "any but " : "", l.text);
	g->clients = from && g->only
		? arena_printf(d->a, "%s; %s", from, g->only)
		: from ? from
		       : g->only;
}
