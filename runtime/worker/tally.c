/*
 * What a connection adds to the metrics when it has ended: one entry of the
 * board for each (frontend, route, mode, backend, reason).
 */
#include "tally.h"

#include <stdio.h>
#include <string.h>

#include "conn.h"
#include "log.h"
#include "stream.h"
#include "runtime/common/board.h"
#include "runtime/table/utf8.h"
#include "worker_state.h"

struct labels {
	size_t n;
	char text[BOARD_LABELS_MAX];
};

static void put(struct labels *l, char ch)
{
	if (l->n + 1 < sizeof(l->text))
		l->text[l->n++] = ch;
}

/* name="value": backslash and quote escaped.  A value that is too long is cut
 * before a character, so that the text on the board is whole. */
static void label(struct labels *l, const char *name, const char *value)
{
	size_t room = sizeof(l->text) / 5 - 20, left = strlen(value), n;
	uint32_t cp;

	if (l->n)
		put(l, ',');
	for (; *name; name++)
		put(l, *name);
	put(l, '=');
	put(l, '"');
	while (left) {
		n = utf8_next(value, left, &cp);
		if (n + 1 > room)
			break;
		if (*value == '"' || *value == '\\')
			put(l, '\\');
		room -= n + (*value == '"' || *value == '\\');
		for (left -= n; n; n--)
			put(l, *value++);
	}
	put(l, '"');
}

static void name_it(const struct conn *c, struct labels *l)
{
	const struct table *t = &c->gen->table;
	uint32_t backend = c->mode ? conn_action(c)->backend : TBL_NONE;

	label(l, "frontend", table_str(t, t->frontend[c->frontend].name_str));
	label(l, "route",
		c->mode ? table_str(t, t->list[c->list].route_str) : "");
	label(l, "mode", c->mode ? words_mode[c->mode] : "none");
	label(l, "backend",
		backend == TBL_NONE
			? ""
			: table_str(t, t->backend[backend].name_str));
	label(l, "reason", words_close[c->reason]);
	l->text[l->n] = 0;
}

static void count(struct board_metric *m, uint64_t up, uint64_t down)
{
	if (atomic_fetch_add_explicit(&m->count, 1, memory_order_relaxed) ==
			0 &&
		strcmp(m->labels, BOARD_OVERFLOW) == 0)
		log_note("metrics: too many label sets, the rest is counted "
			 "together",
			BOARD_OVERFLOW);
	atomic_fetch_add_explicit(&m->bytes_up, up, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->bytes_down, down, memory_order_relaxed);
}

void tally(const struct conn *c)
{
	struct labels l = {0};
	struct board_metric *m;

	if (!c->worker->board)
		return;
	name_it(c, &l);
	m = board_metric(c->worker->board, l.text);
	count(m, c->bytes[CLIENT], c->bytes[SERVER]);
	atomic_fetch_add_explicit(
		&m->handshake_us, c->handshake_us, memory_order_relaxed);
	atomic_fetch_add_explicit(
		&m->connect_us, c->connect_us, memory_order_relaxed);
}

/* "site" comes first: so a metric is a request's (monitor/metrics.c). */
static void name_request(const struct stream *s, struct labels *l)
{
	const struct table *t = &s->conn->gen->table;
	struct content_answer a = {.bucket = s->bucket};
	char bucket[TBL_PATH_MAX + 2] = "=", class[] = "0xx";
	struct http_slice path = content_bucket_path(&a);

	/* `is "/a"` is "=/a". */
	memcpy(bucket + s->is_exact, path.at, path.n);
	bucket[s->is_exact + path.n] = 0;
	class[0] = (char)('0' + s->status / 100);
	label(l, "site",
		table_str(t, t->site[s->conn->requests->site].name_str));
	label(l, "path", s->list == TBL_NONE ? "" : bucket);
	label(l, "class", s->status ? class : "none");
	l->text[l->n] = 0;
}

void tally_request(const struct stream *s)
{
	struct labels l = {0};

	if (!s->conn->worker->board)
		return;
	name_request(s, &l);
	count(board_metric(s->conn->worker->board, l.text), s->up.payload,
		s->down.payload);
}
