/*
 * A byte queue in one allocation (buf.h).
 */
#include "buf.h"

#include <stdlib.h>
#include <string.h>

#define BUF_MAX (64u << 20)

uint8_t *buf_room(struct buf **b, size_t n)
{
	size_t off = *b ? (*b)->off : 0, len = buf_len(*b);
	size_t cap = *b ? (*b)->cap : 0;
	struct buf *grown;

	if (n > BUF_MAX - len)
		return NULL;
	if (off + len + n <= cap)
		return (*b)->data + off + len;
	if (off && len + n <= cap) {
		memmove((*b)->data, (*b)->data + off, len);
		(*b)->off = 0;
		return (*b)->data + len;
	}
	/* Doubling keeps the cost of many small appends linear. */
	cap = len + n < 2 * len ? 2 * len : len + n;
	grown = malloc(sizeof(*grown) + cap);
	if (!grown)
		return NULL;
	grown->off = 0;
	grown->len = (uint32_t)len;
	grown->cap = (uint32_t)cap;
	if (len)
		memcpy(grown->data, (*b)->data + off, len);
	free(*b);
	*b = grown;
	return grown->data + len;
}

void buf_added(struct buf *b, size_t m)
{
	b->len += (uint32_t)m;
}

int buf_append(struct buf **b, const void *p, size_t n)
{
	uint8_t *space;

	if (!n)
		return 0;
	space = buf_room(b, n);
	if (!space)
		return -1;
	memcpy(space, p, n);
	buf_added(*b, n);
	return 0;
}

void buf_consume(struct buf **b, size_t n)
{
	if (!n)
		return;
	(*b)->off += (uint32_t)n;
	(*b)->len -= (uint32_t)n;
	if (!(*b)->len)
		buf_free(b);
}

void buf_free(struct buf **b)
{
	free(*b);
	*b = NULL;
}
