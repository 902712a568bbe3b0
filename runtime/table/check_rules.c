/*
 * The validator's passes over the rules: address sets, clauses, lists,
 * frontends and listeners, and over what explains them: source map, inputs,
 * tests (invariants 35 to 40, 52 to 54).  See check.h.
 */
#include "check.h"

#include <string.h>

#include "grammar/words.h"

int check_prefix_fits(uint8_t family, unsigned len, const uint8_t addr[16])
{
	unsigned i = len / 8;

	if ((family != TBL_V4 && family != TBL_V6) ||
		len > (family == TBL_V4 ? 32 : 128))
		return 0;
	if (len % 8 && addr[i++] & 0xff >> len % 8)
		return 0;
	for (; i < 16; i++)
		if (addr[i])
			return 0;
	return 1;
}

static int bit(const uint8_t *addr, unsigned i)
{
	return addr[i / 8] >> (7 - i % 8) & 1;
}

/* Do the first n bits agree? */
static int agree(const uint8_t *a, const uint8_t *b, unsigned n)
{
	unsigned whole = n / 8, rest = n % 8;

	return !memcmp(a, b, whole) &&
		(!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

/* Neighbours of one set: ascending, disjoint, not two halves of one prefix.
 * Since addresses ascend and host bits are zero, only the former could hold
 * the latter. */
static int ordered(const struct tbl_prefix *a, const struct tbl_prefix *b)
{
	if (a->family != b->family)
		return a->family == TBL_V4;
	if (memcmp(a->addr, b->addr, sizeof(a->addr)) >= 0 ||
		agree(a->addr, b->addr, a->len))
		return 0;
	return a->len != b->len || !agree(a->addr, b->addr, a->len - 1u) ||
		bit(a->addr, a->len - 1u);
}

static enum table_error sets(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->src_count; i++) {
		const struct tbl_prefix *p = &t->src[i];
		uint32_t before = i ? p[-1].set : 0;

		if (p->zero)
			return check_fail(c, TABLE_RESERVED, TBL_SRC, p);
		if (!check_prefix_fits(p->family, p->len, p->addr))
			return check_fail(c, TABLE_PREFIX, TBL_SRC, p);
		if (i ? p->set != before && p->set != before + 1 : p->set)
			return check_fail(c, TABLE_SET_NUMBER, TBL_SRC, p);
		if (i && p->set == before && !ordered(p - 1, p))
			return check_fail(c, TABLE_SET_ORDER, TBL_SRC, p);
	}
	return TABLE_OK;
}

static enum table_error clauses(struct check *c)
{
	const struct table *t = c->t;
	uint64_t none = t->alpn_count < 64 ? ~0ull << t->alpn_count : 0;
	uint32_t i;

	for (i = 0; i < t->clause_count; i++) {
		const struct tbl_clause *p = &t->clause[i];

		if (p->src_test > TBL_SRC_NOT_IN)
			return check_fail(
				c, TABLE_VALUE, TBL_CLAUSE, &p->src_test);
		if (p->zero)
			return check_fail(
				c, TABLE_RESERVED, TBL_CLAUSE, &p->zero);
		if (!check_set(c, p->src_first, p->src_count) ||
			(p->src_test == TBL_SRC_ANY && p->src_count))
			return check_fail(
				c, TABLE_SET_RANGE, TBL_CLAUSE, &p->src_first);
		if ((p->alpn_need | p->alpn_deny) & none || !p->tls_mask ||
			p->tls_mask & ~TLSV_ALL)
			return check_fail(c, TABLE_CLAUSE, TBL_CLAUSE, p);
		if (p->action >= t->action_count)
			return check_fail(
				c, TABLE_REFERENCE, TBL_CLAUSE, &p->action);
	}
	return TABLE_OK;
}

static int unconditional(const struct tbl_clause *p)
{
	return p->src_test == TBL_SRC_ANY && !p->alpn_need && !p->alpn_deny &&
		p->tls_mask == TLSV_ALL;
}

/* CLAUSE is the lists' runs, then the frontends'; *next is where those begin.
 */
static enum table_error lists(struct check *c, uint32_t *next)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->list_count; i++) {
		const struct tbl_list *l = &t->list[i];

		if (!check_run(next, l->first, l->count, t->clause_count))
			return check_fail(c, TABLE_RUN, TBL_LIST, l);
		if (!l->count || !unconditional(&t->clause[*next - 1]))
			return check_fail(c, TABLE_LIST_OPEN, TBL_LIST, l);
		if (!check_str(c, l->route_str))
			return check_fail(c, TABLE_STRING, TBL_LIST, l);
		if (!l->route_str)
			return check_fail(c, TABLE_STRING_EMPTY, TBL_LIST, l);
		if (!check_name_text(c, l->route_str))
			return check_fail(c, TABLE_NAME_TEXT, TBL_LIST, l);
	}
	return TABLE_OK;
}

/* Without a hello there is nothing to decrypt, to enforce or to test. */
static int malformed_fits(const struct table *t, const struct tbl_list *l)
{
	const struct tbl_action *a = &t->action[t->clause[l->first].action];

	return l->count == 1 && a->enforce == TBL_NONE &&
		(a->mode == MODE_REJECT || a->mode == MODE_PASSTHROUGH);
}

static enum table_error frontend(
	struct check *c, const struct tbl_frontend *f, uint32_t *next)
{
	const struct table *t = c->t;

	if (!check_str(c, f->name_str))
		return check_fail(c, TABLE_STRING, TBL_FRONTEND, f);
	if (!f->name_str)
		return check_fail(c, TABLE_STRING_EMPTY, TBL_FRONTEND, f);
	if (!check_name_text(c, f->name_str))
		return check_fail(c, TABLE_NAME_TEXT, TBL_FRONTEND, f);
	if (!check_run(next, f->pre_first, f->pre_count, t->clause_count))
		return check_fail(c, TABLE_RUN, TBL_FRONTEND, &f->pre_first);
	if (f->no_sni >= t->list_count || f->default_ >= t->list_count ||
		f->malformed >= t->list_count || f->limit >= t->limit_count)
		return check_fail(c, TABLE_REFERENCE, TBL_FRONTEND, &f->no_sni);
	if (!malformed_fits(t, &t->list[f->malformed]))
		return check_fail(
			c, TABLE_MALFORMED_ARM, TBL_FRONTEND, &f->malformed);
	if (!check_set(c, f->proxy_first, f->proxy_count))
		return check_fail(
			c, TABLE_SET_RANGE, TBL_FRONTEND, &f->proxy_first);
	return TABLE_OK;
}

/* Frontends are numbered with 16 bits in name records. */
static enum table_error frontends(struct check *c, uint32_t *next)
{
	const struct table *t = c->t;
	enum table_error e;
	uint32_t i;

	if (!t->frontend_count || t->frontend_count > 65536)
		return check_fail(
			c, TABLE_ELEM_COUNT, TBL_FRONTEND, t->frontend);
	for (i = 0; i < t->frontend_count; i++) {
		e = frontend(c, &t->frontend[i], next);
		if (e)
			return e;
	}
	if (*next != t->clause_count)
		return check_fail(c, TABLE_RUN, TBL_CLAUSE, &t->clause[*next]);
	return TABLE_OK;
}

static int listener_fits(const struct tbl_listener *l)
{
	static const uint8_t none[16];

	switch (l->family) {
	case TBL_V4:
		return l->port && !l->path_str &&
			!memcmp(l->addr + 4, none, 12);
	case TBL_V6:
		return l->port && !l->path_str;
	case TBL_UNIX:
		return !l->port && l->path_str && !memcmp(l->addr, none, 16);
	default:
		return 0;
	}
}

static enum table_error listeners(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i, before = 0;

	for (i = 0; i < t->listener_count; i++) {
		const struct tbl_listener *l = &t->listener[i];

		if (l->zero ||
			l->flags & ~(t->site_count ? TBL_LISTENER_CLEAR : 0))
			return check_fail(c, TABLE_RESERVED, TBL_LISTENER, l);
		if (l->frontend >= t->frontend_count)
			return check_fail(c, TABLE_REFERENCE, TBL_LISTENER, l);
		if (!check_str(c, l->path_str))
			return check_fail(c, TABLE_STRING, TBL_LISTENER, l);
		if (!listener_fits(l) || l->frontend < before)
			return check_fail(c, TABLE_LISTENER, TBL_LISTENER, l);
		before = l->frontend;
	}
	return TABLE_OK;
}

static enum table_error source_map(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	if (t->srcmap_count &&
		t->srcmap_count != (uint64_t)t->clause_count + t->cclause_count)
		return check_fail(c, TABLE_SRCMAP, TBL_SRCMAP, t->srcmap);
	for (i = 0; i < t->srcmap_count; i++)
		if (!check_str(c, t->srcmap[i].file_str))
			return check_fail(
				c, TABLE_STRING, TBL_SRCMAP, &t->srcmap[i]);
	return TABLE_OK;
}

static enum table_error inputs(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->input_count; i++) {
		const struct tbl_input *p = &t->input[i];

		if (p->kind < TBL_INPUT_FILE || p->kind > TBL_INPUT_COMPILER)
			return check_fail(c, TABLE_VALUE, TBL_PROVENANCE, p);
		if (p->zero)
			return check_fail(c, TABLE_RESERVED, TBL_PROVENANCE, p);
		if (!check_str(c, p->name_str) || !check_str(c, p->value_str))
			return check_fail(c, TABLE_STRING, TBL_PROVENANCE, p);
	}
	return TABLE_OK;
}

static enum table_error tests(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i;

	for (i = 0; i < t->text_count; i++) {
		const struct tbl_text *p = &t->text[i];

		if (p->kind != 1 && p->kind != 2)
			return check_fail(c, TABLE_VALUE, TBL_TESTS, p);
		if (!check_str(c, p->text_str) || !check_str(c, p->file_str))
			return check_fail(c, TABLE_STRING, TBL_TESTS, p);
	}
	return TABLE_OK;
}

enum table_error check_rules(struct check *c)
{
	static enum table_error (*const last[])(struct check *) = {
		listeners, source_map, inputs, tests};
	uint32_t next = 0;
	enum table_error e;
	size_t i;

	e = sets(c);
	if (!e)
		e = clauses(c);
	if (!e)
		e = lists(c, &next);
	if (!e)
		e = frontends(c, &next);
	for (i = 0; !e && i < sizeof(last) / sizeof(last[0]); i++)
		e = last[i](c);
	return e;
}
