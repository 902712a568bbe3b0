/*
 * The log: a line at every close, written before the loop sleeps.  logline.h
 * spells a line, logsink.h gathers and writes.
 */
#include "log.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend.h"
#include "runtime/common/clock.h"
#include "runtime/common/logline.h"
#include "runtime/common/logsink.h"
#include "runtime/common/server_name.h"
#include "runtime/content/content.h"
#include "runtime/tls/priority.h"
#include "runtime/tls/tls.h"
#include "worker_state.h"

#define LIMIT_LINES 100 /* a second */
#define PRIORITY 30     /* of syslog: daemon, informational */

static struct {
	struct logsink sink;
	enum log_format format;
	uint8_t syslog;
} out = {.sink = {.fd = -1}};

void log_open(int fd, enum log_format format, int syslog)
{
	int old = out.sink.fd;

	logsink_use(&out.sink, fd, LOGSINK_STREAM);
	if (old >= 0 && old != fd)
		close(old);
	out.format = format;
	out.syslog = (uint8_t)syslog;
}

void log_flush(void)
{
	logsink_flush(&out.sink);
}

void log_end(void)
{
	log_flush();
	log_open(-1, out.format, out.syslog);
}

static void source(struct logline *l, const struct conn *c)
{
	char ip[INET6_ADDRSTRLEN], v[64];

	if (c->family == TBL_UNIX) {
		logline_text(l, "source", "unix");
		return;
	}
	inet_ntop(c->family == TBL_V4 ? AF_INET : AF_INET6, c->addr, ip,
		sizeof(ip));
	snprintf(v, sizeof(v), c->family == TBL_V4 ? "%s:%u" : "[%s]:%u", ip,
		c->port);
	logline_text(l, "source", v);
}

static void decision(struct logline *l, const struct conn *c)
{
	const struct table *t = &c->gen->table;
	char v[1024];

	if (!c->mode)
		return;
	logline_text(l, "route", table_str(t, t->list[c->list].route_str));
	table_place(t, c->clause, v, sizeof(v));
	logline_text(l, "at", v);
	logline_text(l, "mode", words_mode[c->mode]);
	if (content_site(t, c->action) != TBL_NONE)
		logline_text(l, "site",
			table_str(t,
				t->site[content_site(t, c->action)].name_str));
	if (conn_action(c)->backend != TBL_NONE)
		logline_text(l, "backend",
			table_str(t,
				t->backend[conn_action(c)->backend].name_str));
	if (conn_server(c) != TBL_NONE) {
		server_text(t, conn_server(c), v, sizeof(v));
		logline_text(l, "server", v);
	}
}

static void tls_facts(struct logline *l, const struct conn *c)
{
	const struct tls *t = c->client.tls;
	const struct suite_row *s = priority_suite(c->tls_suite);
	const uint8_t *p = NULL;
	char alpn[256];
	size_t n;

	logline_text(
		l, "tls", c->tls_version ? words_version(c->tls_version) : "");
	if (!c->handshake_us || !t) {
		logline_text(l, "suite", s ? s->iana : NULL);
		if (c->names)
			logline_text(
				l, "alpn", c->names + strlen(c->names) + 1);
		return;
	}
	logline_text(l, "suite", tls_suite(t));
	n = tls_alpn(t, &p);
	memcpy(alpn, p ? p : (const uint8_t *)"", n);
	alpn[n] = 0;
	logline_text(l, "alpn", alpn);
	if (tls_resumed(t))
		logline_text(l, "resumed", "yes");
	logline_text(l, "client", tls_client(t));
}

int log_wanted(void)
{
	return out.sink.fd >= 0;
}

void log_line_begin(struct logline *l, double at)
{
	logline_begin(l, out.format == LOG_JSON, out.syslog ? PRIORITY : -1);
	logline_time(l, clock_date(at));
}

void log_line_put(struct logline *l)
{
	uint64_t lost = logsink_untold(&out.sink);

	if (lost)
		logline_number(l, "lost_lines", lost);
	logline_end(l);
	logsink_put(&out.sink, l->text, l->n, lost);
}

/* Refusals by a limit come in floods: only LIMIT_LINES a second are logged; the
 * metrics count them all. */
static int worth_a_line(const struct conn *c, uint64_t *unsaid)
{
	static uint64_t second, lines, left_out;
	uint64_t now = (uint64_t)clock_now();

	*unsaid = 0;
	if (c->reason != CLOSE_LIMIT)
		return 1;
	if (now != second) {
		second = now;
		lines = 0;
	}
	if (lines++ >= LIMIT_LINES) {
		left_out++;
		return 0;
	}
	*unsaid = left_out;
	left_out = 0;
	return 1;
}

void log_conn(struct logline *l, const struct conn *c)
{
	const struct table *t = &c->gen->table;
	char id[32];

	snprintf(id, sizeof(id), "%u-%" PRIu64, c->worker->options.number,
		c->id);
	logline_text(l, "conn", id);
	logline_number(l, "generation", c->gen->number);
	logline_text(
		l, "frontend", table_str(t, t->frontend[c->frontend].name_str));
	source(l, c);
}

void log_close(struct conn *c)
{
	struct logline l;
	uint64_t unsaid;
	int got = c->client.alert_got;

	if (out.sink.fd < 0 || !worth_a_line(c, &unsaid))
		return;
	if (got < 0 && c->leg)
		got = c->leg->io.alert_got;
	log_line_begin(&l, c->accepted);
	log_conn(&l, c);
	logline_text(&l, "sni", conn_sni(c));
	tls_facts(&l, c);
	decision(&l, c);
	logline_number(&l, "in", c->bytes[CLIENT]);
	logline_number(&l, "out", c->bytes[SERVER]);
	logline_millis(&l, "hello_ms", c->hello_us);
	logline_millis(&l, "connect_ms", c->connect_us);
	logline_millis(&l, "handshake_ms", c->handshake_us);
	logline_millis(&l, "ms", conn_age_us(c));
	if (c->alert)
		logline_number(&l, "alert", c->alert);
	if (got >= 0)
		logline_number(&l, "alert_got", (uint64_t)got);
	logline_text(&l, "close", words_close[c->reason]);
	logline_text(&l, "detail", c->detail);
	if (unsaid)
		logline_number(&l, "unlogged", unsaid);
	log_line_put(&l);
}

void log_note(const char *what, const char *detail)
{
	static uint64_t last;
	static const char *last_what;
	double now = clock_now();
	struct logline l;

	if (out.sink.fd < 0 || ((uint64_t)now == last && what == last_what))
		return;
	last = (uint64_t)now;
	last_what = what;
	log_line_begin(&l, now);
	logline_text(&l, "note", what);
	logline_text(&l, "detail", detail);
	log_line_put(&l);
}
