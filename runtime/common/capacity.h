/*
 * What one worker accepts, whatever its policy says: as many connections as can
 * each still have a socket to a server, and as many octets of incomplete
 * ClientHellos.  Connections beyond that are refused (close reason limit)
 * before memory or descriptors run out for all.
 */
#ifndef RUNTIME_CAPACITY_H
#define RUNTIME_CAPACITY_H

#include <stdint.h>

struct capacity {
	uint32_t connections; /* including those that linger */
	uint64_t hellos;      /* octets */
};

/* For each of that many workers, from RLIMIT_NOFILE and the available
 * memory. */
void capacity_measure(struct capacity *c, unsigned workers);

#endif
