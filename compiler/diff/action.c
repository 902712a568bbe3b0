/*
 * Two actions, and two frontends' settings: which dimensions are compared.  A
 * client's protection goes down when the gateway sees more than before
 * (passthrough >= bridge >= offload) or a refused client is let in; what else
 * is weaker is told with each dimension.  Between modes, too, everything is
 * compared that both have: a mode that hides more may lead elsewhere.
 */
#include "action.h"

#include <string.h>

#include "compiler/verify/text.h"

void diff_row(struct two *t, enum weaken_id kind, const char *old,
	const char *new_, const char *why)
{
	PUSH(t->arena, t->rows) = (struct diff_row){kind, old, new_, why, NULL};
}

static int rank(uint8_t mode)
{
	switch (mode) {
	case MODE_OFFLOAD:
		return 0;
	case MODE_BRIDGE:
		return 1;
	case MODE_PASSTHROUGH:
		return 2;
	}
	return 3; /* reject */
}

static const char *word(struct two *t, unsigned i)
{
	return verify_mode_text(t->arena, t->a[i]);
}

static void mode(struct two *t)
{
	const struct m_action *a = t->a[0], *b = t->a[1];
	const char *why = NULL;

	if (a && a->mode == b->mode &&
		(a->mode != MODE_REJECT || a->reject == b->reject))
		return;
	if (!a)
		why = b->mode == MODE_REJECT ? NULL
					     : "there was nothing before";
	else if (rank(b->mode) < rank(a->mode))
		why = a->mode == MODE_REJECT
			? "clients that were refused are let in"
			: "the gateway sees more";
	diff_row(t, WEAKEN_MODE, a ? word(t, 0) : NULL, word(t, 1), why);
}

static uint32_t limit(const struct two *t, unsigned i)
{
	return t->a[i] ? t->a[i]->limit : MODEL_NONE;
}

void diff_action(struct differ *d, const struct m_action *const a[2],
	struct diff_rows *rows)
{
	struct two t = {.d = d,
		.arena = d->a,
		.m = {d->m[0], d->m[1]},
		.a = {a[0], a[1]},
		.rows = rows};

	mode(&t);
	if (a[1]->mode != MODE_REJECT) {
		/* A site's servers are part of what it does. */
		if (diff_has_site(&t)) {
			diff_site(&t);
		} else {
			diff_servers(&t);
			diff_server_trust(&t);
		}
		diff_client_tls(&t);
		diff_client_trust(&t);
		diff_certs(&t);
		diff_alpn(&t);
	}
	/* Of a client that is refused now there is less of everything. */
	if (a[0] && (a[1]->mode != MODE_REJECT || a[0]->mode == MODE_REJECT))
		diff_limit(&t, limit(&t, 0), limit(&t, 1));
}

int diff_action_deep(const struct m_action *a)
{
	return words_decrypts(a->mode);
}

static const struct m_set *set_of(const struct model *m, uint32_t set)
{
	return set == MODEL_NONE ? NULL : &m->sets.v[set];
}

static const char *sources_text(struct differ *d, const struct m_set *set)
{
	struct listed l = diff_listed(d, 8);

	diff_prefixes_gained(NULL, set, &l);
	return l.n ? arena_printf(d->a, "from %s", diff_listed_end(&l)) : NULL;
}

/* A PROXY header is required from these sources and refused from all others:
 * the sender decides who the client is. */
static void accept_proxy(struct differ *d)
{
	const struct m_set *a = set_of(d->m[0], diff_side(d, 0)->proxy_set);
	const struct m_set *b = set_of(d->m[1], diff_side(d, 1)->proxy_set);
	struct listed lost = diff_listed(d, 8), gained = diff_listed(d, 8);
	size_t less = diff_prefixes_gained(b, a, &lost);
	size_t more = diff_prefixes_gained(a, b, &gained);
	const char *is = sources_text(d, b);

	if (!less && !more)
		return;
	if (more && a)
		is = arena_printf(
			d->a, "%s (new: %s)", is, diff_listed_end(&gained));
	diff_item(d, WEAKEN_ACCEPT_PROXY, diff_side(d, 1)->name.text,
		sources_text(d, a), is,
		more ? "more sources may name a client" : NULL);
	d->out->settings++;
}

void diff_settings(struct differ *d)
{
	struct diff_rows rows = {NULL, 0, 0};
	struct two t = {
		.d = d, .arena = d->a, .m = {d->m[0], d->m[1]}, .rows = &rows};
	const char *of = arena_printf(d->a, "%s, before a route is known",
		diff_side(d, 1)->name.text);

	diff_limit(&t, diff_side(d, 0)->limit, diff_side(d, 1)->limit);
	diff_clear_site(&t);
	diff_met(d, DIFF_BY_LIMIT, diff_side(d, 0)->limit,
		diff_side(d, 1)->limit);
	for (size_t i = 0; i < rows.n; i++)
		diff_item(d, rows.v[i].kind, of, rows.v[i].old, rows.v[i].new_,
			rows.v[i].why);
	d->out->settings += rows.n;
	accept_proxy(d);
}
