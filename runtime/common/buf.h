/*
 * A byte queue in one allocation: for what a socket did not take yet, or what
 * was read before it could be used.  An idle connection has none.
 */
#ifndef RUNTIME_BUF_H
#define RUNTIME_BUF_H

#include <stddef.h>
#include <stdint.h>

struct buf {
	uint32_t off, len, cap; /* data[off, off + len) is the content */
	uint8_t data[];
};

/* Appends n octets and enlarges *b (NULL: empty) if necessary.  -1: no memory,
 * *b unchanged. */
int buf_append(struct buf **b, const void *p, size_t n);
/* Space for n octets after the content.  After writing m of them, call
 * buf_added.  NULL: no memory. */
uint8_t *buf_room(struct buf **b, size_t n);
void buf_added(struct buf *b, size_t m);
/* Drops n octets from the front.  An empty buffer is freed (*b = NULL). */
void buf_consume(struct buf **b, size_t n);
void buf_free(struct buf **b);

static inline size_t buf_len(const struct buf *b)
{
	return b ? b->len : 0;
}
static inline const uint8_t *buf_data(const struct buf *b)
{
	return b->data + b->off;
}

#endif
