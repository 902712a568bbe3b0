/*
 * Finding things by their names: a hash table whose nodes lie within the things
 * themselves, so that putting one in needs no memory of its own.  Names are the
 * policy's, not the network's.
 */
#ifndef RUNTIME_DICTIONARY_H
#define RUNTIME_DICTIONARY_H

#include <stddef.h>

struct dictionary_node {
	struct dictionary_node *next;
	const char *name; /* the thing's own */
	void *thing;
};

/* Zero, but for folded, is an empty one. */
struct dictionary {
	struct dictionary_node **bucket;
	size_t buckets, count;
	int folded; /* upper and lower case are the same, as in host names */
};

/* NULL: it is not there. */
void *dictionary_find(const struct dictionary *d, const char *name);
void dictionary_put(struct dictionary *d, struct dictionary_node *n,
	const char *name, void *thing);
void dictionary_take(struct dictionary *d, struct dictionary_node *n);
/* Calls for each thing, in any order; the call may take that one out. */
void dictionary_each(const struct dictionary *d, void (*call)(void *thing));
/* Its own memory; the things are whose they were. */
void dictionary_free(struct dictionary *d);

#endif
