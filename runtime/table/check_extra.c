/*
 * The validator's passes over EXTRA, rarely used settings (invariant 58), and
 * TRUST, what files of CAs hold (60).  See check.h.
 */
#include "check.h"

#include <string.h>

#include "grammar/words.h"

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
	case TBL_EXTRA_NOTE:
		return x->value && bare(x);
	case TBL_EXTRA_SEGMENT:
		return x->value && words_has(words_link, x->family) &&
			all_zero(x->addr, sizeof(x->addr));
	case TBL_EXTRA_PREFIX:
		return check_prefix_fits(x->family, x->value, x->addr);
	default:
		return !x->value &&
			(x->family == TBL_V6 ||
				(x->family == TBL_V4 &&
					all_zero(x->addr + 4, 12)));
	}
}

static int order(const struct tbl_extra *a, const struct tbl_extra *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->addr, b->addr, sizeof(a->addr));
}

/* b lies in a, which begins before it. */
static int within(const struct tbl_extra *a, const struct tbl_extra *b)
{
	unsigned whole = a->value / 8, rest = a->value % 8;

	return a->family == b->family && !memcmp(a->addr, b->addr, whole) &&
		(!rest || !((a->addr[whole] ^ b->addr[whole]) >> (8 - rest)));
}

/* a may come before b. */
static int ascend(const struct tbl_extra *a, const struct tbl_extra *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind;
	if (a->of != b->of)
		return a->of < b->of;
	return a->kind == TBL_EXTRA_SOURCE ||
		(a->kind == TBL_EXTRA_PREFIX && order(a, b) < 0 &&
			!within(a, b));
}

/* Rows whose value is a string's. */
static int has_string(const struct tbl_extra *x)
{
	return x->kind == TBL_EXTRA_CHECK_SNI || x->kind == TBL_EXTRA_NOTE ||
		x->kind == TBL_EXTRA_SEGMENT;
}

static enum table_error row(
	struct check *c, const struct tbl_extra *x, uint32_t count)
{
	if (x->kind < TBL_EXTRA_KEEPALIVE || x->kind > TBL_EXTRA_PREFIX)
		return check_fail(c, TABLE_VALUE, TBL_EXTRA, x);
	if (!all_zero(x->zero, sizeof(x->zero)))
		return check_fail(c, TABLE_RESERVED, TBL_EXTRA, x);
	if (x->of >= count)
		return check_fail(c, TABLE_REFERENCE, TBL_EXTRA, x);
	if (has_string(x) && !check_str(c, x->value))
		return check_fail(c, TABLE_STRING, TBL_EXTRA, x);
	if (!fits(x))
		return check_fail(c, TABLE_EXTRA, TBL_EXTRA, x);
	if (x->kind == TBL_EXTRA_SEGMENT && !check_name_text(c, x->value))
		return check_fail(c, TABLE_NAME_TEXT, TBL_EXTRA, x);
	return TABLE_OK;
}

/* Of segments seen so far each is the next. */
static uint32_t limit(
	const struct table *t, const struct tbl_extra *x, uint32_t segments)
{
	if (x->kind == TBL_EXTRA_KEEPALIVE)
		return t->limit_count;
	if (x->kind < TBL_EXTRA_SEGMENT)
		return t->backend_count;
	return segments;
}

enum table_error check_extra(struct check *c)
{
	const struct table *t = c->t;
	uint32_t i, segments = 0;
	enum table_error e;

	for (i = 0; i < t->extra_count; i++) {
		const struct tbl_extra *x = &t->extra[i];

		segments += x->kind == TBL_EXTRA_SEGMENT;
		e = row(c, x, limit(t, x, segments));
		if (!e && i && !ascend(x - 1, x))
			e = check_fail(c, TABLE_EXTRA, TBL_EXTRA, x);
		if (!e && x->kind == TBL_EXTRA_SEGMENT && x->of != segments - 1)
			e = check_fail(c, TABLE_REFERENCE, TBL_EXTRA, x);
		if (e)
			return e;
	}
	return TABLE_OK;
}

static int trust_fits(const struct check *c, const struct tbl_trust *x)
{
	if (x->kind == TBL_TRUST_LIVE)
		return !x->subject_str &&
			all_zero(x->sha256, sizeof(x->sha256));
	return check_text(c, x->subject_str, TBL_SUBJECT_MAX);
}

/* a may stand before b.  Of a live file there is one row. */
static int trust_ascends(const struct table *t, const struct tbl_trust *a,
	const struct tbl_trust *b)
{
	int order =
		strcmp(table_str(t, a->file_str), table_str(t, b->file_str));

	if (order)
		return order < 0;
	return a->kind == TBL_TRUST_CERTIFICATE &&
		b->kind == TBL_TRUST_CERTIFICATE &&
		memcmp(a->sha256, b->sha256, sizeof(a->sha256)) < 0;
}

static enum table_error trust_row(struct check *c, const struct tbl_trust *x)
{
	if (x->kind < TBL_TRUST_CERTIFICATE || x->kind > TBL_TRUST_LIVE)
		return check_fail(c, TABLE_VALUE, TBL_TRUST, x);
	if (x->zero)
		return check_fail(c, TABLE_RESERVED, TBL_TRUST, x);
	if (!check_str(c, x->file_str) || !check_str(c, x->subject_str))
		return check_fail(c, TABLE_STRING, TBL_TRUST, x);
	if (!x->file_str)
		return check_fail(c, TABLE_STRING_EMPTY, TBL_TRUST, x);
	if (!trust_fits(c, x))
		return check_fail(c, TABLE_TRUST, TBL_TRUST, x);
	return TABLE_OK;
}

enum table_error check_trust(struct check *c)
{
	const struct table *t = c->t;
	enum table_error e;
	uint32_t i;

	for (i = 0; i < t->trust_count; i++) {
		const struct tbl_trust *x = &t->trust[i];

		e = trust_row(c, x);
		if (!e && i && !trust_ascends(t, x - 1, x))
			e = check_fail(c, TABLE_TRUST, TBL_TRUST, x);
		if (e)
			return e;
	}
	return TABLE_OK;
}
