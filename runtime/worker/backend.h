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

/* A host name has other addresses now: numeric, one a line. */
void backend_resolved(
	struct backends *x, const char *host, const char *lines, size_t n);

struct board;
/* What all workers share (board.h); before the first backend_new. */
void backend_use_board(struct board *b, unsigned worker);
/* What was counted there has been lost. */
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

/* Of the i-th server of a backend.  No more than 64 are tried one after the
 * other: from the 64th on all share the last bit. */
uint64_t backend_bit(uint32_t i);

/* A SERVER index, or -1: none left; -2: those left are at their limit.  Servers
 * that are down by their checks, draining or without address are never chosen;
 * one that real connections failed at only when there is no better. */
int backend_pick(struct backends *b, const struct backend_choice *q);

/* An address of l's server to connect to; one with a host name may have several
 * (addresses.h), and l knows which it has tried: l->address is that one then.
 * -1: none is left, or its name did not resolve. */
int backend_address(struct leg *l, struct sockaddr_storage *to, socklen_t *len);
/* Has l's server an address that l has not tried, or left in a hurry?  And one
 * that it has not tried and that is not known to fail? */
int backend_more_addresses(const struct leg *l);
int backend_better_address(const struct leg *l);
/* It was not waited for as long as a connection may take: it comes again when
 * all others have been tried. */
void backend_address_passed(struct leg *l);
/* It took no connection, or did. */
void backend_address_failed(struct leg *l);
void backend_address_worked(struct leg *l);
/* A number that grows with each call: whose turn it is among the source
 * addresses of a backend. */
uint32_t backend_source_turn(struct backends *b, uint32_t backend);
/* One of them is no interface's: said once for a table. */
void backend_source_none(
	struct backends *b, uint32_t backend, const struct tbl_extra *source);
/* Count a connection to server for l; -1: it is full after all.  Give it
 * back. */
int backend_hold(struct leg *l, uint32_t server);
void backend_release(struct leg *l);
/* The first octet to the server and the first one from it; or it failed to
 * take the connection, or to answer.  One verdict for each backend_hold. */
void backend_asked(struct leg *l);
void backend_answered(struct leg *l);
void backend_failed(struct leg *l);

#endif
