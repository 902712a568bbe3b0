/*
 * A socket that is connecting to a server, from one of our addresses, and whose
 * fault it is when there is none.  For connections (connect.c) and checks
 * (monitor_probe.c), which are to meet the same.
 */
#ifndef RUNTIME_DIAL_H
#define RUNTIME_DIAL_H

#include <stdint.h>
#include <sys/socket.h>

#include "table.h"

struct dial {
	const struct tbl_extra *source; /* our addresses, or none: the kernel's
	                                 * choice */
	uint32_t sources;
	uint32_t turn;      /* which of them first; the next when it has no port
	                     * left */
	uint32_t keepalive; /* seconds (keepalive.h) */
};

/* Nonblocking; connected or connecting; -1 with errno.  Addresses of another
 * family than the server's are passed over. */
int dial(const struct sockaddr *to, socklen_t len, const struct dial *d);

enum dial_fault {
	DIAL_SERVERS, /* the server's, or the way to it */
	DIAL_PORT,    /* ours: no port of the address is left, or the address is
	               * no interface's */
	DIAL_MEMORY,  /* ours: descriptors or memory */
};
enum dial_fault dial_fault(int error, sa_family_t family);

#endif
