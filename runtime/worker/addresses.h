/*
 * The addresses of a server's host name, and which one to try next.  One that
 * does not answer is remembered on the board, by all workers and for a while,
 * so that not every other connection has to wait for it.
 */
#ifndef RUNTIME_ADDRESSES_H
#define RUNTIME_ADDRESSES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "runtime/common/board_register.h"

#define ADDRESSES_MAX 64 /* of one host name that are used */

struct addresses;

/* Numeric addresses, one a line; any other text is left out.  NULL: no memory.
 * Freed by free(3). */
struct addresses *addresses_parse(const char *lines, size_t n, uint16_t port);
unsigned addresses_count(const struct addresses *a);
const struct sockaddr_storage *addresses_at(
	const struct addresses *a, unsigned i);

/* The next address to try, except those in tried (bits).  Addresses take turns.
 * One that has failed lately is tried after all others, or once when its
 * penalty has expired.  server may be NULL: nothing is remembered.  -1: none is
 * left. */
int addresses_next(struct addresses *a, struct board_server *server,
	uint64_t tried, uint64_t now);
/* Is there an untried address that is not known to fail? */
int addresses_better(const struct addresses *a,
	const struct board_server *server, uint64_t tried, uint64_t now);
void addresses_failed(const struct addresses *a, unsigned i,
	struct board_server *server, uint64_t now);
void addresses_worked(
	const struct addresses *a, unsigned i, struct board_server *server);

#endif
