/*
 * The table that a swap would make live (swap_candidate.h).
 */
#include "swap_candidate.h"

#include <string.h>
#include <unistd.h>

#include "child_keys.h"
#include "crl_files.h"
#include "facts.h"
#include "files.h"
#include "history.h"
#include "load.h"
#include "master.h"
#include "places.h"
#include "renew.h"
#include "renew_fits.h"
#include "state.h"

int swap_candidate_in_memory(const struct swap_request *r)
{
	return r->kind == SWAP_ROLLBACK || r->kind == SWAP_HANDED;
}

/* An old signed table still has a valid signature; its serial shows its age.  A
 * rollback is the operator's decision and may go below. */
static struct loaded *load_new_serial(
	struct master *m, const struct swap_request *r, struct refusal *why)
{
	struct loaded *l;

	if (strcmp(r->path, m->options->policy) == 0)
		m->policy_seen = renew_stat(r->path);
	l = load_read(r->path, r->by, m->options, why);
	if (l && state_serial_fits(m, l, why) < 0)
		load_free(&l);
	return l;
}

struct loaded *swap_candidate_make(
	struct master *m, const struct swap_request *r, struct refusal *why)
{
	const struct loaded *old;

	if (r->kind == SWAP_LOAD)
		return load_new_serial(m, r, why);
	if (r->kind == SWAP_HANDED) {
		struct loaded *l = m->handed;

		m->handed = NULL;
		return l;
	}
	if (r->kind == SWAP_RENEW)
		return load_again(m->live, r->by, LOAD_TABLE, why);
	old = history_find(m, r->number, why);
	return old ? load_again(old, r->by, LOAD_TABLE_AND_FILES, why) : NULL;
}

/* Workers cannot get back the rights they gave up; a new tlsd (handover_give)
 * starts workers with the rights its policy needs. */
static int reachable(struct master *m, struct refusal *why)
{
	const char *own = m->options->policy, *path = m->swap.candidate->path;
	int elsewhere = strcmp(own, path) != 0;

	if (!m->live || m->keep_root || !facts_have_unix(m->swap.candidate))
		return 0;
	m->unix_wanted = 1;
	refuse(why, "",
		"the policy names Unix servers, which the running workers have "
		"given up the right to reach; %s%s%s'kill -USR2 %d' starts "
		"workers that can, without ending a connection",
		elsewhere ? "put it at " : "", elsewhere ? own : "",
		elsewhere ? ": then " : "", (int)getpid());
	return -1;
}

/* Does it only renew the files of the live table?  A command or a signal may
 * ask for that too: programs that renew certificates do. */
static int is_renewal(const struct master *m)
{
	return m->swap.request.kind != SWAP_ROLLBACK && m->live &&
		strcmp(m->swap.candidate->root, m->live->root) == 0;
}

/* Are its files no older than those in use? */
static int files_fit(struct master *m, struct loaded *l, struct refusal *why)
{
	if (swap_candidate_in_memory(&m->swap.request))
		return 0;
	if (m->live && crl_files_follow(m->live, l, why) < 0)
		return -1;
	return state_crls_fit(m, l, why);
}

int swap_candidate_fits(struct master *m, struct refusal *why)
{
	struct loaded *l = m->swap.candidate;

	if (!swap_candidate_in_memory(&m->swap.request) &&
		files_load(l,
			&(struct files_from){m->options, &m->hosts, m->live},
			why) < 0)
		return -1;
	if (is_renewal(m) && renew_fits(m->live, l, why) < 0)
		return -1;
	if (files_fit(m, l, why) < 0 || reachable(m, why) < 0)
		return -1;
	if (child_keys_allow_tokens(m, l, why) < 0)
		return -1;
	return places_take(m, l, why);
}
