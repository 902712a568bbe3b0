/*
 * The region of one compilation: chunks that double in size, filled from the
 * front.  They are fresh pages of the kernel, so zeroed, and touched only when
 * used; large ones are huge pages where there are any, which halves the time
 * of a policy of a million routes.
 */
#include "arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK_FIRST ((size_t)64 << 10)
#define CHUNK_MAX ((size_t)32 << 20)
#define CHUNK_HUGE ((size_t)4 << 20) /* worth huge pages */

struct chunk {
	struct chunk *next;
	size_t size, used; /* of data */
	_Alignas(16) char data[];
};

struct arena {
	struct chunk *nodes;   /* filled by arena_alloc */
	struct chunk *strings; /* filled by arena_strndup: no padding */
	struct chunk *big;     /* one allocation each */
	size_t next_size, total;
};

static void out_of_memory(void)
{
	static const char text[] = "tlsc: out of memory\n";

	fwrite(text, 1, sizeof(text) - 1, stderr);
	exit(4);
}

static struct chunk *chunk_new(struct arena *a, size_t size)
{
	struct chunk *c;

	if (size > SIZE_MAX / 2)
		out_of_memory();
	c = mmap(NULL, sizeof(*c) + size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (c == MAP_FAILED)
		out_of_memory();
	if (size >= CHUNK_HUGE)
		madvise(c, sizeof(*c) + size, MADV_HUGEPAGE);
	c->size = size;
	a->total += size;
	return c;
}

struct arena *arena_new(void)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		out_of_memory();
	a->next_size = CHUNK_FIRST;
	return a;
}

static void chunks_free(struct chunk *c)
{
	while (c) {
		struct chunk *next = c->next;

		munmap(c, sizeof(*c) + c->size);
		c = next;
	}
}

void arena_free(struct arena **a)
{
	if (!*a)
		return;
	chunks_free((*a)->nodes);
	chunks_free((*a)->strings);
	chunks_free((*a)->big);
	free(*a);
	*a = NULL;
}

static void *take_big(struct arena *a, size_t size)
{
	struct chunk *c = chunk_new(a, size);

	c->used = size;
	c->next = a->big;
	a->big = c;
	return c->data;
}

/* align is a power of two of at most 16. */
static void *take(
	struct arena *a, struct chunk **head, size_t size, size_t align)
{
	struct chunk *c = *head;
	size_t at = c ? (c->used + align - 1) & ~(align - 1) : 0;

	if (!c || at > c->size || size > c->size - at) {
		if (size > a->next_size / 4)
			return take_big(a, size);
		c = chunk_new(a, a->next_size);
		c->next = *head;
		*head = c;
		at = 0;
		if (a->next_size < CHUNK_MAX)
			a->next_size *= 2;
	}
	c->used = at + size;
	return c->data + at;
}

void *arena_alloc(struct arena *a, size_t size)
{
	/* A type's alignment divides its size, so a size that is not a multiple
	 * of 16 cannot hold a type that needs 16: tree nodes pack tightly. */
	size_t align = size % 16 == 0 ? 16 : size % 8 == 0 ? 8 : 16;

	return take(a, &a->nodes, size ? size : 1, align);
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		out_of_memory();
	copy = take(a, &a->strings, n + 1, 1);
	if (n)
		memcpy(copy, s, n);
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return arena_strndup(a, "", 0);
	text = take(a, &a->strings, (size_t)n + 1, 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return text;
}

void *arena_grow(struct arena *a, void *vec, size_t n, size_t *cap, size_t elem)
{
	size_t room;
	void *old, *fresh;

	memcpy(&old, vec, sizeof(old));
	if (n < *cap)
		return old;
	room = *cap ? *cap * 2 : 8;
	if (room < *cap || (elem && room > SIZE_MAX / elem))
		out_of_memory();
	fresh = arena_alloc(a, room * elem);
	if (n)
		memcpy(fresh, old, n * elem);
	memcpy(vec, &fresh, sizeof(fresh));
	*cap = room;
	return fresh;
}

size_t arena_used(const struct arena *a)
{
	return a->total;
}
