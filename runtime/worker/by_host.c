/*
 * Servers by host name (by_host.h).  Called by backend.c.
 */
#include "by_host.h"

#include <stdlib.h>
#include <strings.h>

static const char *host_of(const struct table *t, uint32_t server)
{
	return table_str(t, t->server[server].host_str);
}

static int order(const void *a, const void *b, void *t)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	int r = strcasecmp(host_of(t, x), host_of(t, y));

	return r ? r : x < y ? -1 : x > y;
}

struct by_host *by_host_new(const struct table *t)
{
	struct by_host *h =
		malloc(sizeof(*h) + t->server_count * sizeof(h->server[0]));
	uint32_t k;

	if (!h)
		return NULL;
	h->count = 0;
	for (k = 0; k < t->server_count; k++)
		if (t->server[k].family == TBL_HOST)
			h->server[h->count++] = k;
	if (h->count)
		qsort_r(h->server, h->count, sizeof(h->server[0]), order,
			(void *)(uintptr_t)t);
	return h;
}

uint32_t by_host_find(const struct by_host *h, const struct table *t,
	const char *host, uint32_t *count)
{
	uint32_t low = 0, high = h->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcasecmp(host_of(t, h->server[middle]), host) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < h->count; ++*count)
		if (strcasecmp(host_of(t, h->server[low + *count]), host))
			break;
	return low;
}
