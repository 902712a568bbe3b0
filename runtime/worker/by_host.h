/*
 * A table's servers that have host names, in the order of the names: a change
 * of DNS affects few of thousands.
 */
#ifndef RUNTIME_BY_HOST_H
#define RUNTIME_BY_HOST_H

#include <stdint.h>

#include "runtime/table/table.h"

struct by_host {
	uint32_t count;
	uint32_t server[]; /* SERVER indices */
};

/* NULL: no memory.  free(3) ends it. */
struct by_host *by_host_new(const struct table *t);
/* Where that host's servers begin, in any case of letters, and how many they
 * are. */
uint32_t by_host_find(const struct by_host *h, const struct table *t,
	const char *host, uint32_t *count);

#endif
