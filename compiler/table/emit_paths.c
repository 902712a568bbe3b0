/*
 * PATHREC and PATHIDX: the paths of sites, in order, and the index of them.
 * Called by emit_content.c and, when the layout is known, emit.c.
 */
#include "emit_parts.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/table/table.h"

static unsigned slashes(const struct m_path *p)
{
	unsigned n = 0;
	uint32_t i;

	for (i = 0; i < p->len; i++)
		n += p->text[i] == '/';
	return n;
}

static struct tbl_pathrec *record(
	struct emit *e, const struct m_path *p, uint32_t site)
{
	uint32_t size =
		((uint32_t)sizeof(struct tbl_pathrec) + p->len + 3) & ~3u;
	struct tbl_pathrec *r = emit_buf_add(&e->section[TBL_PATHREC], size);

	*r = (struct tbl_pathrec){
		TBL_NONE, TBL_NONE, (uint16_t)site, (uint16_t)p->len};
	memcpy(r + 1, p->text, p->len);
	e->path_count++;
	return r;
}

static int same(const struct m_path *a, const struct m_path *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

/* `is` and `under` of one path stand one behind the other, in one record. */
void emit_paths(struct emit *e, const struct m_site *s, uint32_t number,
	struct tbl_site *t, uint32_t *list)
{
	const struct m_path *before = NULL;
	struct tbl_pathrec *r = NULL;
	size_t i;

	for (i = 0; i < s->paths.n; i++) {
		const struct m_path *p = &s->paths.v[i];

		if (!p->is_exact && p->len == 1)
			continue; /* the root */
		if (!before || !same(before, p)) {
			r = record(e, p, number);
			t->path_count++;
			t->depth |= 1ull << slashes(p);
			if (p->len > t->longest)
				t->longest = (uint16_t)p->len;
		}
		if (p->is_exact)
			r->is = (*list)++;
		else
			r->under = (*list)++;
		before = p;
	}
}

static const struct tbl_pathrec *next(const struct emit *e, size_t *off)
{
	const struct emit_buf *b = &e->section[TBL_PATHREC];
	const struct tbl_pathrec *r;

	if (*off >= b->n)
		return NULL;
	r = (const void *)(b->p + *off);
	*off += table_path_size(r);
	return r;
}

uint32_t emit_paths_plan(
	struct emit *e, const uint64_t seed[2], uint32_t buckets)
{
	struct emit_plan *p = &e->paths;
	const struct tbl_pathrec *r;
	uint64_t i = 0;
	size_t off = 0;

	if (!p->hash)
		p->hash = emit_alloc(e->path_count * sizeof(*p->hash));
	while ((r = next(e, &off)))
		p->hash[i++] = table_key_hash(
			seed, r->site, table_path_key(r), r->len);
	return emit_index_plan(p, e->path_count, buckets);
}

void emit_paths_write(struct emit *e, struct tbl_bucket *b)
{
	size_t off = 0, at = 0;
	uint64_t i = 0;

	while (next(e, &off)) {
		emit_index_put(&e->paths, b, i++, (uint32_t)(at / 4));
		at = off;
	}
}
