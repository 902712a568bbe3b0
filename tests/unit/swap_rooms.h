/*
 * Stand-ins for the files of the master that a swap calls: they take notes, and
 * refuse when the test says so.
 */
#ifndef TESTS_SWAP_ROOMS_H
#define TESTS_SWAP_ROOMS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/common/board.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/master/bad_certs.h"
#include "runtime/master/ca_files.h"
#include "runtime/master/certs.h"
#include "runtime/master/check.h"
#include "runtime/master/child_keys.h"
#include "runtime/master/child_monitor.h"
#include "runtime/master/child_worker.h"
#include "runtime/master/commands.h"
#include "runtime/master/crl_files.h"
#include "runtime/master/facts.h"
#include "runtime/master/files.h"
#include "runtime/master/handover_give.h"
#include "runtime/master/handover_take.h"
#include "runtime/master/kept_chains.h"
#include "runtime/master/lend.h"
#include "runtime/master/load.h"
#include "runtime/master/master.h"
#include "runtime/master/places.h"
#include "runtime/master/proc.h"
#include "runtime/master/pulse.h"
#include "runtime/master/renew.h"
#include "runtime/master/renew_fits.h"
#include "runtime/master/secrets.h"
#include "runtime/master/state.h"
#include "runtime/table/table.h"

enum { WORKERS = 3, KEYS = WORKERS, MONITOR, CHILDREN };

const struct proc_kind child_worker = {.name = "worker"};
const struct proc_kind child_keys = {.name = "keys"};
const struct proc_kind child_monitor = {.name = "monitor"};

static struct master m;
static struct child child[CHILDREN];
static struct options options;
static struct board_totals totals;
static int silent[CHILDREN], killed[CHILDREN], replaced[CHILDREN];

/* ---- what was noted ---- */

static struct {
	unsigned loaded; /* tables that exist */
	unsigned offered, committed, abandoned, retired, told;
	unsigned looked; /* at the policy's file */
	unsigned listened, unlistened, lent;
	unsigned keys_offered, keys_forgotten, opened, closed, merged;
	unsigned failed_children, aborted, handed_over, pruned;
	uint64_t client; /* whom the last outcome was told */
	unsigned outcomes, refused_outcomes;
	char audit[40], reason[200];
} saw;

/* What is refused next, by its name; NULL: nothing. */
static const char *refuses;
static unsigned hosts_unknown; /* of the next table */
static int same_files, has_unix;
static struct listen_sockets
	address; /* of the next table, or of the live one */
static int opens, is_gone;

static inline int room(const char *name, struct refusal *why)
{
	if (!refuses || strcmp(refuses, name) != 0)
		return 0;
	snprintf(why->text, sizeof(why->text), "%s refuses", name);
	return -1;
}

void refuse(struct refusal *r, const char *id, const char *format, ...)
{
	va_list ap;

	snprintf(r->id, sizeof(r->id), "%s", id);
	va_start(ap, format);
	vsnprintf(r->text, sizeof(r->text), format, ap);
	va_end(ap);
}

static inline struct loaded *table_new(const char *root, const char *by)
{
	struct loaded *l = calloc(1, sizeof(*l));

	l->view = calloc(1, sizeof(*l->view));
	snprintf(l->root, sizeof(l->root), "%s", root);
	snprintf(l->semantic, sizeof(l->semantic), "%s", root);
	snprintf(l->path, sizeof(l->path), "%s", root);
	snprintf(l->by, sizeof(l->by), "%s", by);
	saw.loaded++;
	return l;
}

/* The path is the table's content. */
struct loaded *load_read(const char *path, const char *by,
	const struct options *o, struct refusal *why)
{
	return room("read", why) < 0 ? NULL : table_new(path, by);
}
struct loaded *load_again(const struct loaded *l, const char *by,
	enum load_reuse what, struct refusal *why)
{
	struct loaded *new = table_new(l->root, by);

	new->origin = what == LOAD_TABLE_AND_FILES ? l->origin : 0;
	return new;
}
void load_free(struct loaded **l)
{
	if (!*l)
		return;
	saw.loaded--;
	free((*l)->view);
	free(*l);
	*l = NULL;
}
uint64_t renew_stat(const char *path)
{
	return ++saw.looked;
}
int load_same_files(const struct loaded *a, const struct loaded *b)
{
	return same_files;
}
int facts_have_unix(const struct loaded *l)
{
	return has_unix;
}
int files_load(
	struct loaded *l, const struct files_from *from, struct refusal *why)
{
	return room("files", why);
}
int renew_fits(
	const struct loaded *old, const struct loaded *new, struct refusal *why)
{
	return room("renew", why);
}
int crl_files_follow(
	const struct loaded *old, const struct loaded *new, struct refusal *why)
{
	return room("crls", why);
}
int state_crls_fit(
	const struct master *x, const struct loaded *l, struct refusal *why)
{
	return room("state-crls", why);
}
int state_serial_fits(
	const struct master *x, const struct loaded *l, struct refusal *why)
{
	return room("serial", why);
}
int state_take(struct master *x, const struct loaded *l, enum swap_kind kind,
	struct refusal *why)
{
	assert_int_equal(kind, m.swap.request.kind);
	assert_int_equal(saw.committed, 0);
	return room("state", why);
}
int child_keys_allow_tokens(
	struct master *x, const struct loaded *l, struct refusal *why)
{
	return room("tokens", why);
}
int places_take(struct master *x, struct loaded *l, struct refusal *why)
{
	return room("servers", why);
}
int listen_open(const struct listeners *have, const struct table *t,
	unsigned workers, struct listeners *fresh, struct refusal *why)
{
	assert_int_equal(workers, WORKERS);
	saw.opened++;
	if (opens) {
		fresh->v = &address;
		fresh->count = 1;
	}
	return room("listen", why);
}
int listen_wanted(const struct table *t, const struct ipc_listener *addr)
{
	return !is_gone;
}
void listen_log(const struct listeners *fresh)
{
}
void listen_merge(struct listeners *have, struct listeners *fresh)
{
	saw.merged++;
	if (fresh->count)
		*have = *fresh;
	*fresh = (struct listeners){.count = 0};
}
void listen_drop(struct listeners *have, unsigned i)
{
	/* Only when no worker accepts there any more. */
	assert_int_equal(saw.unlistened, WORKERS);
	assert_int_equal(i, 0);
	have->count = 0;
}
void listen_close(struct listeners *l)
{
	saw.closed++;
	l->count = 0;
}
void lend_listen(struct master *x, const struct listen_sockets *l)
{
	saw.lent++;
}
void child_worker_listen(struct child *c, const struct listen_sockets *l)
{
	assert_int_equal(saw.committed, saw.listened); /* LISTEN, COMMIT */
	assert_ptr_equal(l, &address);
	saw.listened++;
}
void child_worker_unlisten(struct child *c, const struct ipc_listener *a)
{
	assert_ptr_equal(c->kind, &child_worker);
	assert_int_equal(saw.committed, WORKERS);
	saw.unlistened++;
}
void child_worker_offer(struct child *c, struct loaded *l)
{
	assert_ptr_equal(c->kind, &child_worker);
	assert_ptr_equal(l, m.swap.candidate);
	saw.offered++;
}
void child_worker_commit(struct child *c, uint64_t number)
{
	assert_ptr_equal(c->kind, &child_worker);
	assert_int_equal(number, m.last_number);
	saw.committed++;
}
void child_worker_abandon(struct child *c, uint64_t number)
{
	assert_int_equal(number, m.swap.candidate->number);
	saw.abandoned++;
}
void child_worker_retire(struct child *c, uint64_t number)
{
	saw.retired++;
}
void child_keys_offer(struct master *x, const struct loaded *l)
{
	saw.keys_offered++;
}
void child_keys_forget(struct master *x, uint64_t number)
{
	saw.keys_forgotten++;
}
void resolve_want(struct master *x, const struct table *t)
{
	m.hosts.waiting = hosts_unknown;
}
void resolve_tell(struct child *c)
{
	saw.told++;
}
void resolve_prune(struct master *x)
{
	saw.pruned++;
}
void commands_swapped(struct master *x, uint64_t client, const struct loaded *l,
	const struct refusal *why)
{
	saw.client = client;
	saw.outcomes++;
	saw.refused_outcomes += why != NULL;
}
void master_abort(struct master *x, const struct refusal *why)
{
	assert_null(m.live);
	saw.aborted++;
}
void handover_give(struct master *x)
{
	saw.handed_over++;
}
void proc_kill(struct child *c)
{
	killed[c - child]++;
}
void pulse_replace(struct child *c)
{
	replaced[c - child]++;
}
int pulse_silent(const struct child *c)
{
	return silent[c - child];
}
struct child *proc_of(struct master *x, const struct proc_kind *kind)
{
	return &child[kind == &child_keys ? KEYS : MONITOR];
}
unsigned proc_running(const struct master *x)
{
	unsigned i, n = 0;

	for (i = 0; i < WORKERS; i++)
		n += child[i].pid != 0;
	return n;
}
struct board_totals *board_totals(struct board *b)
{
	return &totals;
}
void event_log(enum event_level level, const char *event, ...)
{
	saw.failed_children++;
}
void event_audit(enum event_level level, const char *event, ...)
{
	const char *key, *value;
	va_list ap;

	snprintf(saw.audit, sizeof(saw.audit), "%s", event);
	saw.reason[0] = 0;
	va_start(ap, event);
	while ((key = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (!strcmp(key, "reason") && value)
			snprintf(saw.reason, sizeof(saw.reason), "%s", value);
	}
	va_end(ap);
}
const char *event_number(char buf[24], uint64_t n)
{
	snprintf(buf, 24, "%llu", (unsigned long long)n);
	return buf;
}
void secrets_tell_changed(struct master *x)
{
}
void child_monitor_update(struct master *x)
{
}
void check_descriptors(const struct master *x, const struct table *t)
{
}
void handover_ready(struct master *x)
{
}
void bad_certs_tell(struct master *x)
{
}
void kept_chains_save(struct master *x)
{
}
void certs_check_rest(struct master *x)
{
}
void crl_files_watch(struct master *x)
{
}
void ca_files_tell(const struct master *x)
{
}
void renew_watch(struct master *x)
{
}
/* Whether it is given time (master/renew.c). */
static int waits;
int renew_waits(struct master *x, const struct refusal *why)
{
	return waits;
}
void renew_settled(struct master *x)
{
}

#endif
