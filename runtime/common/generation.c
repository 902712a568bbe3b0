/*
 * Generations (generation.h): mapping, reference counts, release.  The caller
 * that asked for a generation has the first reference.
 */
#include "generation.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "bundle.h"

#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)

/* Maps the table's pages.  A descriptor without seals is refused: the file
 * could be truncated later (SIGBUS). */
static const void *map_table(int fd, size_t *size, char *err, size_t n)
{
	struct stat st;
	void *p;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || (seals & SEALS) != SEALS) {
		snprintf(err, n, "the table's memory is not sealed");
		return NULL;
	}
	if (fstat(fd, &st) < 0 || st.st_size <= 0) {
		snprintf(err, n, "the table is empty");
		return NULL;
	}
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		snprintf(err, n, "cannot map the table: %s", strerror(errno));
		return NULL;
	}
	*size = (size_t)st.st_size;
	return p;
}

struct generation *generation_of(
	const void *base, size_t size, char *err, size_t n)
{
	struct generation *g = calloc(1, sizeof(*g));
	struct table_fault why;

	if (!g) {
		snprintf(err, n, "out of memory");
		return NULL;
	}
	if (table_view(base, size, &g->table, &why) != TABLE_OK) {
		snprintf(err, n, "TC0901: %s (%s at offset %llu)",
			table_error_text(why.error),
			table_section_name(why.section),
			(unsigned long long)why.offset);
		free(g);
		return NULL;
	}
	g->refs = 1;
	return g;
}

struct generation *generation_map(
	uint64_t number, int table_fd, int bundle_fd, char *err, size_t n)
{
	struct generation *g;
	size_t size = 0;
	const void *base = map_table(table_fd, &size, err, n);

	if (!base)
		return NULL;
	g = generation_of(base, size, err, n);
	if (!g) {
		munmap((void *)base, size);
		return NULL;
	}
	g->number = number;
	if (bundle_fd >= 0) {
		g->bundle = bundle_map(bundle_fd, err, n);
		if (!g->bundle)
			generation_put(&g);
	}
	return g;
}

struct generation *generation_get(struct generation *g)
{
	assert(g->refs > 0);
	g->refs++;
	return g;
}

void generation_put(struct generation **gp)
{
	struct generation *g = *gp;

	*gp = NULL;
	if (!g)
		return;
	assert(g->refs > 0);
	if (--g->refs > 0)
		return;
	if (g->retired)
		g->retired(g, g->retired_arg);
	if (g->bundle)
		bundle_unmap(&g->bundle);
	munmap((void *)g->table.base, g->table.size);
	free(g);
}
