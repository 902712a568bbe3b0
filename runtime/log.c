/*
 * The log.  Called by conn.c at every close and by worker.c before the loop
 * sleeps; owns the descriptor and the gathered lines.
 */
#include "log.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backend.h"
#include "priority.h"
#include "tls.h"
#include "worker_state.h"

#define LIMIT_LINES 100 /* a second */
#define GATHER 65536
#define LINE_MAX_OCTETS 4096
#define ATOMIC 4096 /* PIPE_BUF: a pipe that is writable takes that much */

static struct {
	int fd;
	enum log_format format;
	uint8_t syslog, stream; /* stream: a pipe or socket, may block */
	uint64_t lost;
	size_t n;
	char text[GATHER];
} out = { .fd = -1 };

struct line {
	char text[LINE_MAX_OCTETS];
	size_t n;
	uint8_t fields;
};

static const char *const modes[] = { "",
#define WORD_MODE(id, value, word) [value] = word,
#include "../grammar/words.def"
};

void log_open(int fd, enum log_format format, int syslog)
{
	struct stat st;

	log_flush();
	if (out.fd >= 0 && out.fd != fd)
		close(out.fd);
	out.fd = fd;
	out.format = format;
	out.syslog = (uint8_t)syslog;
	out.stream = fd >= 0 && fstat(fd, &st) == 0 &&
		     (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

static int ready(void)
{
	struct pollfd p = { .fd = out.fd, .events = POLLOUT };

	return !out.stream || (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT));
}

/* Octets to write next: a datagram is one line, a pipe takes an atom. */
static size_t portion(void)
{
	size_t n = out.n;
	const char *end;

	if (out.syslog) {
		end = memchr(out.text, '\n', out.n);
		return end ? (size_t)(end - out.text) + 1 : out.n;
	}
	if (!out.stream || n <= ATOMIC)
		return n;
	for (n = ATOMIC; n > 1 && out.text[n - 1] != '\n'; n--)
		;
	return n;
}

void log_flush(void)
{
	size_t n;
	ssize_t done;

	while (out.n && out.fd >= 0 && ready()) {
		n = portion();
		done = write(out.fd, out.text, out.syslog ? n - 1 : n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0 && errno == EAGAIN)
			return;
		/* A full disk must not stop traffic: the lines are lost. */
		if (done < 0)
			out.lost++;
		else if (!out.syslog && (size_t)done < n)
			n = (size_t)done;
		memmove(out.text, out.text + n, out.n - n);
		out.n -= n;
	}
	if (out.fd < 0)
		out.n = 0;
}

static void put(struct line *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void put(struct line *l, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(l->text + l->n, sizeof(l->text) - l->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		l->n += (size_t)n;
	if (l->n >= sizeof(l->text))
		l->n = sizeof(l->text) - 1;
}

/* The greater part of a line is words: they are copied, not formatted. */
static void copy(struct line *l, const char *p, size_t n)
{
	if (n > sizeof(l->text) - 1 - l->n)
		n = sizeof(l->text) - 1 - l->n;
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void key(struct line *l, const char *name)
{
	int json = out.format == LOG_JSON;

	if (l->fields)
		copy(l, json ? "," : " ", 1);
	else if (json)
		copy(l, "{", 1);
	l->fields = 1;
	if (json)
		copy(l, "\"", 1);
	copy(l, name, strlen(name));
	if (json)
		copy(l, "\":", 2);
	else
		copy(l, "=", 1);
}

static int plain(unsigned char ch)
{
	return ch > ' ' && ch < 0x7f && ch != '"' && ch != '\\' && ch != '=';
}

/* Inside quotes; everything that is not printable is escaped. */
static void quoted(struct line *l, const char *v)
{
	copy(l, "\"", 1);
	for (const unsigned char *p = (const unsigned char *)v; *p; p++) {
		if (*p == '"' || *p == '\\')
			put(l, "\\%c", *p);
		else if (*p < ' ' || *p >= 0x7f)
			put(l, "\\u%04x", *p);
		else
			copy(l, (const char *)p, 1);
	}
	copy(l, "\"", 1);
}

/* Octets of the network stand in the log: everything that is not plain is
 * escaped, so no client writes a line of its own. */
static void text(struct line *l, const char *name, const char *v)
{
	const unsigned char *p = (const unsigned char *)v;

	if (!v || !*v)
		return;
	key(l, name);
	while (plain(*p))
		p++;
	if (*p || out.format == LOG_JSON)
		quoted(l, v);
	else
		copy(l, v, (size_t)(p - (const unsigned char *)v));
}

static void digits(struct line *l, uint64_t v)
{
	char d[20];
	size_t n = sizeof(d);

	do
		d[--n] = (char)('0' + v % 10);
	while (v /= 10);
	copy(l, d + n, sizeof(d) - n);
}

static void number(struct line *l, const char *name, uint64_t v)
{
	key(l, name);
	digits(l, v);
}

static void fraction(struct line *l, unsigned thousandths)
{
	char d[4] = {'.', (char)('0' + thousandths / 100 % 10),
		(char)('0' + thousandths / 10 % 10),
		(char)('0' + thousandths % 10)};

	copy(l, d, sizeof(d));
}

static void millis(struct line *l, const char *name, uint32_t us)
{
	if (!us)
		return;
	key(l, name);
	digits(l, us / 1000);
	fraction(l, us % 1000);
}

static void stamp(struct line *l, double at)
{
	static time_t last;
	static char day[32];
	time_t s = (time_t)at;
	int json = out.format == LOG_JSON;
	struct tm tm;

	if (s != last) {
		gmtime_r(&s, &tm);
		strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
		last = s;
	}
	key(l, "time");
	copy(l, "\"", json ? 1 : 0);
	copy(l, day, strlen(day));
	fraction(l, (unsigned)((at - (double)s) * 1000));
	copy(l, "Z\"", json ? 2 : 1);
}

static void source(struct line *l, const struct conn *c)
{
	char ip[INET6_ADDRSTRLEN], v[64];

	if (c->family == TBL_UNIX) {
		text(l, "source", "unix");
		return;
	}
	inet_ntop(c->family == TBL_V4 ? AF_INET : AF_INET6, c->addr, ip,
		sizeof(ip));
	snprintf(v, sizeof(v), c->family == TBL_V4 ? "%s:%u" : "[%s]:%u", ip,
		c->port);
	text(l, "source", v);
}

static void decision(struct line *l, const struct conn *c)
{
	const struct table *t = &c->gen->table;
	char v[1024];

	if (!c->mode)
		return;
	text(l, "route", table_str(t, t->list[c->list].route_str));
	snprintf(v, sizeof(v), "%s:%u",
		table_str(t, t->srcmap[c->clause].file_str),
		t->srcmap[c->clause].line);
	text(l, "at", v);
	text(l, "mode", modes[c->mode]);
	if (conn_action(c)->backend != TBL_NONE)
		text(l, "backend",
			table_str(t,
				t->backend[conn_action(c)->backend].name_str));
	if (c->server_index != TBL_NONE) {
		backend_server_text(t, c->server_index, v, sizeof(v));
		text(l, "server", v);
	}
}

static const char *version_word(uint16_t v)
{
	switch (v) {
#define WORD_TLSV(id, bit, word, wire) case wire: return wire ? word : "";
#include "../grammar/words.def"
	default:
		return "";
	}
}

static void tls_facts(struct line *l, const struct conn *c)
{
	const struct tls *t = c->io[CLIENT].tls;
	const struct suite_row *s = priority_suite(c->tls_suite);
	const uint8_t *p = NULL;
	char alpn[256];
	size_t n;

	text(l, "tls", version_word(c->tls_version));
	if (!c->handshake_us || !t) {
		text(l, "suite", s ? s->iana : NULL);
		if (c->names)
			text(l, "alpn", c->names + strlen(c->names) + 1);
		return;
	}
	text(l, "suite", tls_suite(t));
	n = tls_alpn(t, &p);
	memcpy(alpn, p ? p : (const uint8_t *)"", n);
	alpn[n] = 0;
	text(l, "alpn", alpn);
	if (tls_resumed(t))
		text(l, "resumed", "yes");
	text(l, "client", tls_client(t));
}

static void finish(struct line *l)
{
	if (out.format == LOG_JSON)
		put(l, "}");
	if (l->n > sizeof(l->text) - 2)
		l->n = sizeof(l->text) - 2;
	l->text[l->n++] = '\n';
	if (l->n > GATHER - out.n)
		log_flush();
	if (l->n > GATHER - out.n) {
		out.lost++;
		return;
	}
	memcpy(out.text + out.n, l->text, l->n);
	out.n += l->n;
}

static void begin(struct line *l)
{
	l->n = 0;
	l->fields = 0;
	if (out.syslog)
		put(l, "<30>tlsd[%d]: ", (int)getpid());
}

/* Refusals by a limit come in floods: so many lines a second tell of them, the
 * metrics count them all. */
static int worth_a_line(const struct conn *c, uint64_t *unsaid)
{
	static uint64_t second, lines, left_out;
	uint64_t now = (uint64_t)ev_now(c->worker->loop);

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

void log_close(struct conn *c)
{
	const struct table *t = &c->gen->table;
	struct line l;
	uint64_t unsaid;
	char id[32];

	if (out.fd < 0 || !worth_a_line(c, &unsaid))
		return;
	begin(&l);
	stamp(&l, c->accepted);
	snprintf(id, sizeof(id), "%u-%" PRIu64, c->worker->options.number,
		c->id);
	text(&l, "conn", id);
	number(&l, "generation", c->gen->number);
	text(&l, "frontend", table_str(t, t->frontend[c->frontend].name_str));
	source(&l, c);
	text(&l, "sni", conn_sni(c));
	tls_facts(&l, c);
	decision(&l, c);
	number(&l, "in", c->bytes[CLIENT]);
	number(&l, "out", c->bytes[SERVER]);
	millis(&l, "hello_ms", c->hello_us);
	millis(&l, "connect_ms", c->connect_us);
	millis(&l, "handshake_ms", c->handshake_us);
	millis(&l, "ms", conn_age_us(c));
	if (c->alert)
		number(&l, "alert", c->alert);
	text(&l, "close", conn_reason_word((enum close_reason)c->reason));
	text(&l, "detail", c->detail);
	if (unsaid)
		number(&l, "unlogged", unsaid);
	if (out.lost) {
		number(&l, "lost_lines", out.lost);
		out.lost = 0;
	}
	finish(&l);
}

void log_note(const char *what, const char *detail)
{
	static time_t last;
	static const char *last_what;
	time_t now = time(NULL);
	struct line l;

	if (out.fd < 0 || (now == last && what == last_what))
		return;
	last = now;
	last_what = what;
	begin(&l);
	stamp(&l, (double)now);
	text(&l, "note", what);
	text(&l, "detail", detail);
	finish(&l);
}
