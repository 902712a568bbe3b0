/*
 * What a request leaves behind: a line of the log, and a count on the board for
 * its site, bucket, and class of status.  Called by stream.c at its end.
 */
#include "stream_parts.h"

#include <string.h>

#include "log.h"
#include "runtime/common/board.h"
#include "runtime/common/logline.h"
#include "runtime/common/server_name.h"
#include "tally.h"
#include "worker_state.h"

static void decision(struct logline *l, const struct stream *s)
{
	const struct table *t = stream_table(s);
	char v[1024];

	logline_text(l, "site",
		table_str(t, t->site[s->conn->requests->site].name_str));
	if (s->clause != TBL_NONE) {
		content_place(t, s->clause, v, sizeof(v));
		logline_text(l, "at", v);
	}
	if (s->backend != TBL_NONE)
		logline_text(l, "backend",
			table_str(t, t->backend[s->backend].name_str));
	if (s->server_index != TBL_NONE) {
		server_text(t, s->server_index, v, sizeof(v));
		logline_text(l, "server", v);
	}
	if (s->reused)
		logline_text(l, "reused", "yes");
}

static void line(const struct stream *s)
{
	const char *method = s->text, *host = method + strlen(method) + 1,
		   *path = host + strlen(host) + 1;
	struct logline l;

	log_line_begin(&l, s->begun);
	logline_text(&l, "request", s->id);
	log_conn(&l, s->conn);
	logline_text(&l, "method", method);
	logline_text(&l, "host", host);
	logline_text(&l, "path", path);
	if (s->status)
		logline_number(&l, "status", s->status);
	decision(&l, s);
	logline_number(&l, "in", s->up.payload);
	logline_number(&l, "out", s->down.payload);
	logline_millis(&l, "connect_ms", s->server_us);
	logline_millis(&l, "first_ms", s->first_us);
	logline_millis(&l, "ms", s->last_us);
	logline_text(&l, "end", stream_end_word((enum stream_end)s->end));
	logline_text(&l, "detail", s->detail);
	log_line_put(&l);
}

void stream_log(const struct stream *s)
{
	if (log_wanted())
		line(s);
	tally_request(s);
}
