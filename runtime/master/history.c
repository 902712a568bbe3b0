/*
 * Tables that were live (history.h).  The last few stay loaded, so that a
 * rollback reads no file.  Older ones stay only while a worker has a connection
 * that was accepted under them.
 */
#include "history.h"

#include <assert.h>
#include <string.h>

#include "child_keys.h"
#include "child_worker.h"
#include "load.h"
#include "master.h"
#include "proc.h"

static int is_held(const struct loaded *l)
{
	size_t i;

	for (i = 0; i < sizeof(l->held); i++)
		if (l->held[i])
			return 1;
	return 0;
}

static void let_go(struct master *m, struct loaded *l)
{
	if (is_held(l)) {
		l->next = m->retiring;
		m->retiring = l;
		return;
	}
	child_keys_forget(m, l->number);
	load_free(&l);
}

/* Is a table of the same meaning still kept?  A renewed certificate or a
 * changed comment ends no connection. */
static int has_equal(const struct master *m, const struct loaded *old)
{
	const struct loaded *l;

	for (l = m->live; l; l = l->next)
		if (strcmp(l->semantic, old->semantic) == 0)
			return 1;
	return 0;
}

/* No rollback goes back to them: their remaining connections must end. */
static void retire(struct master *m)
{
	struct loaded *l;
	unsigned i;

	for (l = m->retiring; l; l = l->next) {
		if (l->retired || has_equal(m, l))
			continue;
		l->retired = 1;
		for (i = 0; i < m->options->workers; i++)
			child_worker_retire(&m->child[i], l->number);
	}
}

/* Of equal tables the newest is kept, because its files are the newest too; of
 * different ones, the last few. */
void history_trim(struct master *m)
{
	struct loaded **p = &m->live->next;
	unsigned n = 1;

	while (*p) {
		struct loaded *old = *p;

		if (n < m->options->keep &&
			strcmp(m->live->root, old->root) != 0) {
			p = &old->next;
			n++;
			continue;
		}
		*p = old->next;
		let_go(m, old);
	}
	retire(m);
}

void history_push(struct master *m, struct loaded *l)
{
	/* A worker's committed generation only grows (swap_children.c). */
	assert(!m->live || l->number > m->live->number);
	l->next = m->live;
	m->live = l;
}

void history_hold(struct loaded *l, const struct child *worker)
{
	l->held[worker->number / 8] |= (uint8_t)(1u << worker->number % 8);
}

static void release(struct loaded *l, unsigned worker)
{
	l->held[worker / 8] &= (uint8_t) ~(1u << worker % 8);
}

static void collect(struct master *m)
{
	struct loaded **p = &m->retiring;

	while (*p) {
		struct loaded *l = *p;

		if (is_held(l)) {
			p = &l->next;
			continue;
		}
		*p = l->next;
		child_keys_forget(m, l->number);
		load_free(&l);
	}
}

void history_release(struct child *worker, uint64_t number)
{
	struct master *m = worker->master;
	struct loaded *l;

	for (l = m->live; l; l = l->next)
		if (l->number == number)
			release(l, worker->number);
	for (l = m->retiring; l; l = l->next)
		if (l->number == number)
			release(l, worker->number);
	collect(m);
}

void history_release_all(struct child *worker)
{
	struct master *m = worker->master;
	struct loaded *l;

	for (l = m->live; l; l = l->next)
		release(l, worker->number);
	for (l = m->retiring; l; l = l->next)
		release(l, worker->number);
	if (m->swap.candidate)
		release(m->swap.candidate, worker->number);
	collect(m);
}

const struct loaded *history_find(
	struct master *m, uint64_t number, struct refusal *why)
{
	const struct loaded *l, *best = NULL;

	if (number) {
		for (l = m->live; l; l = l->next)
			if (l->number == number)
				return l;
		refuse(why, "", "generation %llu is not loaded",
			(unsigned long long)number);
		return NULL;
	}
	for (l = m->live ? m->live->next : NULL; l; l = l->next)
		if (l->origin < m->live->origin &&
			(!best || l->origin > best->origin))
			best = l;
	if (!best)
		refuse(why, "", "no older generation is loaded");
	return best;
}

static void free_list(struct loaded **list)
{
	struct loaded *l;

	while ((l = *list) != NULL) {
		*list = l->next;
		load_free(&l);
	}
}

void history_free(struct master *m)
{
	free_list(&m->live);
	load_free(&m->handed);
	load_free(&m->shadow);
	free_list(&m->retiring);
}
