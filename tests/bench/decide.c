/*
 * What a decision costs: random names of a table, each looked up COUNT times
 * in random order by the worker's own function.
 *
 *   decide TABLE COUNT      prints nanoseconds a decision
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#include "runtime/table/route.h"
#include "runtime/table/table.h"

/* Names are copied out first, so that the table is cold but for them. */
struct name {
	char text[64];
	uint8_t len;
};

static struct name *names(const struct table *t, size_t *count)
{
	struct name *n = calloc(t->header->name_count + 1, sizeof(*n));
	const struct tbl_namerec *r;
	uint32_t off = 0;

	*count = 0;
	while (n && (r = table_name_next(t, &off))) {
		const char *key = table_name_key(r);

		if (r->len >= sizeof(n->text) || key[0] == '*')
			continue;
		memcpy(n[*count].text, key, r->len);
		n[(*count)++].len = r->len;
	}
	return n;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct route_query q = {.sni_kind = ROUTE_SNI_NAME,
		.tls_bit = 8,
		.family = TBL_V4,
		.addr = {192, 0, 2, 1}};
	struct route_decision d;
	struct table_fault why;
	struct table t;
	struct stat st;
	struct name *n;
	size_t count, sum = 0;
	long runs = argc > 2 ? atol(argv[2]) : 1000000;
	uint64_t x = 88172645463325252u;
	double began;
	int fd = argc > 1 ? open(argv[1], O_RDONLY) : -1;
	void *base;

	if (fd < 0 || fstat(fd, &st))
		return 2;
	base = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED ||
		table_check(base, (size_t)st.st_size, &t, &why) != TABLE_OK)
		return 1;
	n = names(&t, &count);
	if (!count)
		return 1;
	began = now();
	for (long i = 0; i < runs; i++) {
		const struct name *one;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		one = &n[x % count];
		q.sni = one->text;
		q.sni_len = one->len;
		route_decide(&t, &q, &d, NULL, NULL);
		sum += d.action;
	}
	printf("%.1f\n",
		(now() - began) / (double)runs * 1e9 + 0 * (double)sum);
	free(n);
	return 0;
}
