/*
 * Typed literals.  Units are mandatory where a bare number could mean two
 * things: HAProxy reads "timeout 5" as milliseconds and nginx as seconds, and
 * both have taken sites down.  The help names the two likely spellings.
 */
#include "literal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "grammar/table.h"
#include "grammar/words.h"

struct unit {
	const char *word;
	uint64_t factor;
};

static const struct unit durations[] = {{"ms", 1}, {"s", 1000}, {"m", 60000},
	{"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct unit sizes[] = {{"B", 1}, {"KiB", 1024},
	{"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}, {NULL, 0}};
static const struct unit counts[] = {
	{"", 1}, {"k", 1000}, {"M", 1000000}, {NULL, 0}};

static int fail(struct literal_why *w, const char *why, const char *text)
{
	snprintf(w->why, sizeof(w->why), why, text);
	return -1;
}

/* Digits at *p; advances it.  -1 on overflow or when there are none. */
static int digits(const char **p, uint64_t *n)
{
	const char *start = *p;
	*n = 0;
	for (; **p >= '0' && **p <= '9'; ++*p) {
		if (*n > (UINT64_MAX - 9) / 10)
			return -1;
		*n = *n * 10 + (uint64_t)(**p - '0');
	}
	return *p == start ? -1 : 0;
}

/* A number and one of the units, then exactly `tail`. */
static int scaled(const char *text, const struct unit *units, const char *tail,
	uint64_t *out, struct literal_why *w, const char *what)
{
	const char *p = text;
	w->help[0] = '\0';
	if (digits(&p, out) < 0)
		return *text >= '0' && *text <= '9'
			? fail(w, "%.40s is too large", text)
			: fail(w, "expected %s", what);
	size_t tail_len = strlen(tail), len = strlen(p);
	if (len < tail_len || strcmp(p + len - tail_len, tail) != 0)
		return strchr(p, '/')
			? fail(w, "%.40s has an unknown unit", text)
			: fail(w,
				  *tail && *p
					  ? "%.40s is not an amount per second"
					  : "%.40s has no unit",
				  text);
	for (const struct unit *u = units; u->word; u++) {
		if (strlen(u->word) != len - tail_len ||
			strncmp(u->word, p, len - tail_len) != 0)
			continue;
		if (*out > UINT64_MAX / u->factor)
			return fail(w, "%.40s is too large", text);
		*out *= u->factor;
		return 0;
	}
	return len == tail_len ? fail(w, "%.40s has no unit", text)
			       : fail(w, "%.40s has an unknown unit", text);
}

int literal_duration(const char *text, uint64_t *ms, struct literal_why *w)
{
	if (!scaled(text, durations, "", ms, w, "a duration such as 5s"))
		return 0;
	const char *p = text;
	uint64_t n;
	if (!digits(&p, &n)) {
		snprintf(w->help, sizeof(w->help),
			"write %llus for seconds or %llums for milliseconds",
			(unsigned long long)n, (unsigned long long)n);
		if (*p)
			snprintf(w->help, sizeof(w->help),
				"units are ms, s, m, h and d");
	}
	return -1;
}

int literal_size(const char *text, uint64_t *octets, struct literal_why *w)
{
	if (!scaled(text, sizes, "", octets, w, "a size such as 16KiB"))
		return 0;
	const char *p = text;
	uint64_t n;
	if (!digits(&p, &n)) {
		snprintf(w->help, sizeof(w->help), "write %lluKiB or %lluB",
			(unsigned long long)n, (unsigned long long)n);
		if (*p)
			snprintf(w->help, sizeof(w->help),
				"units are B, KiB, MiB and GiB");
	}
	return -1;
}

int literal_count(const char *text, uint64_t *n, struct literal_why *w)
{
	if (!scaled(text, counts, "", n, w, "a number"))
		return 0;
	if (*text >= '0' && *text <= '9')
		snprintf(w->help, sizeof(w->help),
			"a count is a number, with k for thousands or M for "
			"millions");
	return -1;
}

int literal_rate(const char *text, uint64_t *n, struct literal_why *w)
{
	if (!scaled(text, counts, "/s", n, w, "a rate such as 20/s"))
		return 0;
	const char *p = text;
	uint64_t v;
	if (!digits(&p, &v))
		snprintf(w->help, sizeof(w->help),
			"rates are per second: write %llu/s or %lluk/s",
			(unsigned long long)v, (unsigned long long)v);
	return -1;
}

int literal_bandwidth(const char *text, uint64_t *n, struct literal_why *w)
{
	if (!scaled(text, sizes, "/s", n, w, "a bandwidth such as 10MiB/s"))
		return 0;
	const char *p = text;
	uint64_t v;
	if (!digits(&p, &v))
		snprintf(w->help, sizeof(w->help),
			"bandwidth is in octets per second: write %lluMiB/s or "
			"%lluKiB/s",
			(unsigned long long)v, (unsigned long long)v);
	return -1;
}

int literal_port(const char *text, uint16_t *port, struct literal_why *w)
{
	const char *p = text;
	uint64_t n;
	w->help[0] = '\0';
	if (digits(&p, &n) < 0 || *p || n < 1 || n > 65535) {
		snprintf(w->help, sizeof(w->help), "ports are 1 to 65535");
		return fail(w, "bad port %.40s", text);
	}
	*port = (uint16_t)n;
	return 0;
}

int literal_version(const char *text, uint16_t *wire, struct literal_why *w)
{
	w->help[0] = '\0';
	for (size_t i = 0; i < WORDS_TLS; i++)
		if (words_tls[i].wire && !strcmp(text, words_tls[i].word)) {
			*wire = words_tls[i].wire;
			return 0;
		}
	snprintf(
		w->help, sizeof(w->help), "versions are 1.0, 1.1, 1.2 and 1.3");
	return fail(w, "%.40s is not a TLS version", text);
}

static int leap(unsigned y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

int literal_date(const char *text, int64_t *days, struct literal_why *w)
{
	static const uint8_t month_days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned y, m, d;
	int end = 0;

	snprintf(w->help, sizeof(w->help), "dates are written 2027-03-31");
	if (strlen(text) != 10 ||
		sscanf(text, "%4u-%2u-%2u%n", &y, &m, &d, &end) != 3 ||
		end != 10 || m < 1 || m > 12 || y < 1970)
		return fail(w, "%.40s is not a date", text);
	if (d < 1 || d > month_days[m - 1] + (unsigned)(m == 2 && leap(y)))
		return fail(w, "%.40s is not a day of the calendar", text);
	*days = 0;
	for (unsigned i = 1970; i < y; i++)
		*days += leap(i) ? 366 : 365;
	for (unsigned i = 1; i < m; i++)
		*days += month_days[i - 1] + (i == 2 && leap(y));
	*days += d - 1;
	return 0;
}

static int unix_path(
	const char *p, struct literal_endpoint *e, struct literal_why *w)
{
	size_t n = strlen(p);
	if (n >= 2 && p[0] == '"' && p[n - 1] == '"') {
		p++;
		n -= 2;
	}
	if (n == 0 || n > 107)
		return fail(w,
			"the path of a Unix socket has 1 to 107 octets%s", "");
	e->family = TBL_UNIX;
	e->host = p;
	e->host_len = n;
	return 0;
}

/* An IPv6 address whose colons and the port's cannot be told apart. */
static int bare_v6(const char *text, const char *colon, struct literal_why *w)
{
	char buf[INET6_ADDRSTRLEN];
	uint8_t addr[16];
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (!colon || strchr(text, ':') == colon)
		return 0;
	if (n < sizeof(buf)) {
		memcpy(buf, text, n);
		buf[n] = '\0';
		if (inet_pton(AF_INET6, buf, addr) == 1)
			snprintf(w->help, sizeof(w->help), "write [%s]%.10s",
				buf, colon);
	}
	if (!w->help[0] && inet_pton(AF_INET6, text, addr) == 1)
		snprintf(w->help, sizeof(w->help), "write [%.45s]:PORT", text);
	if (!w->help[0])
		return 0;
	fail(w, "%.60s is an IPv6 address without brackets", text);
	return 1;
}

int literal_endpoint(
	const char *text, struct literal_endpoint *e, struct literal_why *w)
{
	char buf[64];

	memset(e, 0, sizeof(*e));
	w->help[0] = '\0';
	if (!strncmp(text, "unix:", 5))
		return unix_path(text + 5, e, w);
	const char *colon = strrchr(text, ':'), *host = text;
	size_t n = colon ? (size_t)(colon - text) : 0;
	int bracket = text[0] == '[';
	struct literal_why none;
	if (!colon && !literal_port(text, &e->port, &none)) {
		e->family = TBL_HOST;
		snprintf(w->help, sizeof(w->help), "write ADDRESS:%.40s", text);
		return fail(w, "%.60s is a port without an address", text);
	}
	if (!bracket && bare_v6(text, colon, w))
		return -1;
	if (!colon || (bracket && (n < 2 || text[n - 1] != ']')) ||
		(!bracket && strchr(text, ':') != colon)) {
		snprintf(w->help, sizeof(w->help),
			"write address:port, [v6-address]:port, host:port or "
			"unix:\"/path\"");
		return fail(w, "%.60s has no port", text);
	}
	if (literal_port(colon + 1, &e->port, w) < 0)
		return -1;
	if (bracket) {
		host++;
		n -= 2;
	}
	if (n > 0 && n < sizeof(buf)) {
		memcpy(buf, host, n);
		buf[n] = '\0';
		if (inet_pton(bracket ? AF_INET6 : AF_INET, buf, e->addr) ==
			1) {
			e->family = bracket ? TBL_V6 : TBL_V4;
			return 0;
		}
	}
	if (bracket)
		return fail(w, "%.60s is not an IPv6 address", text);
	e->family = TBL_HOST;
	e->host = host;
	e->host_len = n;
	return 0;
}
