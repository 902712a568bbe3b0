/*
 * Places on the board for the servers of a table (places.h).  They are taken
 * before any worker hears of the table, so that a table without space for its
 * servers is refused.  They are given back when the table is freed.  The master
 * counts here how many tables use a server, because workers can write on the
 * board.
 */
#include "places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "master.h"
#include "runtime/common/board.h"
#include "runtime/common/board_register.h"
#include "runtime/common/board_share.h"
#include "runtime/common/generation.h"
#include "runtime/common/server_name.h"
#include "runtime/table/table.h"
#include "servers.h"

static struct {
	/* NULL: none yet; then there is nothing to give back */
	struct board *board;
	int fd;
	/* per entry: how many loaded tables use it */
	uint32_t refs[BOARD_SERVERS];
} own;

static unsigned number_of(const struct board_server *s)
{
	return (unsigned)(s - board_server_first(own.board));
}

static void drop(uint32_t entry)
{
	struct board_server *s = board_server_first(own.board) + entry;

	if (--own.refs[entry] == 0)
		board_server_give(own.board, s);
}

static void give_back(struct loaded *l)
{
	while (l->servers > 0)
		drop(l->server[--l->servers]);
	free(l->server);
	l->server = NULL;
}

static int take(struct loaded *l, const char *name)
{
	struct board_server *s = board_server_take(own.board, name);

	if (!s)
		return -1;
	if (servers_is_drained(name))
		atomic_fetch_or(&s->state, BOARD_DRAINING);
	own.refs[number_of(s)]++;
	l->server[l->servers++] = number_of(s);
	return 0;
}

/* For every server of its table; stops at the first -1. */
static int each(
	struct loaded *l, int (*visit)(struct loaded *l, const char *name))
{
	const struct table *t = &l->view->table;
	char name[BOARD_NAME_MAX];
	uint32_t i, k;

	for (i = 0; i < t->backend_count; i++) {
		const struct tbl_backend *b = &t->backend[i];

		for (k = 0; k < b->server_count; k++) {
			server_name(t, i, b->server_first + k, name);
			if (visit(l, name) < 0)
				return -1;
		}
	}
	return 0;
}

int places_take(struct master *m, struct loaded *l, struct refusal *why)
{
	uint32_t n = l->view->table.server_count;
	unsigned used;
	int r;

	own.board = m->board;
	own.fd = m->board_fd;
	l->server = calloc(n + 1u, sizeof(*l->server));
	if (!l->server)
		abort();
	board_lock(own.fd);
	r = each(l, take);
	used = board_servers_used(own.board);
	if (r < 0)
		give_back(l);
	board_unlock(own.fd);
	if (r < 0) {
		refuse(why, "",
			"%s: its %u servers do not fit: there are places for "
			"%u, and the policies in use take %u; a smaller --keep "
			"frees some",
			l->path, n, BOARD_SERVERS, used);
		return -1;
	}
	return 0;
}

void places_give_back(struct loaded *l)
{
	if (!l->server)
		return;
	board_lock(own.fd);
	give_back(l);
	board_unlock(own.fd);
}

static uint32_t at;

static int restore(struct loaded *l, const char *name)
{
	board_server_restore(own.board, l->server[at++], name);
	return 0;
}

static void restore_all(struct loaded *l)
{
	for (; l; l = l->next) {
		at = 0;
		if (l->server)
			each(l, restore);
	}
}

void places_restore(struct master *m)
{
	if (!own.board)
		return;
	board_lock(own.fd);
	restore_all(m->live);
	restore_all(m->retiring);
	restore_all(m->swap.candidate);
	board_unlock(own.fd);
}
