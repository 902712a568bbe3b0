/*
 * Servers of backends: which one next, and what is known of each.  A server's
 * live state (connections now, failures) goes by backend's name and address,
 * so it survives a change of the table.
 */
#ifndef RUNTIME_BACKEND_H
#define RUNTIME_BACKEND_H

#include <stdint.h>
#include <sys/socket.h>

#include "bundle.h"
#include "table.h"

struct backends;
struct conn;

struct server {
	struct server *next;
	unsigned refs;    /* tables that name it, and connections to it */
	uint32_t live;    /* connections now */
	uint64_t total, failed;
	char name[];      /* "BACKEND/ADDRESS" */
};

/* For one generation.  The table must outlive it.  NULL: no memory. */
struct backends *backends_new(const struct table *t, const struct bundle *b);
void backends_free(struct backends **b);

/* A host name has other addresses now: numeric, one a line. */
void backends_resolved(struct backends *x, const char *host,
	const char *lines, size_t n);

/* What a choice depends on. */
struct backend_choice {
	uint32_t backend;
	uint64_t tried;    /* bit i: the i-th server was tried in vain */
	uint8_t family;    /* the client, for source-hash */
	const uint8_t *addr;
};

/* A SERVER index, or -1: none left; -2: those left are at their limit. */
int backend_pick(struct backends *b, const struct backend_choice *q);

/* An address of a server to connect to; one with a host name has several and
 * gives them in turn.  -1: its name did not resolve. */
int backend_address(struct backends *b, uint32_t server,
	struct sockaddr_storage *to, socklen_t *len);
/* For the log: "192.0.2.1:443", "[2001:db8::1]:443", "unix:/run/x",
 * "host:443". */
void backend_server_text(const struct table *t, uint32_t server, char *out,
	size_t n);

/* Count a connection to server for c; give it back. */
void backend_hold(struct conn *c, uint32_t server);
void backend_release(struct conn *c);

#endif
