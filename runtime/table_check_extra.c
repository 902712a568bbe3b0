/*
 * The validator's pass over EXTRA, what few policies set (invariant 58).  See
 * table_check.h.
 */
#include "table_check.h"

static int all_zero(const uint8_t *p, size_t n)
{
	while (n)
		if (p[--n])
			return 0;
	return 1;
}

static int bare(const struct tbl_extra *x)
{
	return !x->family && all_zero(x->addr, sizeof(x->addr));
}

static int fits(const struct tbl_extra *x)
{
	switch (x->kind) {
	case TBL_EXTRA_KEEPALIVE:
		return x->value <= TBL_KEEPALIVE_MAX && bare(x);
	case TBL_EXTRA_CHECK_SNI:
		return x->value && bare(x);
	default:
		return !x->value && (x->family == TBL_V6 ||
			(x->family == TBL_V4 && all_zero(x->addr + 4, 12)));
	}
}

/* a may stand before b. */
static int ascend(const struct tbl_extra *a, const struct tbl_extra *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->of < b->of ||
		(a->of == b->of && a->kind == TBL_EXTRA_SOURCE);
}

static enum table_error row(struct check *c, const struct tbl_extra *x)
{
	const struct table *t = c->t;
	uint32_t count = x->kind == TBL_EXTRA_KEEPALIVE ? t->limit_count :
							   t->backend_count;

	if (x->kind < TBL_EXTRA_KEEPALIVE || x->kind > TBL_EXTRA_SOURCE)
		return check_fail(c, TABLE_VALUE, TBL_EXTRA, x);
	if (!all_zero(x->zero, sizeof(x->zero)))
		return check_fail(c, TABLE_RESERVED, TBL_EXTRA, x);
	if (x->of >= count)
		return check_fail(c, TABLE_REFERENCE, TBL_EXTRA, x);
	if (x->kind == TBL_EXTRA_CHECK_SNI && !check_str(c, x->value))
		return check_fail(c, TABLE_STRING, TBL_EXTRA, x);
	if (!fits(x))
		return check_fail(c, TABLE_EXTRA, TBL_EXTRA, x);
	return TABLE_OK;
}

enum table_error check_extra(struct check *c)
{
	const struct table *t = c->t;
	enum table_error e;
	uint32_t i;

	for (i = 0; i < t->extra_count; i++) {
		e = row(c, &t->extra[i]);
		if (!e && i && !ascend(&t->extra[i - 1], &t->extra[i]))
			e = check_fail(c, TABLE_EXTRA, TBL_EXTRA, &t->extra[i]);
		if (e)
			return e;
	}
	return TABLE_OK;
}
