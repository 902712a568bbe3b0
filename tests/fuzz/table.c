/* Table bytes: whatever table_check accepts, no lookup, trace, walk or undump
 * reads outside of, and every query gets an action.  Hashes are not checked:
 * they would hide everything behind them.  An input that begins like a table
 * is one; any other is a list of edits to a sound table, four octets each
 * (place, place, what, value), which gets much deeper. */
/* LINK: runtime/table/hex.c grammar/words.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/base/site.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c compiler/table/undump.c compiler/table/undump_content.c compiler/table/undump_parts.c compiler/table/undump_trust.c */
#include <stdint.h>

#include "compiler/table/undump.h"
#include "runtime/table/route.h"
#include "../unit/content_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* A name from the table under a few more labels, or noise. */
static void name(const struct table *t, struct route_query *q, char *buf)
{
	uint32_t off = 0, skip = (uint32_t)(next() % 8);
	const struct tbl_namerec *r = NULL, *n;
	unsigned len = 0, i;

	while (skip-- && (n = table_name_next(t, &off)))
		r = n;
	if (r && next() % 4) {
		for (i = (unsigned)(next() % 3); i; i--)
			buf[len++] = 'a', buf[len++] = '.';
		memcpy(buf + len, table_name_key(r), r->len);
		len += r->len;
	} else {
		len = (unsigned)(next() % 256);
		for (i = 0; i < len; i++)
			buf[i] = next() % 3 ? 'b' : '.';
	}
	q->sni = buf;
	q->sni_len = (uint8_t)len;
}

static void see(void *arg, uint32_t clause, enum route_failed f)
{
	const struct table *t = arg;

	if (clause >= t->clause_count || f > ROUTE_TLS)
		abort();
}

static void decide(struct table *t)
{
	char buf[300];
	struct route_query q = {0};
	struct route_decision d;
	unsigned i;

	q.frontend = (uint32_t)(next() % t->frontend_count);
	q.sni_kind = (enum route_sni)(next() % 3);
	q.family = next() % 2 ? TBL_V4 : next() % 2 ? TBL_V6 : 0;
	q.tls_bit = (uint8_t)(1 << next() % 5);
	q.alpn = next();
	for (i = 0; i < sizeof(q.addr); i++)
		q.addr[i] = (uint8_t)next();
	if (t->src_count && next() % 2)
		memcpy(q.addr, t->src[next() % t->src_count].addr, 16);
	name(t, &q, buf);
	route_decide(t, &q, &d, see, t);
	if (d.list >= t->list_count || d.clause >= t->clause_count ||
		d.action >= t->action_count ||
		t->action[d.action].limit >= t->limit_count)
		abort();
}

static void edit(uint8_t *b, size_t len, const uint8_t e[4])
{
	size_t at = (e[0] | e[1] << 8) % len, word = at & ~(size_t)3;
	uint32_t v, w;

	memcpy(&v, b + word, 4);
	memcpy(&w, b + (word + 4 * e[3]) % (len & ~(size_t)3), 4);
	switch (e[2] % 8) {
	case 0:
		b[at] = e[3];
		return;
	case 1:
		b[at] ^= (uint8_t)(1 << e[3] % 8);
		return;
	case 2:
		v = e[3];
		break;
	case 3:
		v = 0xffffffff - e[3];
		break;
	case 4:
		v += e[3];
		break;
	case 5:
		v -= e[3];
		break;
	case 6:
		v = w;
		break;
	default:
		v = v << 16 | v >> 16;
	}
	memcpy(b + word, &v, 4);
}

/* The sound tables, without and with content. */
static uint8_t *good[2];
static size_t good_len[2];

static void prepare(void)
{
	struct arena *a = arena_new();
	struct table t;

	good[0] = fix_table(fix_trusts(fix_model(a)), &good_len[0], &t);
	good[1] = fix_table(fix_content_model(a), &good_len[1], &t);
	arena_free(&a);
}

/* A sound table with the input's edits, the last octet says which; malloc'd. */
static uint8_t *edited(const uint8_t *data, size_t size, size_t *len)
{
	unsigned which = size % 4 ? data[size - 1] & 1 : 0;
	uint8_t *b;
	size_t i;

	if (!good[0])
		prepare();
	*len = good_len[which];
	b = malloc(*len);
	memcpy(b, good[which], *len);
	for (i = 0; i + 4 <= size && i < 16; i += 4)
		edit(b, *len, data + i);
	return b;
}

/* Every path of every site, and what is below and beside it, has a record or
 * none, and what hangs on it is there. */
static void sites(const struct table *t)
{
	const struct tbl_pathrec *r;
	uint32_t off = 0, i;

	while ((r = table_path_next(t, &off))) {
		const char *key = table_path_key(r);

		if (table_path_find(t, r->site, key, r->len) != r ||
			table_path_find(t, r->site, key, r->len - 1u) == r)
			abort();
	}
	for (i = 0; i < t->site_count; i++)
		if (t->site[i].root >= t->clist_count)
			abort();
}

static void use(struct table *t, size_t seed)
{
	struct arena *a = arena_new();
	unsigned i;

	state = 88172645463325252u + seed;
	for (i = 0; i < 50; i++)
		decide(t);
	sites(t);
	if (undump_model(a, t)->frontends.n != t->frontend_count)
		abort();
	arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table_fault why;
	struct table t;
	uint8_t *b;
	size_t len = size;

	if (size >= 8 && !memcmp(data, TBL_MAGIC, 8)) {
		b = malloc(size);
		memcpy(b, data, size);
	} else {
		b = edited(data, size, &len);
	}
	if (!table_check(b, len, &t, &why))
		use(&t, size);
	else if (why.offset > len || !*table_error_word(why.error))
		abort();
	free(b);
	return 0;
}
