/*
 * A policy's segments and this machine's routes (segments.h): --check warns of
 * a claim that nothing here supports.
 */
#include "segments.h"

#include <stdio.h>
#include <string.h>

#include "network.h"
#include "network_read.h"
#include "runtime/table/table.h"

static void judge(const struct table *t, const struct network *n,
	const struct tbl_extra *segment, const struct tbl_extra *x)
{
	struct network_prefix p = {
		.family = x->family, .len = (uint8_t)x->value};
	char why[200], text[NETWORK_TEXT];
	int r;

	memcpy(p.addr, x->addr, sizeof(p.addr));
	r = network_carries(n, &p, segment->family, why, sizeof(why));
	if (r != 1)
		fprintf(stderr, "tlsd: warning: segment %s, %s: %s%s\n",
			table_str(t, segment->value), network_text(&p, text),
			r < 0 ? "not checked: " : "", why);
}

void segments_check(const struct table *t)
{
	const struct tbl_extra *segment, *x;
	uint32_t i, k, one, count;
	struct network n;

	if (!table_extra(t, TBL_EXTRA_SEGMENT, 0, &count))
		return;
	network_read(&n);
	for (i = 0; (segment = table_extra(t, TBL_EXTRA_SEGMENT, i, &one));
		i++) {
		x = table_extra(t, TBL_EXTRA_PREFIX, i, &count);
		for (k = 0; k < count; k++)
			judge(t, &n, segment, &x[k]);
	}
	network_free(&n);
}
