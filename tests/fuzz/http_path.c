/*
 * A path, from any client: its readings are within their bounds
 * in number and octets, distinct, and each one is a path.
 */
/* LINK: runtime/http/path.c runtime/http/octets.c */
#include <stdlib.h>
#include <string.h>

#include "runtime/http/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void check_one(const struct http_readings *r, unsigned i, size_t size)
{
	struct http_slice s = r->of[i];

	must(s.n > 0 && s.n <= size && s.at[0] == '/');
	must(memchr(s.at, '\0', s.n) == NULL);
	if (i > 0)
		must(s.at >= r->room && s.at + s.n <= r->room + r->used);
	for (unsigned k = 0; k < i; k++)
		must(r->of[k].n != s.n || memcmp(r->of[k].at, s.at, s.n) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_readings r;
	struct http_slice path = {(const char *)data, size};

	if (http_path_read(&r, path) != HTTP_FINE)
		return 0;
	must(r.count > 0 && r.count <= HTTP_READINGS_MAX);
	must(r.used <= HTTP_PATH_ROOM);
	must(r.of[0].at == path.at && r.of[0].n == size);
	for (unsigned i = 0; i < r.count; i++)
		check_one(&r, i, size);
	return 0;
}
