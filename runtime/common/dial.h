/*
 * A socket that is connecting to a server, from one of our addresses, and whose
 * fault it is when there is none.  For connections (connect.c) and checks
 * (monitor/probe.c), which are to meet the same.
 */
#ifndef RUNTIME_DIAL_H
#define RUNTIME_DIAL_H

#include <stdint.h>
#include <sys/socket.h>

#include "runtime/table/table.h"

enum dial_fault {
	DIAL_SERVERS, /* the server's, or the way to it */
	DIAL_PORT,    /* ours: no port of an address is left */
	DIAL_SOURCE,  /* ours: no source address is an interface's */
	DIAL_MEMORY,  /* ours: descriptors or memory */
};

struct dial {
	const struct tbl_extra *source; /* our addresses, or none: the kernel's
	                                 * choice */
	uint32_t sources;
	uint32_t turn;      /* which of them first; the next when it has no port
	                     * left */
	uint32_t keepalive; /* seconds (keepalive.h) */
	/* What came of it. */
	enum dial_fault fault;        /* when there is no socket */
	const struct tbl_extra *none; /* one that is no interface's, or NULL */
};

/* Nonblocking; connected or connecting; -1 with errno.  Addresses of another
 * family than the server's are passed over. */
int dial(const struct sockaddr *to, socklen_t len, struct dial *d);
/* An interface of this machine has that address now. */
int dial_source_is_here(const struct tbl_extra *source);

#endif
