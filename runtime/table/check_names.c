/*
 * The validator's passes over the names and their index (invariants 41 to 51):
 * nearly all of a large table, so they go through memory in order and fetch a
 * name's bucket some names ahead.
 *
 * That every record is found through the index at its own slot, that slots
 * and records are equally many, and that free slots hold nothing, together
 * say that every slot points at the start of a record: no slot needs to be
 * followed.
 */
#include "check.h"

#include <string.h>

#define AHEAD 16 /* names between the request for a bucket and its use */

/* What is counted while the records go by, of one frontend. */
struct tally {
	uint32_t names;
	uint64_t exact[2], one[2], any[2];
};

/* The names whose buckets are being fetched. */
struct fetched {
	const struct tbl_namerec *record[AHEAD];
	uint64_t hash[AHEAD];
	unsigned n;
};

/* Sixteen octets at a time. */
typedef uint8_t octets __attribute__((vector_size(16)));

/* The first n of them. */
static octets first(unsigned n)
{
	static const uint8_t edge[32] = {255, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 255, 255, 255, 255};
	octets x;

	memcpy(&x, edge + 16 - (n < 16 ? n : 16), sizeof(x));
	return x;
}

/* Four slots at a time. */
typedef uint32_t quad __attribute__((vector_size(16)));

static int any(quad x)
{
	uint64_t half[2];

	memcpy(half, &x, sizeof(half));
	return (half[0] | half[1]) != 0;
}

/* Together less than 256. */
static unsigned sum(octets x)
{
	uint64_t half[2];

	memcpy(half, &x, sizeof(half));
	return (half[0] + half[1]) * 0x0101010101010101u >> 56;
}

/* Is none of the dots more than 63 octets after the one before? */
static int labels_short(const char *name, unsigned len)
{
	unsigned i, start = 0;

	for (i = 0; i <= len; i++)
		if (i == len || name[i] == '.') {
			if (i - start > 63)
				return 0;
			start = i + 1;
		}
	return 1;
}

/* The number of labels of a well-formed name, else 0.  A name of at most 253
 * octets has at most 127.  The last load may go past the name, but stays in the
 * table: FRONTEND, which is not empty, follows.  The octet before a name is a
 * record's zero or the dot of "*.". */
static unsigned labels(const char *name, unsigned len)
{
	octets bad = {0}, dots = {0};
	unsigned i;

	if (!len || name[0] == '.' || name[len - 1] == '.')
		return 0;
	for (i = 0; i < len; i += 16) {
		octets own = first(len - i), w, before, dot, letter, other;

		memcpy(&w, name + i, sizeof(w));
		memcpy(&before, name + i - 1, sizeof(before));
		letter = (octets)(w - 'a' <= 'z' - 'a');
		other = ((octets)(w - '-' <= '9' - '-') & (octets)(w != '/')) |
			(octets)(w == '_');
		dot = (octets)(w == '.') & own;
		bad |= (own & ~(letter | other)) |
			(dot & (octets)(before == '.'));
		dots -= dot;
	}
	if (any((quad)bad) || (len > 63 && !labels_short(name, len)))
		return 0;
	return 1 + sum(dots);
}

static int count_key(struct tally *y, const char *key, unsigned len)
{
	uint64_t *mask = y->exact;
	unsigned depth;

	if (len >= 3 && key[0] == '*') {
		unsigned skip = key[1] == '*' ? 3 : 2;

		if (key[skip - 1] != '.')
			return 0;
		mask = skip == 3 ? y->any : y->one;
		key += skip;
		len -= skip;
	}
	depth = labels(key, len);
	mask[depth / 64] |= 1ull << (depth % 64);
	y->names++;
	return depth != 0;
}

/* Does the tally of the frontend agree with what it says of itself? */
static enum table_error settle(
	struct check *c, uint32_t frontend, const struct tally *y)
{
	const struct tbl_frontend *f = &c->t->frontend[frontend];

	if (f->name_count != y->names)
		return check_fail(
			c, TABLE_FRONTEND_NAMES, TBL_FRONTEND, &f->name_count);
	if (memcmp(f->exact_depth, y->exact, sizeof(y->exact)) ||
		memcmp(f->one_depth, y->one, sizeof(y->one)) ||
		memcmp(f->any_depth, y->any, sizeof(y->any)))
		return check_fail(
			c, TABLE_FRONTEND_DEPTHS, TBL_FRONTEND, f->exact_depth);
	return TABLE_OK;
}

/* Length, padding and reserved octet; left is what the section still has. */
static int record_fits(const struct tbl_namerec *r, uint32_t left)
{
	uint32_t size, used, last;

	if (left < sizeof(*r))
		return 0;
	size = table_name_size(r);
	if (!r->len || r->len > TBL_NAME_MAX || r->zero || size > left)
		return 0;
	used = r->len % 4;
	memcpy(&last, (const uint8_t *)r + size - 4, sizeof(last));
	return !used || !(last >> 8 * used);
}

/* Does the slot's offset lead to the same key?  Nothing is known of the offset
 * yet; in a sound table it is a record's. */
static int same_key(
	const struct table *t, const struct tbl_namerec *r, uint32_t off)
{
	const struct tbl_namerec *o =
		(const void *)(t->namerec + (uint64_t)off * 4);
	uint64_t left = t->namerec_size - (uint64_t)off * 4;

	return left >= sizeof(*o) && left >= table_name_size(o) &&
		o->len == r->len && o->frontend == r->frontend &&
		!memcmp(o + 1, r + 1, r->len);
}

/* What a bucket says about a tag and an offset. */
enum saying { NOTHING, OWN, OTHER };

static enum saying ask(const struct tbl_bucket *k, uint32_t tag, uint32_t off)
{
	quad own = {0}, other = {0}, tags, offs, same;
	unsigned i;

	for (i = 0; i < 8; i += 4) {
		memcpy(&tags, k->tag + i, sizeof(tags));
		memcpy(&offs, k->off + i, sizeof(offs));
		same = (quad)(tags == tag);
		own |= same & (quad)(offs == off);
		other |= same & (quad)(offs != off);
	}
	return any(other) ? OTHER : any(own) ? OWN : NOTHING;
}

/* A bucket where another slot has the record's tag: a rare accident, the same
 * name again, or nonsense.  *own: the record's own slot is there too. */
static enum table_error look_closely(struct check *c,
	const struct tbl_bucket *k, const struct tbl_namerec *r, uint32_t tag,
	uint32_t off, int *own)
{
	const struct table *t = c->t;
	unsigned i;

	for (i = 0; i < 8; i++) {
		if (k->tag[i] != tag)
			continue;
		if (k->off[i] == off) {
			*own = 1;
			return TABLE_OK;
		}
		if (k->off[i] >= t->namerec_size / 4)
			return check_fail(
				c, TABLE_REFERENCE, TBL_NAMEIDX, &k->off[i]);
		if (same_key(t, r, k->off[i]))
			return check_fail(c, TABLE_DUPLICATE, TBL_NAMEREC, r);
	}
	return TABLE_OK;
}

/* Probes as table_find does, for the slot that points at this very record. */
static enum table_error find(struct check *c, const struct tbl_namerec *r,
	uint64_t hash, uint32_t *longest)
{
	const struct table *t = c->t;
	uint32_t off = (uint32_t)(((const uint8_t *)r - t->namerec) / 4);
	uint32_t tag = table_hash_tag(hash), probe;
	uint32_t b = table_hash_home(hash, t->bucket_count);
	enum table_error e = TABLE_OK;

	for (probe = 1; probe <= t->header->max_probe; probe++) {
		const struct tbl_bucket *k = &t->bucket[b];
		enum saying what = ask(k, tag, off);
		int own = what == OWN;

		if (what == OTHER)
			e = look_closely(c, k, r, tag, off, &own);
		if (e)
			return e;
		if (own) {
			if (probe > *longest)
				*longest = probe;
			return TABLE_OK;
		}
		if (!k->tag[7])
			break;
		if (++b == t->bucket_count)
			b = 0;
	}
	return check_fail(c, TABLE_INDEX_SLOT, TBL_NAMEREC, r);
}

static enum table_error flush(
	struct check *c, struct fetched *q, uint32_t *longest)
{
	enum table_error e = TABLE_OK;
	unsigned i;

	for (i = 0; !e && i < q->n; i++)
		e = find(c, q->record[i], q->hash[i], longest);
	q->n = 0;
	return e;
}

static void enqueue(
	const struct check *c, struct fetched *q, const struct tbl_namerec *r)
{
	const struct table *t = c->t;
	uint64_t hash = table_key_hash(
		t->header->hash_seed, r->frontend, table_name_key(r), r->len);

	__builtin_prefetch(&t->bucket[table_hash_home(hash, t->bucket_count)]);
	q->hash[q->n] = hash;
	q->record[q->n++] = r;
}

static enum table_error record(struct check *c, const struct tbl_namerec *r,
	uint32_t left, uint32_t *frontend, struct tally *y)
{
	const struct table *t = c->t;
	enum table_error e;

	if (!record_fits(r, left))
		return check_fail(c, TABLE_NAME_RECORD, TBL_NAMEREC, r);
	if (r->list >= t->list_count || r->frontend >= t->frontend_count)
		return check_fail(c, TABLE_REFERENCE, TBL_NAMEREC, r);
	if (r->frontend < *frontend)
		return check_fail(
			c, TABLE_NAME_ORDER, TBL_NAMEREC, &r->frontend);
	for (; *frontend < r->frontend; ++*frontend) {
		e = settle(c, *frontend, y);
		if (e)
			return e;
		memset(y, 0, sizeof(*y));
	}
	if (!count_key(y, table_name_key(r), r->len))
		return check_fail(c, TABLE_NAME_KEY, TBL_NAMEREC, r + 1);
	return TABLE_OK;
}

/* The records from first to last; *longest is the longest probe for one. */
static enum table_error records(struct check *c, uint32_t *longest)
{
	const struct table *t = c->t;
	uint32_t off = 0, frontend = 0, count = 0;
	struct tally y = {0};
	struct fetched q;
	enum table_error e = TABLE_OK;

	q.n = 0;
	while (!e && off < t->namerec_size) {
		const struct tbl_namerec *r = (const void *)(t->namerec + off);

		e = record(c, r, t->namerec_size - off, &frontend, &y);
		if (e)
			return e;
		if (++count > t->header->name_count)
			return check_fail(c, TABLE_NAME_COUNT, TBL_NAMEREC, r);
		enqueue(c, &q, r);
		if (q.n == AHEAD)
			e = flush(c, &q, longest);
		off += table_name_size(r);
	}
	if (!e)
		e = flush(c, &q, longest);
	if (!e && count != t->header->name_count)
		e = check_fail(c, TABLE_NAME_COUNT, 0, &t->header->name_count);
	for (; !e && frontend < t->frontend_count; frontend++) {
		e = settle(c, frontend, &y);
		memset(&y, 0, sizeof(y));
	}
	return e;
}

/* Free slots last and zero; how many are not free? */
static enum table_error buckets(struct check *c, uint64_t *occupied)
{
	const struct table *t = c->t;
	uint32_t b;

	for (b = 0; b < t->bucket_count; b++) {
		const struct tbl_bucket *k = &t->bucket[b];
		unsigned i, used = 0, bad = 0;

		for (i = 0; i < 8; i++) {
			used += k->tag[i] != 0;
			bad |= !k->tag[i] && k->off[i];
		}
		for (i = 0; i < 7; i++)
			bad |= !k->tag[i] && k->tag[i + 1];
		if (bad)
			return check_fail(c, TABLE_INDEX_PACK, TBL_NAMEIDX, k);
		*occupied += used;
	}
	return TABLE_OK;
}

/* NAMEREC's count is not one of equal elements, so that the directory's has
 * not been looked at yet. */
static enum table_error counts(struct check *c, uint64_t occupied)
{
	const struct tbl_header *h = c->t->header;
	const struct tbl_dirent *d = (const void *)(h + 1);

	while (d->type != TBL_NAMEREC)
		d++;
	if (d->count != h->name_count)
		return check_fail(c, TABLE_NAME_COUNT, 0, &d->count);
	if (occupied != h->name_count)
		return check_fail(
			c, TABLE_INDEX_COUNT, TBL_NAMEIDX, c->t->bucket);
	return TABLE_OK;
}

enum table_error check_names(struct check *c)
{
	const struct tbl_header *h = c->t->header;
	uint32_t longest = 0;
	uint64_t occupied = 0;
	enum table_error e;

	if (h->max_probe > TBL_PROBE_MAX)
		return check_fail(c, TABLE_MAX_PROBE, 0, &h->max_probe);
	e = buckets(c, &occupied);
	if (!e)
		e = counts(c, occupied);
	if (!e)
		e = records(c, &longest);
	if (!e && longest != h->max_probe)
		e = check_fail(c, TABLE_MAX_PROBE, 0, &h->max_probe);
	return e;
}
