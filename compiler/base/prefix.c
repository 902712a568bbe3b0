/*
 * Address prefixes and canonical sets of them: parsing, printing, algebra.
 * check.c turns source terms into one set with it; the verifier splits and
 * compares prefixes with it; lints ask containment.  A canonical set is sorted
 * by (family, address, length), has no element inside another and no two
 * siblings that could be one, so two sets are equal iff their arrays are.
 */
#include "prefix.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "runtime/table/table.h"

unsigned prefix_width(uint8_t family)
{
	return family == TBL_V4 ? 32 : 128;
}

/* Bit i from the front. */
static unsigned bit(const uint8_t addr[16], unsigned i)
{
	return addr[i / 8] >> (7 - i % 8) & 1;
}

/* How many leading bits two addresses share, at most `limit`. */
static unsigned common(const uint8_t a[16], const uint8_t b[16], unsigned limit)
{
	unsigned i = 0;

	while (i + 8 <= limit && a[i / 8] == b[i / 8])
		i += 8;
	while (i < limit && bit(a, i) == bit(b, i))
		i++;
	return i;
}

void prefix_mask(uint8_t addr[16], unsigned len)
{
	unsigned whole = len / 8;

	if (len % 8) {
		addr[whole] &= (uint8_t)(0xff << (8 - len % 8));
		whole++;
	}
	memset(addr + whole, 0, 16 - whole);
}

/* The lower (0) or upper (1) half. */
static struct m_prefix half(const struct m_prefix *p, unsigned which)
{
	struct m_prefix h = *p;

	if (which)
		h.addr[p->len / 8] |= (uint8_t)(0x80 >> p->len % 8);
	h.len++;
	return h;
}

/* "0".."128" without leading zeros, or -1. */
static int parse_length(const char *s, size_t n)
{
	int v = 0;

	if (n == 0 || n > 3 || (n > 1 && s[0] == '0'))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (s[i] - '0');
	}
	return v;
}

/* Inside ::ffff:0:0/96 (RFC 4291, 2.5.5.2)? */
static int mapped(const struct m_prefix *p)
{
	static const uint8_t block[12] = {[10] = 0xff, [11] = 0xff};

	return p->family == TBL_V6 && p->len >= 96 &&
		memcmp(p->addr, block, 12) == 0;
}

/* A v4-mapped client is a v4 client everywhere (route.h), so such a prefix
 * means the v4 prefix it maps. */
static void unmap(struct m_prefix *p)
{
	if (!mapped(p))
		return;
	memmove(p->addr, p->addr + 12, 4);
	memset(p->addr + 4, 0, 12);
	p->family = TBL_V4;
	p->len = (uint8_t)(p->len - 96);
}

enum prefix_parse prefix_parse(
	const char *text, size_t len, struct m_prefix *out)
{
	const char *slash = memchr(text, '/', len);
	size_t host = slash ? (size_t)(slash - text) : len;
	struct m_prefix p = {0};
	uint8_t before[16];
	char buf[64];
	int n;

	if (host == 0 || host >= sizeof(buf) || memchr(text, '\0', len))
		return PREFIX_BAD;
	memcpy(buf, text, host);
	buf[host] = '\0';
	p.family = strchr(buf, ':') ? TBL_V6 : TBL_V4;
	if (inet_pton(p.family == TBL_V6 ? AF_INET6 : AF_INET, buf, p.addr) !=
		1)
		return PREFIX_BAD;
	n = (int)prefix_width(p.family);
	if (slash) {
		int want = parse_length(slash + 1, len - host - 1);

		if (want < 0 || want > n)
			return PREFIX_BAD;
		n = want;
	}
	p.len = (uint8_t)n;
	memcpy(before, p.addr, 16);
	prefix_mask(p.addr, p.len);
	n = memcmp(before, p.addr, 16);
	unmap(&p);
	*out = p;
	return n ? PREFIX_HOST_BITS : PREFIX_OK;
}

const char *prefix_text(const struct m_prefix *p, char *buf)
{
	int family = p->family == TBL_V4 ? AF_INET : AF_INET6;

	if (!inet_ntop(family, p->addr, buf, 64))
		snprintf(buf, 64, "?");
	else if (p->len != prefix_width(p->family))
		snprintf(buf + strlen(buf), 8, "/%u", p->len);
	return buf;
}

int prefix_contains(const struct m_prefix *outer, const struct m_prefix *inner)
{
	return outer->family == inner->family && outer->len <= inner->len &&
		common(outer->addr, inner->addr, outer->len) == outer->len;
}

/* v4 first, then by address; a prefix comes before what it contains. */
int prefix_cmp(const struct m_prefix *a, const struct m_prefix *b)
{
	int c;

	if (a->family != b->family)
		return a->family == TBL_V4 ? -1 : 1;
	c = memcmp(a->addr, b->addr, 16);
	return c ? c : (int)a->len - (int)b->len;
}

static int cmp_void(const void *a, const void *b)
{
	return prefix_cmp(a, b);
}

static int siblings(const struct m_prefix *a, const struct m_prefix *b)
{
	return a->family == b->family && a->len == b->len && a->len > 0 &&
		common(a->addr, b->addr, a->len) == a->len - 1u;
}

/* v[0..n) is canonical and before p: let p in. */
static size_t push(struct m_prefix *v, size_t n, struct m_prefix p)
{
	if (n && prefix_contains(&v[n - 1], &p))
		return n;
	while (n && siblings(&v[n - 1], &p)) {
		p = v[--n];
		p.len--;
	}
	v[n] = p;
	return n + 1;
}

void prefix_canonical(struct prefix_vec *s)
{
	size_t n = 0;

	if (s->n == 0)
		return;
	qsort(s->v, s->n, sizeof(*s->v), cmp_void);
	for (size_t i = 0; i < s->n; i++)
		n = push(s->v, n, s->v[i]);
	s->n = n;
}

static void add(struct arena *a, struct prefix_vec *s, const struct m_prefix *p)
{
	if (s->n == s->cap)
		s->v = arena_grow(a, &s->v, s->n, &s->cap, sizeof(*s->v));
	s->v[s->n++] = *p;
}

struct prefix_vec prefix_union(
	struct arena *a, const struct prefix_vec *x, const struct prefix_vec *y)
{
	struct prefix_vec out = {0};
	size_t i = 0, j = 0;

	out.cap = x->n + y->n;
	out.v = arena_alloc(a, (out.cap ? out.cap : 1) * sizeof(*out.v));
	while (i < x->n || j < y->n) {
		int left = j == y->n ||
			(i < x->n && prefix_cmp(&x->v[i], &y->v[j]) <= 0);

		out.n = push(out.v, out.n, left ? x->v[i++] : y->v[j++]);
	}
	return out;
}

struct prefix_vec prefix_intersect(
	struct arena *a, const struct prefix_vec *x, const struct prefix_vec *y)
{
	struct prefix_vec out = {0};
	size_t i = 0, j = 0;

	while (i < x->n && j < y->n) {
		if (prefix_contains(&x->v[i], &y->v[j]))
			add(a, &out, &y->v[j++]);
		else if (prefix_contains(&y->v[j], &x->v[i]))
			add(a, &out, &x->v[i++]);
		else if (prefix_cmp(&x->v[i], &y->v[j]) < 0)
			i++;
		else
			j++;
	}
	return out;
}

/* p minus holes[0..n), all of which lie inside p, into out.  What is left of
 * the v4-mapped block matches nobody and is left out: written down, it would
 * read as v4. */
static void subtract(struct arena *a, struct prefix_vec *out,
	const struct m_prefix *p, const struct m_prefix *holes, size_t n)
{
	struct m_prefix left, right;
	size_t k = 0;

	if (n == 0) {
		if (!mapped(p))
			add(a, out, p);
		return;
	}
	if (holes[0].len == p->len)
		return;
	left = half(p, 0);
	right = half(p, 1);
	while (k < n && !bit(holes[k].addr, p->len))
		k++;
	subtract(a, out, &left, holes, k);
	subtract(a, out, &right, holes + k, n - k);
}

struct prefix_vec prefix_minus(
	struct arena *a, const struct prefix_vec *x, const struct prefix_vec *y)
{
	struct prefix_vec out = {0};
	size_t j = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct m_prefix *p = &x->v[i];
		size_t k;

		while (j < y->n && prefix_cmp(&y->v[j], p) < 0 &&
			!prefix_contains(&y->v[j], p))
			j++;
		if (j < y->n && prefix_contains(&y->v[j], p))
			continue;
		for (k = j; k < y->n && prefix_contains(p, &y->v[k]); k++)
			;
		subtract(a, &out, p, y->v ? y->v + j : NULL, k - j);
		j = k;
	}
	return out;
}

struct prefix_vec prefix_complement(struct arena *a, const struct prefix_vec *x)
{
	struct m_prefix both[2] = {{.family = TBL_V4}, {.family = TBL_V6}};
	struct prefix_vec all = {.v = both, .n = 2};

	return prefix_minus(a, &all, x);
}

int prefix_covers(
	const struct m_prefix *v, size_t n, const struct m_prefix *address)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (prefix_cmp(&v[mid], address) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo > 0 && prefix_contains(&v[lo - 1], address);
}
