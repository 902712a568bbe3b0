/*
 * Capacity (capacity.h).  Called once by a starting worker, and by the master
 * for --check.
 */
#include "capacity.h"

#include <sys/resource.h>
#include <unistd.h>

enum {
	OWN_DESCRIPTORS = 64, /* of a worker, and a sixteenth for listeners */
	PER_CONNECTION = 2,   /* sockets; pipes are optional */
	EACH = 16 << 10,      /* octets counted per connection */
	HELLOS_SHARE = 16,    /* of the memory, for half-read hellos */
	HELLOS_LEAST = 8 << 20,
	LEAST = 16, /* connections, if nearly nothing is allowed */
};

static uint64_t memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	uint64_t n = pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size
					   : (uint64_t)1 << 30;
	struct rlimit r;

	if (getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur < n)
		n = r.rlim_cur;
	return n;
}

void capacity_measure(struct capacity *c, unsigned workers)
{
	uint64_t share = memory() / (workers ? workers : 1), n = 1024;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0)
		n = r.rlim_cur;
	n -= n / 16;
	n = n > OWN_DESCRIPTORS ? (n - OWN_DESCRIPTORS) / PER_CONNECTION : 0;
	if (n > share / EACH)
		n = share / EACH;
	c->connections = n < LEAST ? LEAST
		: n > UINT32_MAX   ? UINT32_MAX
				   : (uint32_t)n;
	c->hellos = share / HELLOS_SHARE;
	if (c->hellos < HELLOS_LEAST)
		c->hellos = HELLOS_LEAST;
}
