/*
 * Limits, one by one: removed or raised is weaker.
 */
#include <stddef.h>
#include <string.h>

#include "action.h"

enum unit { SIZE, TIME_MS, TIME_S, COUNT, RATE, BYTES };

/* zero: 0 means "no limit". */
static const struct field {
	enum weaken_id kind;
	size_t at;
	enum unit unit;
	int wide, zero;
	const char *prefix;
} fields[] = {
#define FIELD(id, name, unit, zero, prefix)                                    \
	{                                                                      \
		WEAKEN_##id, offsetof(struct m_limit, name), unit,             \
			sizeof(((struct m_limit *)0)->name) == 8, zero, prefix \
	}
	FIELD(CLIENT_HELLO, hello_bytes, SIZE, 0, ""),
	FIELD(CLIENT_HELLO, hello_ms, TIME_MS, 0, "within "),
	FIELD(HANDSHAKE, handshake_ms, TIME_MS, 0, "within "),
	FIELD(IDLE, idle_ms, TIME_MS, 0, ""),
	FIELD(CONNECT, connect_ms, TIME_MS, 0, ""),
	FIELD(DRAIN, drain_ms, TIME_MS, 0, ""),
	FIELD(CONNECTIONS, conns, COUNT, 1, ""),
	FIELD(CONNECTIONS, conns_source, COUNT, 1, "per-source "),
	FIELD(CONNECTION_RATE, conn_rate, RATE, 1, ""),
	FIELD(CONNECTION_RATE, conn_rate_source, RATE, 1, "per-source "),
	FIELD(HANDSHAKES, hs_rate, RATE, 1, ""),
	FIELD(HANDSHAKES, hs_rate_source, RATE, 1, "per-source "),
	FIELD(IN_FLIGHT, hs_flight, COUNT, 1, ""),
	FIELD(BANDWIDTH, bandwidth, BYTES, 1, ""),
	FIELD(BANDWIDTH, bandwidth_source, BYTES, 1, "per-source "),
	FIELD(KEEPALIVE, keepalive_s, TIME_S, 1, ""),
	FIELD(REQUEST_HEAD, head_bytes, SIZE, 0, ""),
	FIELD(REQUEST_HEAD, head_ms, TIME_MS, 0, "within "),
	FIELD(REQUEST_BODY, body_bytes, SIZE, 1, ""),
	FIELD(REQUESTS, requests, RATE, 1, ""),
	FIELD(REQUESTS, requests_source, RATE, 1, "per-source "),
	FIELD(KEEP_ALIVE, keep_alive_ms, TIME_MS, 0, ""),
	FIELD(RESPONSE, response_ms, TIME_MS, 0, "within "),
};

static uint64_t value(const struct m_limit *l, const struct field *f)
{
	uint64_t wide = 0;
	uint32_t narrow = 0;

	if (f->wide)
		memcpy(&wide, (const char *)l + f->at, sizeof(wide));
	else
		memcpy(&narrow, (const char *)l + f->at, sizeof(narrow));
	return f->wide ? wide : narrow;
}

struct scale {
	uint64_t of;
	const char *word;
};

/* In the largest unit that takes no fraction. */
static const char *scaled(struct arena *a, const char *prefix, uint64_t n,
	const struct scale *s, const char *tail)
{
	while (s->of > 1 && n % s->of)
		s++;
	return arena_printf(a, "%s%llu%s%s", prefix,
		(unsigned long long)(n / s->of), s->word, tail);
}

static const char *text(struct arena *a, const struct field *f, uint64_t n)
{
	static const struct scale sizes[] = {
		{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}, {1, "B"}};
	static const struct scale times[] = {{86400000, "d"}, {3600000, "h"},
		{60000, "m"}, {1000, "s"}, {1, "ms"}};
	static const struct scale plain[] = {{1, ""}};

	if (!n && f->zero)
		return arena_printf(a, "%sunlimited", f->prefix);
	switch (f->unit) {
	case SIZE:
		return scaled(a, f->prefix, n, sizes, "");
	case BYTES:
		return scaled(a, f->prefix, n, sizes, "/s");
	case TIME_S:
		n *= 1000;
		/* fall through */
	case TIME_MS:
		return scaled(a, f->prefix, n, times, "");
	case RATE:
		return scaled(a, f->prefix, n, plain, "/s");
	case COUNT:
		break;
	}
	return scaled(a, f->prefix, n, plain, "");
}

/* Who is refused has no time to take, however much is left to him. */
static int in_vain(const struct two *t, const struct field *f)
{
	return t->a[1] && t->a[1]->mode == MODE_REJECT &&
		(f->unit == TIME_MS || f->unit == TIME_S || f->unit == SIZE);
}

static const char *worse(
	struct arena *a, const struct field *f, uint64_t old, uint64_t new_)
{
	const char *how = new_ > old ? "raised" : NULL;

	if (f->zero && !old)
		how = NULL;
	else if (f->zero && !new_)
		how = "removed";
	return how ? arena_printf(a, "%s %s", diff_weaken_word(f->kind), how)
		   : NULL;
}

void diff_limits_apart(struct differ *d, const struct parts *p)
{
	const struct m_limit *a = &d->m[0]->limits.v[p->old];

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const struct field *f = &fields[i];
		uint64_t old = value(a, f), sum = 0;
		int unlimited = 0;

		if (!f->zero || f->unit == TIME_S || f->unit == SIZE || !old)
			continue;
		for (size_t k = 0; k < p->n; k++) {
			uint64_t one = value(&d->m[1]->limits.v[p->v[k]], f);

			unlimited |= !one; /* a row of its own */
			sum += one;
		}
		if (!unlimited && sum > old)
			diff_more_apart(d, f->kind, p, text(d->a, f, old),
				text(d->a, f, sum));
	}
}

static const struct m_limit *block(
	const struct two *t, unsigned i, uint32_t limit)
{
	return limit == MODEL_NONE ? NULL : &t->m[i]->limits.v[limit];
}

void diff_limit(struct two *t, uint32_t old, uint32_t new_)
{
	const struct m_limit *a = block(t, 0, old), *b = block(t, 1, new_);

	if (!a != !b)
		diff_row(t, WEAKEN_LIMITS, a ? a->name.text : NULL,
			b ? b->name.text : NULL, b ? NULL : "limits removed");
	for (size_t i = 0; a && b && i < sizeof(fields) / sizeof(*fields);
		i++) {
		const struct field *f = &fields[i];
		uint64_t x = value(a, f), y = value(b, f);

		if (x != y)
			diff_row(t, f->kind, text(t->arena, f, x),
				text(t->arena, f, y),
				in_vain(t, f) ? NULL
					      : worse(t->arena, f, x, y));
	}
}
