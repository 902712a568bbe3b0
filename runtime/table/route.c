/*
 * The decision: which clause of a checked table applies to a client.  Called
 * by tlsd once a connection, by tlsc for match, test and verify --deep.  Pure;
 * allocates nothing; the work is bounded by the labels of the name times the
 * depths at which the frontend has wildcards, plus its clauses.
 */
#include "route.h"

#include <string.h>

#include "grammar/words.h"
#include "wire.h"

#define LABELS 127 /* of a name of 253 octets, at most */

/* A lower-case copy of the queried name with room for "**." before it. */
struct name {
	char text[3 + 256];
	unsigned len;
	unsigned labels;
};

static void fold(struct name *n, const char *sni, unsigned len)
{
	unsigned i;

	n->len = len;
	n->labels = 1;
	for (i = 0; i < len; i++) {
		char c = sni[i];

		n->text[3 + i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		n->labels += c == '.';
	}
}

static int has_depth(const uint64_t mask[2], unsigned depth)
{
	return depth <= LABELS && mask[depth / 64] >> (depth % 64) & 1;
}

/* The key of a suffix is made in place, by overwriting what comes before it:
 * the labels in front are not needed any more, as the search goes from left to
 * right. */
static const struct tbl_namerec *find_wild(const struct table *t,
	uint16_t frontend, struct name *n, unsigned at, unsigned stars)
{
	char *key = n->text + 3 + at - 1 - stars;

	memset(key, '*', stars);
	return table_find(t, frontend, key, n->len - at + 1 + stars);
}

static const struct tbl_namerec *find_name(
	const struct table *t, const struct route_query *q)
{
	const struct tbl_frontend *f = &t->frontend[q->frontend];
	uint16_t frontend = (uint16_t)q->frontend;
	const struct tbl_namerec *r = NULL;
	struct name n;
	unsigned at, depth;

	if (!f->name_count)
		return NULL;
	fold(&n, q->sni, q->sni_len);
	if (has_depth(f->exact_depth, n.labels))
		r = table_find(t, frontend, n.text + 3, n.len);
	depth = n.labels;
	for (at = 1; !r && at <= n.len; at++) {
		if (n.text[3 + at - 1] != '.')
			continue;
		depth--;
		/* A label of one octet has just the room for "*." and, with
		 * what is before it, for "**.". */
		if (depth == n.labels - 1 && has_depth(f->one_depth, depth))
			r = find_wild(t, frontend, &n, at, 1);
		if (!r && has_depth(f->any_depth, depth))
			r = find_wild(t, frontend, &n, at, 2);
	}
	return r;
}

uint32_t route_list(const struct table *t, const struct route_query *q,
	const struct tbl_namerec **rec)
{
	const struct tbl_frontend *f = &t->frontend[q->frontend];
	const struct tbl_namerec *r = NULL;
	uint32_t list;

	if (q->sni_kind == ROUTE_SNI_MALFORMED) {
		list = f->malformed;
	} else if (q->sni_kind == ROUTE_SNI_NONE) {
		list = f->no_sni;
	} else {
		r = find_name(t, q);
		list = r ? r->list : f->default_;
	}
	if (rec)
		*rec = r;
	return list;
}

static int compare(
	uint8_t family, const uint8_t *addr, const struct tbl_prefix *p)
{
	if (family != p->family)
		return family < p->family ? -1 : 1;
	return memcmp(addr, p->addr, family == TBL_V4 ? 4 : 16);
}

static int within(const uint8_t *addr, const struct tbl_prefix *p)
{
	unsigned whole = p->len / 8, bits = p->len % 8;

	return !memcmp(addr, p->addr, whole) &&
		(!bits || !((addr[whole] ^ p->addr[whole]) >> (8 - bits)));
}

/* The prefixes are disjoint: only the last one that begins at or before the
 * address can hold it. */
int route_source_in(const struct table *t, uint32_t first, uint32_t count,
	uint8_t family, const uint8_t addr[16])
{
	const struct tbl_prefix *p = t->src + first;
	uint32_t low = 0, high = count;

	if (family != TBL_V4 && family != TBL_V6)
		return 0;
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare(family, addr, &p[mid]) < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return low && p[low - 1].family == family && within(addr, &p[low - 1]);
}

/* A version above those we know can only be a legacy_version, which then means
 * TLS 1.2 (RFC 8446 4.2.1). */
uint8_t route_tls_bit(uint16_t version)
{
	for (size_t i = 0; i < WORDS_TLS; i++)
		if (words_tls[i].wire == version)
			return words_tls[i].bit;
	return version < TLS10 ? 0x01 : 0x04;
}

static enum route_failed test(const struct table *t, const struct tbl_clause *c,
	const struct route_query *q)
{
	if (c->src_test != TBL_SRC_ANY &&
		route_source_in(t, c->src_first, c->src_count, q->family,
			q->addr) != (c->src_test == TBL_SRC_IN))
		return ROUTE_SOURCE;
	if ((q->alpn & c->alpn_need) != c->alpn_need ||
		(q->alpn & c->alpn_deny))
		return ROUTE_ALPN;
	if (!(c->tls_mask & q->tls_bit))
		return ROUTE_TLS;
	return ROUTE_APPLIES;
}

/* The first clause that applies, or TBL_NONE. */
static uint32_t first_of(const struct table *t, uint32_t first, uint32_t count,
	const struct route_query *q, route_trace_fn *trace, void *arg)
{
	uint32_t i;

	for (i = first; i < first + count; i++) {
		enum route_failed failed = test(t, &t->clause[i], q);

		if (trace)
			trace(arg, i, failed);
		if (failed == ROUTE_APPLIES)
			return i;
	}
	return TBL_NONE;
}

void route_decide(const struct table *t, const struct route_query *q,
	struct route_decision *d, route_trace_fn *trace, void *arg)
{
	const struct tbl_frontend *f = &t->frontend[q->frontend];
	const struct tbl_list *l;
	uint32_t own = TBL_NONE;

	d->list = route_list(t, q, NULL);
	l = &t->list[d->list];
	if (q->sni_kind != ROUTE_SNI_MALFORMED)
		own = first_of(t, f->pre_first, f->pre_count, q, trace, arg);
	d->own = own != TBL_NONE;
	d->clause =
		d->own ? own : first_of(t, l->first, l->count, q, trace, arg);
	/* A list's last clause is unconditional (invariant 40), but holds only
	 * for a query with a version class. */
	if (d->clause == TBL_NONE)
		d->clause = l->first + l->count - 1;
	d->action = t->clause[d->clause].action;
}
