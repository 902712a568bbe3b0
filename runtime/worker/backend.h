/*
 * Servers of backends: which one next, and what is known of each.  A server's
 * live state (connections now, failures) goes by backend's name and address,
 * so it survives a change of the table.
 */
#ifndef RUNTIME_BACKEND_H
#define RUNTIME_BACKEND_H

#include <stdint.h>
#include <sys/socket.h>

#include "runtime/common/board.h"
#include "runtime/common/bundle.h"
#include "runtime/table/table.h"

struct backends;
struct leg;

/* For one generation.  The table must outlive it.  NULL: no memory. */
struct backends *backend_new(const struct table *t, const struct bundle *b);
void backend_free(struct backends **b);

/* A host name has new addresses: numeric, one a line. */
void backend_resolved(
	struct backends *x, const char *host, const char *lines, size_t n);

struct board;
/* What all workers share (board.h); before the first backend_new. */
void backend_use_board(struct board *b, unsigned worker);
/* The board has lost what was counted: count again. */
void backend_count_again(void);
struct queue;
struct queue *backend_queue(struct backends *b); /* by BACKEND index */

/* What a choice depends on. */
struct backend_choice {
	uint32_t backend;
	uint64_t tried; /* backend_bit of the i-th: tried in vain */
	uint8_t family; /* the client, for source-hash */
	const uint8_t *addr;
};

/* The bit of a backend's i-th server.  From the 64th on, all share the last
 * bit, so no more than 64 are tried one after the other. */
uint64_t backend_bit(uint32_t i);

/* A SERVER index; -1: none is left; -2: those left are at their limit.  A
 * server that is down by its checks, draining, or without an address is never
 * chosen.  One that real connections failed on is chosen only if there is no
 * better one. */
int backend_pick(struct backends *b, const struct backend_choice *q);

/* An address of l's server to connect to.  A host name may have several
 * (addresses.h); l knows which it has tried, and l->address is set to this one.
 * -1: none is left, or the name did not resolve. */
int backend_address(struct leg *l, struct sockaddr_storage *to, socklen_t *len);
/* Does l's server have an address that l has not tried, or gave up on in a
 * hurry? And one that it has not tried and that is not known to fail? */
int backend_more_addresses(const struct leg *l);
int backend_better_address(const struct leg *l);
/* The address got less time than a connection may take: it is tried again after
 * all others. */
void backend_address_passed(struct leg *l);
/* The address took no connection, or took one. */
void backend_address_failed(struct leg *l);
void backend_address_worked(struct leg *l);
/* A number that grows with each call: which of a backend's source addresses is
 * next. */
uint32_t backend_source_turn(struct backends *b, uint32_t backend);
/* No interface has this source address: logged once for each backend and
 * table. */
void backend_source_none(
	struct backends *b, uint32_t backend, const struct tbl_extra *source);
/* Count a connection of l to the server; -1: it is full after all.  And give it
 * back. */
int backend_hold(struct leg *l, uint32_t server);
void backend_release(struct leg *l);
/* Would l's server be given a new connection now? */
int backend_is_usable(const struct leg *l);
/* The first octet went to the server; the first one came from it; or it did not
 * accept the connection, or did not answer.  One verdict for each
 * backend_hold. */
void backend_asked(struct leg *l);
void backend_answered(struct leg *l);
void backend_failed(struct leg *l);

#endif
