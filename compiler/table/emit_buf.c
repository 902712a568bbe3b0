/*
 * Growing sections and interned content for emit: plain malloc, since the sizes
 * reach hundreds of megabytes and all of it is freed before tlsc ends.
 */
#include "emit_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/table/table.h"

static void *must(void *p)
{
	if (!p) {
		fputs("tlsc: out of memory\n", stderr);
		exit(4);
	}
	return p;
}

void *emit_alloc(size_t n)
{
	return must(calloc(1, n ? n : 1));
}

void *emit_buf_add(struct emit_buf *b, size_t n)
{
	void *at;

	if (n > b->cap - b->n) {
		b->cap = b->cap * 2 + n + 256;
		b->p = must(realloc(b->p, b->cap));
	}
	at = b->p + b->n;
	memset(at, 0, n);
	b->n += n;
	return at;
}

uint64_t emit_hash(const void *data, size_t len)
{
	static const uint64_t key[2] = {0x746c7370, 0x696e7465726e};

	return table_key_hash(key, 0, data, len);
}

static void grow(struct intern *t)
{
	struct intern old = *t;
	size_t i, at;

	t->cap = old.cap ? old.cap * 2 : 256;
	t->slot = emit_alloc(t->cap * sizeof(*t->slot));
	t->hash = emit_alloc(t->cap * sizeof(*t->hash));
	for (i = 0; i < old.cap; i++) {
		if (!old.slot[i])
			continue;
		at = old.hash[i] & (t->cap - 1);
		while (t->slot[at])
			at = (at + 1) & (t->cap - 1);
		t->slot[at] = old.slot[i];
		t->hash[at] = old.hash[i];
	}
	free(old.slot);
	free(old.hash);
}

/* The first slot at or after *at (SIZE_MAX: the home) that is free or has this
 * hash.  A free one gets the hash: the caller fills it. */
uint32_t *emit_intern_slot(struct intern *t, uint64_t hash, size_t *at)
{
	if (*at == SIZE_MAX) {
		if (t->n * 4 >= t->cap * 3)
			grow(t);
		*at = hash & (t->cap - 1);
	} else {
		*at = (*at + 1) & (t->cap - 1);
	}
	while (t->slot[*at] && t->hash[*at] != hash)
		*at = (*at + 1) & (t->cap - 1);
	if (!t->slot[*at]) {
		t->hash[*at] = hash;
		t->n++;
	}
	return &t->slot[*at];
}

uint32_t emit_str(struct emit *e, const char *s)
{
	struct emit_buf *b = &e->section[TBL_STR];
	size_t at = SIZE_MAX, len;
	uint32_t *slot, off;
	uint64_t hash;

	if (!b->n)
		emit_buf_add(b, 1);
	if (!s || !*s)
		return 0;
	len = strlen(s);
	hash = emit_hash(s, len);
	while (*(slot = emit_intern_slot(&e->strings, hash, &at)))
		if (!strcmp((char *)b->p + *slot - 1, s))
			return *slot - 1;
	off = (uint32_t)b->n;
	if (b->n + len + 1 > UINT32_MAX - 64)
		e->err = "more than 4 GiB of strings";
	else
		memcpy(emit_buf_add(b, len + 1), s, len);
	*slot = off + 1;
	return off;
}

void emit_free(struct emit *e)
{
	size_t i;

	for (i = 0; i < sizeof(e->section) / sizeof(e->section[0]); i++)
		free(e->section[i].p);
	free(e->strings.slot);
	free(e->strings.hash);
	free(e->sets.slot);
	free(e->sets.hash);
	free(e->profile);
	free(e->cert);
	free(e->limit);
	free(e->backend);
	free(e->action);
	free(e->list);
	free(e->site);
	free(e->caction);
	emit_index_free(&e->paths);
	emit_names_unplan(e);
}
