/*
 * The hash table (dictionary.h).  It grows with its contents.  Without memory
 * to grow it only becomes slower.
 */
#include "dictionary.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST 64

/* FNV-1a: outsiders cannot choose the names. */
static uint64_t hash(const struct dictionary *d, const char *name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		h = (h ^ (d->folded ? (unsigned)tolower(c) : c)) *
			UINT64_C(0x100000001b3);
	}
	return h ^ h >> 32;
}

static int same(const struct dictionary *d, const char *a, const char *b)
{
	return (d->folded ? strcasecmp(a, b) : strcmp(a, b)) == 0;
}

static struct dictionary_node **place(
	const struct dictionary *d, const char *name)
{
	return &d->bucket[hash(d, name) & (d->buckets - 1)];
}

void *dictionary_find(const struct dictionary *d, const char *name)
{
	struct dictionary_node *n = d->buckets ? *place(d, name) : NULL;

	while (n && !same(d, n->name, name))
		n = n->next;
	return n ? n->thing : NULL;
}

static void put(struct dictionary *d, struct dictionary_node *n)
{
	struct dictionary_node **at = place(d, n->name);

	n->next = *at;
	*at = n;
}

static void grow(struct dictionary *d)
{
	struct dictionary old = *d;
	struct dictionary_node *n, *next;
	size_t i;

	if (d->count < d->buckets)
		return;
	d->buckets = old.buckets ? 2 * old.buckets : FIRST;
	d->bucket = calloc(d->buckets, sizeof(struct dictionary_node *));
	if (!d->bucket) {
		if (!old.buckets)
			abort();
		*d = old;
		return;
	}
	for (i = 0; i < old.buckets; i++)
		for (n = old.bucket[i]; n; n = next) {
			next = n->next;
			put(d, n);
		}
	free(old.bucket);
}

void dictionary_put(struct dictionary *d, struct dictionary_node *n,
	const char *name, void *thing)
{
	grow(d);
	n->name = name;
	n->thing = thing;
	put(d, n);
	d->count++;
}

void dictionary_take(struct dictionary *d, struct dictionary_node *n)
{
	struct dictionary_node **at = place(d, n->name);

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	d->count--;
}

void dictionary_each(const struct dictionary *d, void (*call)(void *thing))
{
	struct dictionary_node *n, *next;
	size_t i;

	for (i = 0; i < d->buckets; i++)
		for (n = d->bucket[i]; n; n = next) {
			next = n->next;
			call(n->thing);
		}
}

void dictionary_free(struct dictionary *d)
{
	free(d->bucket);
	d->bucket = NULL;
	d->buckets = d->count = 0;
}
