/*
 * Servers as the operator sees and controls them (servers.h): their state on
 * the board, and draining one without cutting its connections.
 */
#include "servers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "child_worker.h"
#include "control.h"
#include "load.h"
#include "master.h"
#include "places.h"
#include "proc.h"
#include "runtime/common/board.h"
#include "runtime/common/board_heal.h"
#include "runtime/common/board_register.h"
#include "runtime/common/board_share.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/common/server_name.h"
#include "runtime/table/table.h"
#include "sources.h"

typedef void each_server(struct master *m, const char *name,
	struct board_server *s, const struct tbl_server *t, uint32_t backend,
	void *arg);

/* Calls visit for every server of the live table with that name: all (NULL),
 * those of a backend, or one "BACKEND/ADDRESS".  Returns how many. */
static unsigned each(
	struct master *m, const char *name, each_server *visit, void *arg)
{
	const struct table *t = &m->live->view->table;
	char full[BOARD_NAME_MAX];
	unsigned n = 0;
	uint32_t i, j;

	for (i = 0; i < t->backend_count; i++) {
		const struct tbl_backend *b = &t->backend[i];
		const char *backend = table_str(t, b->name_str);

		for (j = b->server_first; j < b->server_first + b->server_count;
			j++) {
			struct board_server *s;

			server_name(t, i, j, full);
			if (name && strcmp(name, backend) != 0 &&
				strcmp(name, full) != 0)
				continue;
			s = board_server(m->board, full);
			if (s)
				visit(m, full, s, &t->server[j], i, arg);
			n += s != NULL;
		}
	}
	return n;
}

static const char *state_word(const struct board_server *s)
{
	uint32_t state = atomic_load(&s->state);

	if (state & BOARD_DRAINING)
		return "draining";
	if (state & BOARD_DOWN)
		return "down";
	if (state & BOARD_UNRESOLVED)
		return "unresolved";
	if (!board_server_usable(s, board_now()))
		return "ejected";
	return "up";
}

static void add(struct master *m, const char *name, struct board_server *s,
	const struct tbl_server *t, uint32_t backend, void *arg)
{
	const char *state = state_word(s);

	/* One that none of our source addresses reaches is not up, even if its
	 * checks, which are skipped, and its state on the board say so. */
	if (strcmp(state, "up") == 0 &&
		!sources_reach(&m->live->view->table, backend, t))
		state = "no-source";
	json_array_append_new(arg,
		json_pack("{s:o,s:s,s:I,s:I,s:I,s:I}", "server",
			control_text(name), "state", state, "weight",
			(json_int_t)t->weight, "connections",
			(json_int_t)board_server_live(m->board, s), "total",
			(json_int_t)atomic_load(&s->total), "failed",
			(json_int_t)atomic_load(&s->failed)));
}

static void answer(struct control_client *c, const char *name)
{
	json_t *array = json_array();

	if (each(c->master, name, add, array) == 0 && name) {
		json_decref(array);
		control_error(c, NULL,
			"the live table has no such backend or "
			"server (see tlsctl servers)");
		return;
	}
	control_answer(c, json_pack("{s:b,s:o}", "ok", 1, "servers", array));
}

/* Servers drained by the operator.  Workers can write on the board, so this
 * list decides. */
static struct drained {
	struct drained *next;
	char name[BOARD_NAME_MAX];
} * drained;

static struct drained **find_drained(const char *name)
{
	struct drained **at = &drained;

	while (*at && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

void servers_remember(const char *name)
{
	struct drained **at = find_drained(name), *d = *at;

	if (d)
		return;
	d = calloc(1, sizeof(*d));
	if (!d)
		abort();
	snprintf(d->name, sizeof(d->name), "%s", name);
	*at = d;
}

static void forget(const char *name)
{
	struct drained **at = find_drained(name), *d = *at;

	if (!d)
		return;
	*at = d->next;
	free(d);
}

const char *servers_drained(unsigned i)
{
	const struct drained *d = drained;

	while (d && i--)
		d = d->next;
	return d ? d->name : NULL;
}

static void drain(struct master *m, const char *name, struct board_server *s,
	const struct tbl_server *t, uint32_t backend, void *arg)
{
	servers_remember(name);
	atomic_fetch_or(&s->state, BOARD_DRAINING);
}

static void undrain(struct master *m, const char *name, struct board_server *s,
	const struct tbl_server *t, uint32_t backend, void *arg)
{
	forget(name);
	atomic_fetch_and(&s->state, ~(uint32_t)BOARD_DRAINING);
}

static void set_again(struct master *m, const char *name,
	struct board_server *s, const struct tbl_server *t, uint32_t backend,
	void *arg)
{
	if (*find_drained(name))
		atomic_fetch_or(&s->state, BOARD_DRAINING);
}

void servers_heal(struct master *m)
{
	unsigned i;

	board_heal(m->board);
	board_sweep(m->board, m->board_fd); /* a share that no process has */
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			proc_send(&m->child[i], IPC_RECOUNT, NULL, 0, NULL, 0);
	places_restore(m);
	if (m->live)
		each(m, NULL, set_again, NULL);
}

int servers_is_drained(const char *name)
{
	return *find_drained(name) != NULL;
}

void servers_free(void)
{
	while (drained)
		forget(drained->name);
}

void servers_list(struct control_client *c)
{
	if (c->master->live)
		answer(c, NULL);
	else
		control_error(c, NULL, "no table is live yet");
}

/* Calls what for each server of that name, and answers. */
static void change(struct control_client *c, const char *name,
	each_server *what, const char *event)
{
	char by[64];

	if (!c->master->live) {
		control_error(c, NULL, "no table is live yet");
		return;
	}
	snprintf(by, sizeof(by), "control uid %u pid %d", c->uid, c->pid);
	if (each(c->master, name, what, NULL) > 0)
		event_audit(
			EVENT_NOTICE, event, "server", name, "by", by, NULL);
	answer(c, name);
}

void servers_drain(struct control_client *c, const char *name)
{
	change(c, name, drain, "server-drain");
}

void servers_undrain(struct control_client *c, const char *name)
{
	change(c, name, undrain, "server-undrain");
}

/* Is it in the live table, with a health check? */
static int checked(const struct table *t, const char *name)
{
	char addr[256];
	uint32_t i, j;

	for (i = 0; i < t->backend_count; i++) {
		const struct tbl_backend *b = &t->backend[i];
		const char *backend = table_str(t, b->name_str);
		size_t n = strlen(backend);

		if (!b->check || strncmp(name, backend, n) || name[n] != '/')
			continue;
		for (j = b->server_first; j < b->server_first + b->server_count;
			j++) {
			server_text(t, j, addr, sizeof(addr));
			if (!strcmp(name + n + 1, addr))
				return 1;
		}
	}
	return 0;
}

void servers_forget_unchecked(struct master *m)
{
	struct board_server *s;
	char name[BOARD_NAME_MAX];
	unsigned at = 0;

	while ((s = board_server_next(m->board, &at)) != NULL) {
		if (!(atomic_load(&s->state) & BOARD_DOWN))
			continue;
		/* a worker may be writing it */
		memcpy(name, s->name, sizeof(name));
		name[sizeof(name) - 1] = 0;
		if (!checked(&m->live->view->table, name))
			board_server_health(s, BOARD_HEALTHY, board_now());
	}
}
