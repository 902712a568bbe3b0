/*
 * The addresses that a server's host name has: which of them next.  One that
 * does not answer is remembered on the board, for all workers and for a while,
 * so that not every other connection waits for it.
 */
#ifndef RUNTIME_ADDRESSES_H
#define RUNTIME_ADDRESSES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "runtime/common/board.h"

#define ADDRESSES_MAX 64 /* of one host name that are used */

struct addresses;

/* Numeric, one a line; what is none is left out.  NULL: no memory.  free(3)
 * ends it. */
struct addresses *addresses_parse(const char *lines, size_t n, uint16_t port);
unsigned addresses_count(const struct addresses *a);
const struct sockaddr_storage *addresses_at(
	const struct addresses *a, unsigned i);

/* Which next, but none of tried (bits): they take turns, and one that has
 * failed lately waits until the others have been tried, or its time is over:
 * then it is given out once.  server may be NULL: nothing is remembered.  -1:
 * none is left. */
int addresses_next(struct addresses *a, struct board_server *server,
	uint64_t tried, uint64_t now);
/* Is there one left that is not known to fail? */
int addresses_better(const struct addresses *a,
	const struct board_server *server, uint64_t tried, uint64_t now);
void addresses_failed(const struct addresses *a, unsigned i,
	struct board_server *server, uint64_t now);
void addresses_worked(
	const struct addresses *a, unsigned i, struct board_server *server);

#endif
