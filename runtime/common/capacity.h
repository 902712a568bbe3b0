/*
 * What one worker takes on, whatever its policy says or does not say: so many
 * connections that each can still have its server's socket, and so many octets
 * of ClientHellos that have not come whole.  Whoever comes beyond is refused
 * (close reason limit), before memory or descriptors run out for all.
 */
#ifndef RUNTIME_CAPACITY_H
#define RUNTIME_CAPACITY_H

#include <stdint.h>

struct capacity {
	uint32_t connections; /* those that linger, too */
	uint64_t hellos;      /* octets */
};

/* For each of so many workers, by RLIMIT_NOFILE and the memory there is. */
void capacity_measure(struct capacity *c, unsigned workers);

#endif
