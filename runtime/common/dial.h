/*
 * Opens a socket that connects to a server from one of our addresses, and says
 * whose fault it is if that fails.  For connections (connect.c) and health
 * checks (monitor/probe.c), which should have the same experience.
 */
#ifndef RUNTIME_DIAL_H
#define RUNTIME_DIAL_H

#include <stdint.h>
#include <sys/socket.h>

#include "runtime/table/table.h"

enum dial_fault {
	DIAL_SERVERS, /* the server's or the network's */
	DIAL_PORT,    /* ours: no port of an address is free */
	DIAL_SOURCE,  /* ours: no interface has the source address */
	DIAL_MEMORY,  /* ours: descriptors or memory */
};

struct dial {
	/* our addresses, or none: the kernel chooses */
	const struct tbl_extra *source;
	uint32_t sources;
	uint32_t turn;      /* which of them is tried first */
	uint32_t keepalive; /* seconds (keepalive.h) */
	/* The result. */
	enum dial_fault fault; /* if there is no socket */
	/* a source address that no interface has, or NULL */
	const struct tbl_extra *none;
};

/* Nonblocking; connected or connecting; -1 with errno.  Source addresses of
 * another family than the server's are skipped. */
int dial(const struct sockaddr *to, socklen_t len, struct dial *d);
/* Does an interface of this machine have that address now? */
int dial_source_is_here(const struct tbl_extra *source);

#endif
