/*
 * What was refused (refusals.h): how often and of which kind, the last reason,
 * and whether the files on disk are refused at present, which is what to alert
 * on.
 */
#include "refusals.h"

#include <string.h>

#include "master.h"
#include "runtime/common/board.h"

static enum board_refusal kind_of(const struct swap_request *r)
{
	if (r->kind == SWAP_RENEW)
		return BOARD_REFUSED_RENEWAL;
	return r->client ? BOARD_REFUSED_COMMAND : BOARD_REFUSED_POLICY;
}

static void note(struct master *m, const struct swap_request *r,
	const struct refusal *why)
{
	m->refusals++;
	m->last_refusal = *why;
	m->refused_at = ev_time();
	atomic_fetch_add(&board_totals(m->board)->refused[kind_of(r)], 1);
}

void refusals_count(struct master *m)
{
	struct board_totals *t = board_totals(m->board);

	t->refused_now[BOARD_NOW_POLICY] = m->policy_refused != 0;
	t->refused_now[BOARD_NOW_FILES] = m->renewal_refused || m->bad_certs;
}

void refusals_note(struct master *m, const struct swap_request *r,
	const struct refusal *why)
{
	if (why)
		note(m, r, why);
	if (!why || r->kind == SWAP_RENEW)
		m->renewal_refused = why != NULL;
	if (r->kind == SWAP_LOAD && strcmp(r->path, m->options->policy) == 0)
		m->policy_refused = why != NULL;
	refusals_count(m);
}
