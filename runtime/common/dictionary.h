/*
 * Finds things by name: a hash table whose nodes are part of the things
 * themselves, so that adding one needs no memory.  The names come from the
 * policy, not from the network.
 */
#ifndef RUNTIME_DICTIONARY_H
#define RUNTIME_DICTIONARY_H

#include <stddef.h>

struct dictionary_node {
	struct dictionary_node *next;
	const char *name; /* the thing's own */
	void *thing;
};

/* Zero, except for folded, is an empty one. */
struct dictionary {
	struct dictionary_node **bucket;
	size_t buckets, count;
	int folded; /* upper and lower case are equal, as in host names */
};

/* NULL: there is none. */
void *dictionary_find(const struct dictionary *d, const char *name);
void dictionary_put(struct dictionary *d, struct dictionary_node *n,
	const char *name, void *thing);
void dictionary_take(struct dictionary *d, struct dictionary_node *n);
/* Calls call for each thing, in any order; it may remove that thing. */
void dictionary_each(const struct dictionary *d, void (*call)(void *thing));
/* Frees the table; the things stay with their owners. */
void dictionary_free(struct dictionary *d);

#endif
