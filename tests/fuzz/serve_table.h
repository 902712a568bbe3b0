/*
 * The tables of serve.c: those of the examples, with edits, sealed again.
 *
 * An input that begins like a table is one.  Any other is a number of the
 * example and edits of six octets: what, which section, where in it (two,
 * little-endian), two values.
 */
#ifndef TESTS_FUZZ_SERVE_TABLE_H
#define TESTS_FUZZ_SERVE_TABLE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../example_tables.h"
#include "runtime/table/table.h"

#define EDITS_MAX 6
#define EDIT_SIZE 6

static struct tbl_dirent *directory(uint8_t *b)
{
	return (struct tbl_dirent *)(b + TBL_HEADER_SIZE);
}

/* The table without its i-th section. */
static size_t drop(uint8_t *b, unsigned i)
{
	struct tbl_header *h = (struct tbl_header *)b;
	struct tbl_dirent *d = directory(b), old[TBL_SECTIONS_MAX];
	unsigned n = h->section_count, k;
	size_t at;
	uint8_t *copy = malloc(h->file_size);

	memcpy(copy, b, h->file_size);
	memcpy(old, d, n * sizeof(*old));
	memset(b + TBL_HEADER_SIZE, 0, h->file_size - TBL_HEADER_SIZE);
	h->section_count = --n;
	at = TBL_HEADER_SIZE + n * sizeof(*d);
	for (k = 0; k < n; k++) {
		d[k] = old[k < i ? k : k + 1];
		at = (at + TBL_ALIGN - 1) & ~(size_t)(TBL_ALIGN - 1);
		memcpy(b + at, copy + d[k].off, d[k].size);
		d[k].off = at;
		at += d[k].size;
	}
	h->file_size = at;
	free(copy);
	return at;
}

static void edit_word(uint8_t *b, const struct tbl_dirent *d, size_t at,
	unsigned what, unsigned value)
{
	size_t word = at & ~(size_t)3;
	uint32_t v, w;

	if (word + 4 > d->size)
		return;
	memcpy(&v, b + d->off + word, 4);
	memcpy(&w, b + d->off + (word + 4 * value) % (d->size & ~3u), 4);
	switch (what) {
	case 0:
		v = value;
		break;
	case 1:
		v = 0xffffffff - value;
		break;
	case 2:
		v += value;
		break;
	case 3:
		v -= value;
		break;
	case 4:
		v = w;
		break;
	default:
		v = v << 16 | v >> 16;
	}
	memcpy(b + d->off + word, &v, 4);
}

/* Elements from the end of a section away: what refers to them is to be seen
 * by the validator. */
static void shorten(uint8_t *b, struct tbl_dirent *d, unsigned value)
{
	uint32_t n = d->elem_size ? 1 + value % 4 : value;

	if (!d->elem_size && n < d->size) {
		memset(b + d->off + d->size - n, 0, n);
		d->size -= n;
	} else if (d->elem_size && n < d->count) {
		d->count -= n;
		d->size -= n * d->elem_size;
		memset(b + d->off + d->size, 0, n * d->elem_size);
	}
}

static size_t edit(uint8_t *b, size_t len, const uint8_t e[EDIT_SIZE])
{
	struct tbl_header *h = (struct tbl_header *)b;
	unsigned section = h->section_count ? e[1] % h->section_count : 0;
	struct tbl_dirent *d = &directory(b)[section];
	unsigned value = e[4] | (unsigned)e[5] << 8;
	size_t at;

	if (!h->section_count || !d->size)
		return len;
	at = (e[2] | (size_t)e[3] << 8) % d->size;
	switch (e[0] % 10) {
	case 0:
		b[d->off + at] = e[4];
		return len;
	case 1:
		b[d->off + at] ^= (uint8_t)(1 << e[4] % 8);
		return len;
	case 2:
		return drop(b, section);
	case 3:
		shorten(b, d, value);
		return len;
	default:
		edit_word(b, d, at, e[0] % 10 - 4, value);
		return len;
	}
}

/* malloc'd, sealed. */
static uint8_t *serve_table(const uint8_t *data, size_t size, size_t *len)
{
	const struct example_table *good;
	unsigned i, count;
	uint8_t *b;

	if (size >= TBL_HEADER_SIZE && !memcmp(data, TBL_MAGIC, 8)) {
		b = malloc(size);
		memcpy(b, data, size);
		*len = size;
		return b;
	}
	good = example_tables(&count);
	good += size ? data[0] % count : 0;
	*len = good->len;
	b = malloc(*len);
	memcpy(b, good->bytes, *len);
	for (i = 0; i < EDITS_MAX && 1 + (i + 1) * EDIT_SIZE <= size; i++)
		*len = edit(b, *len, data + 1 + i * EDIT_SIZE);
	return b;
}

#endif
