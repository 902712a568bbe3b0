/*
 * Who is told the outcome of a swap (swap_outcome.h): the audit log, the
 * metrics, the client that asked, and, at a start, the operator.
 */
#include "swap_outcome.h"

#include <stdio.h>

#include "commands.h"
#include "load.h"
#include "master.h"
#include "refusals.h"
#include "runtime/common/board.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"

void swap_outcome_audit(struct master *m, const char *action,
	const struct loaded *l, const struct refusal *why)
{
	char generation[24], serial[24], ms[24];
	const struct swap_request *r = &m->swap.request;

	snprintf(ms, sizeof(ms), "%.1f", (clock_now() - m->swap.begun) * 1e3);
	event_audit(why ? EVENT_ERROR : EVENT_NOTICE, action, "by", r->by,
		"policy", l ? l->path : r->path, "generation",
		l && l->number ? event_number(generation, l->number) : NULL,
		"root", l ? l->root : NULL, "semantic", l ? l->semantic : NULL,
		"serial",
		l && l->serial ? event_number(serial, l->serial) : NULL,
		"signer", l ? l->signer : NULL, "id", why ? why->id : NULL,
		"reason", why ? why->text : NULL, "ms", ms, NULL);
}

/* For the metrics. */
static void count(struct master *m)
{
	struct board_totals *t = board_totals(m->board);

	t->loads = m->loads;
	t->rollbacks = m->rollbacks;
	if (!m->live)
		return;
	t->generation = m->live->number;
	t->serial = m->live->serial;
	t->loaded_at = (uint64_t)ev_time();
}

static const char *const done_word[] = {[SWAP_LOAD] = "loaded",
	[SWAP_ROLLBACK] = "rollback",
	[SWAP_RENEW] = "renewed",
	[SWAP_HANDED] = "loaded"};

void swap_outcome_tell(
	struct master *m, const struct loaded *l, const struct refusal *why)
{
	struct swap *s = &m->swap;
	uint64_t client = s->request.client;

	refusals_note(m, &s->request, why);
	if (why) {
		; /* counted by refusals_note */
	} else if (s->request.kind == SWAP_ROLLBACK) {
		m->rollbacks++;
	} else if (s->request.kind == SWAP_RENEW) {
		m->renewals++;
	} else {
		m->loads++;
	}
	if (!why && s->request.kind != SWAP_RENEW)
		m->unix_wanted = 0;
	count(m);
	swap_outcome_audit(
		m, why ? "refused" : done_word[s->request.kind], l, why);
	if (client)
		commands_swapped(m, client, l, why);
	if (why && !m->live)
		master_abort(m, why);
}
