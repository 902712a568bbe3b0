/*
 * Lines of the log (logline.h).  Nothing is allocated, nothing is written.
 */
#include "logline.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/table/utf8.h"

#define TAIL 2 /* "}" and the newline always fit */

/* Most of a line is words, which are copied, not formatted. */
static void copy(struct logline *l, const char *p, size_t n)
{
	if (n > sizeof(l->text) - TAIL - l->n) {
		l->full = 1;
		return;
	}
	memcpy(l->text + l->n, p, n);
	l->n += n;
}

static void word(struct logline *l, const char *s)
{
	copy(l, s, strlen(s));
}

static void key(struct logline *l, const char *name)
{
	if (l->fields)
		copy(l, l->json ? "," : " ", 1);
	if (l->json)
		copy(l, "\"", 1);
	word(l, name);
	if (l->json)
		copy(l, "\":", 2);
	else
		copy(l, "=", 1);
}

/* Completes a pair that began at before, or removes it if it does not fit. */
static void paired(struct logline *l, size_t before)
{
	if (l->full)
		l->n = before;
	else
		l->fields = 1;
	l->full = 0;
}

static int plain(unsigned char ch)
{
	return ch > ' ' && ch < 0x7f && ch != '"' && ch != '\\' && ch != '=';
}

/* Writes one code point of a quoted value.  Returns how many octets it had. */
static size_t quote_one(struct logline *l, const char *v, size_t left)
{
	char buf[UTF8_JSON_MAX + 1];
	uint32_t cp;
	size_t n = utf8_next(v, left, &cp);

	if (cp == UTF8_BAD || utf8_hidden(cp))
		copy(l, buf, utf8_json(buf, cp, (unsigned char)*v));
	else
		copy(l, v, n);
	return n;
}

static void quoted(struct logline *l, const char *v)
{
	const char *end = v + strlen(v);
	char pair[2] = {'\\'};

	copy(l, "\"", 1);
	while (v < end && !l->full) {
		if (*v == '"' || *v == '\\') {
			pair[1] = *v++;
			copy(l, pair, 2);
		} else {
			v += quote_one(l, v, (size_t)(end - v));
		}
	}
	copy(l, "\"", 1);
}

void logline_begin(struct logline *l, int json, int priority)
{
	char prefix[48];

	l->n = 0;
	l->json = json != 0;
	l->fields = l->full = 0;
	if (priority >= 0) {
		snprintf(prefix, sizeof(prefix), "<%d>tlsd[%d]: ", priority,
			(int)getpid());
		word(l, prefix);
	}
	if (json)
		copy(l, "{", 1);
}

void logline_text(struct logline *l, const char *name, const char *v)
{
	const unsigned char *p = (const unsigned char *)v;
	size_t before = l->n;

	if (!v || !*v)
		return;
	key(l, name);
	while (plain(*p))
		p++;
	if (l->json && !*p) {
		copy(l, "\"", 1);
		word(l, v);
		copy(l, "\"", 1);
	} else if (*p) {
		quoted(l, v);
	} else {
		word(l, v);
	}
	paired(l, before);
}

static void digits(struct logline *l, uint64_t v)
{
	char d[20];
	size_t n = sizeof(d);

	do
		d[--n] = (char)('0' + v % 10);
	while (v /= 10);
	copy(l, d + n, sizeof(d) - n);
}

static void fraction(struct logline *l, unsigned thousandths)
{
	char d[4] = {'.', (char)('0' + thousandths / 100 % 10),
		(char)('0' + thousandths / 10 % 10),
		(char)('0' + thousandths % 10)};

	copy(l, d, sizeof(d));
}

void logline_number(struct logline *l, const char *name, uint64_t v)
{
	size_t before = l->n;

	key(l, name);
	digits(l, v);
	paired(l, before);
}

/* Digits, optionally with a point and digits (RFC 8259 6, without sign,
 * exponent and leading zeros). */
static int is_number(const char *text)
{
	size_t whole = strspn(text, "0123456789"), part;

	if (!whole || (text[0] == '0' && whole > 1))
		return 0;
	if (!text[whole])
		return 1;
	part = strspn(text + whole + 1, "0123456789");
	return text[whole] == '.' && part && !text[whole + 1 + part];
}

void logline_spelled(struct logline *l, const char *name, const char *value)
{
	size_t before = l->n;

	if (!value || !is_number(value)) {
		logline_text(l, name, value);
		return;
	}
	key(l, name);
	word(l, value);
	paired(l, before);
}

void logline_millis(struct logline *l, const char *name, uint32_t us)
{
	size_t before = l->n;

	if (!us)
		return;
	key(l, name);
	digits(l, us / 1000);
	fraction(l, us % 1000);
	paired(l, before);
}

void logline_time(struct logline *l, struct timespec at)
{
	static time_t last;
	static char day[32];
	size_t before = l->n;
	struct tm tm;

	if (at.tv_sec != last || !*day) {
		gmtime_r(&at.tv_sec, &tm);
		strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
		last = at.tv_sec;
	}
	key(l, "time");
	copy(l, "\"", l->json ? 1 : 0);
	word(l, day);
	fraction(l, (unsigned)(at.tv_nsec / 1000000));
	copy(l, "Z\"", l->json ? 2 : 1);
	paired(l, before);
}

void logline_end(struct logline *l)
{
	assert(l->n + TAIL <= sizeof(l->text));
	if (l->json)
		l->text[l->n++] = '}';
	l->text[l->n++] = '\n';
}
