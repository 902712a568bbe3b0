/*
 * What the files of backend.h share: backend.c (the choice, and what comes of
 * it), backend_address.c (addresses of a server) and backend_servers.c (the
 * register of servers).  Nobody else includes it.
 */
#ifndef RUNTIME_BACKEND_PRIV_H
#define RUNTIME_BACKEND_PRIV_H

#include "addresses.h"
#include "backend.h"
#include "balance.h"
#include "by_host.h"

struct backends {
	const struct table *table;
	struct server **server;                /* by SERVER index */
	struct balance_server *balance_server; /* by SERVER index */
	struct balance balance;
	struct queue *queue;          /* by BACKEND index */
	struct addresses **addresses; /* by SERVER index; NULL: not a name */
	struct turn_of_source *source_turn; /* by BACKEND index */
	struct by_host *by_host;
};

struct turn_of_source {
	uint32_t next;
	int told; /* logged: no interface has one of them */
};

struct server {
	struct server *next;
	struct board_server *board; /* what all workers know, or NULL */
	unsigned refs; /* tables that name it, and connections to it */
	uint32_t live; /* connections of this worker now */
	char name[];   /* "BACKEND/ADDRESS" */
};

/* backend_servers.c.  The server of that name, with a reference; NULL: no
 * memory. */
struct server *backend_server_get(const char *name);
void backend_server_put(struct server *s); /* s may be NULL */
/* Connections to it now, of all workers. */
uint32_t backend_server_live(const struct server *s);
/* One more or one less. */
void backend_server_count(struct server *s, int by);
/* A number that differs between workers and between tables. */
uint64_t backend_seed(void);

#endif
