/*
 * The options that most commands share: definitions, the clock, levels and
 * style, from words on the command line into the settings of struct cli.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "compiler/base/arena.h"
#include "compiler/base/spell.h"

/* Days since 1970-01-01 of a civil date (proleptic Gregorian). */
static int64_t days(int64_t y, int64_t m, int64_t d)
{
	int64_t era, of_era;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	of_era = (y - era * 400) * 365 + (y - era * 400) / 4 -
		(y - era * 400) / 100;
	return era * 146097 + of_era + (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 +
		d - 1 - 719468;
}

static int in(int v, int low, int high)
{
	return v >= low && v <= high;
}

static int month_days(int y, int m)
{
	static const int of[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

	return of[m - 1] + (m == 2 && leap);
}

/* RFC 3339, 5.6: date-time, or only its date (midnight UTC). */
static int parse_time(const char *s, int64_t *out)
{
	int y, mo, d, h = 0, mi = 0, sec = 0, oh = 0, om = 0, n = 0;
	char sign[2] = "+";

	/* scanf would skip space. */
	if (s[strspn(s, "0123456789-+:.TtZz")] ||
		sscanf(s, "%4d-%2d-%2d%n", &y, &mo, &d, &n) != 3 || n != 10 ||
		!in(y, 1970, 9999) || !in(mo, 1, 12) ||
		!in(d, 1, month_days(y, mo)))
		return -1;
	s += n;
	if (*s) {
		n = 0;
		if (sscanf(s, "%*1[Tt]%2d:%2d:%2d%n", &h, &mi, &sec, &n) != 3 ||
			n != 9 || !in(h, 0, 23) || !in(mi, 0, 59) ||
			!in(sec, 0, 60))
			return -1;
		s += n;
		if (*s == '.')
			s += 1 + strspn(s + 1, "0123456789");
		if (strcmp(s, "Z") != 0 && strcmp(s, "z") != 0 &&
			(sscanf(s, "%1[+-]%2d:%2d%n", sign, &oh, &om, &n) !=
					3 ||
				n != 6 || s[n]))
			return -1;
	}
	if (!in(oh, 0, 23) || !in(om, 0, 59))
		return -1;
	*out = days(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec -
		(sign[0] == '-' ? -1 : 1) * (oh * 3600 + om * 60);
	return 0;
}

static int set_now(struct cli *c)
{
	const char *given = cli_value(c, OPT_NOW);
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;

	if (given) {
		if (parse_time(given, &c->options.now))
			return cli_usage(c,
				"--now needs a time such as "
				"2026-01-31T12:00:00Z, not '%s'",
				given);
	} else if (epoch && *epoch) {
		errno = 0;
		c->options.now = strtoll(epoch, &end, 10);
		if (*end || errno || c->options.now < 0)
			return cli_usage(c,
				"SOURCE_DATE_EPOCH is not a number of seconds: "
				"'%s'",
				epoch);
	} else {
		c->options.now = time(NULL);
	}
	return CLI_OK;
}

static int set_rule(struct cli *c, const char *arg)
{
	const char *why = diag_rules_set(&c->rules, arg);
	const char *names[DIAG_COUNT] = {"all"}, *near, *rule = arg;

	if (!why)
		return CLI_OK;
	rule += strncmp(rule, "no-", 3) == 0      ? 3
		: strncmp(rule, "error=", 6) == 0 ? 6
						  : 0;
	for (int i = 1; i < DIAG_COUNT; i++)
		names[i] = rule[0] == 'T' ? diag_id_text((enum diag_id)i)
					  : diag_id_name((enum diag_id)i);
	near = spell_nearest(rule, strlen(rule), names, DIAG_COUNT);
	if (near && strcmp(near, rule) != 0)
		return cli_usage(
			c, "-W%s: %s: did you mean '%s'?", arg, why, near);
	return cli_usage(c, "-W%s: %s", arg, why);
}

static int set_no_allow(struct cli *c, const char *ids)
{
	const char *at, *why = diag_rules_no_allow(&c->rules, ids, &at);

	return !why ? CLI_OK : cli_usage(c, "--no-allow: %s: '%s'", why, at);
}

static int add_define(struct cli *c, const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct define *d = &c->options.defines[c->options.define_count];

	if (!eq || eq == arg)
		return cli_usage(c, "-D needs NAME=VALUE, not '%s'", arg);
	d->name = arena_strndup(c->arena, arg, (size_t)(eq - arg));
	d->value = eq + 1;
	c->options.define_count++;
	return CLI_OK;
}

static int set_lists(struct cli *c)
{
	size_t room = c->given_count + 1;
	int status = CLI_OK;

	c->options.defines =
		arena_alloc(c->arena, room * sizeof(*c->options.defines));
	c->options.include_dirs =
		arena_alloc(c->arena, room * sizeof(*c->options.include_dirs));
	c->options.allow_paths =
		arena_alloc(c->arena, room * sizeof(*c->options.allow_paths));
	diag_rules_init(&c->rules);
	for (size_t i = 0; i < c->given_count && !status; i++) {
		const char *value = c->given[i].value;

		if (c->given[i].id == OPT_DEFINE)
			status = add_define(c, value);
		else if (c->given[i].id == OPT_WARN)
			status = set_rule(c, value);
		else if (c->given[i].id == OPT_NO_ALLOW)
			status = set_no_allow(c, value);
		else if (c->given[i].id == OPT_INCLUDE)
			c->options.include_dirs[c->options.include_count++] =
				value;
		else if (c->given[i].id == OPT_ALLOW_PATH)
			c->options.allow_paths[c->options.allow_count++] =
				value;
	}
	return status;
}

/* https://no-color.org: set and not empty. */
static int want_color(const struct cli *c)
{
	const char *when = cli_value(c, OPT_COLOR), *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return !(no && *no) && isatty(STDERR_FILENO) &&
		!(term && strcmp(term, "dumb") == 0);
}

int cli_common(struct cli *c)
{
	const char *fail = cli_value(c, OPT_FAIL_ON);
	long long serial = cli_number(c, OPT_SERIAL, INT64_MAX, 0);
	long long max = cli_number(c, OPT_MAX_SHOWN, 1000000000, 100);

	if (serial < 0 || max < 0)
		return CLI_USAGE;
	c->options.no_fs = cli_has(c, OPT_NO_FS);
	c->options.no_credentials =
		c->options.no_fs || cli_has(c, OPT_NO_CREDENTIALS);
	c->options.output = cli_value(c, OPT_OUTPUT);
	if (c->options.output && strcmp(c->options.output, "-") == 0)
		c->options.output = NULL;
	c->options.timings = cli_has(c, OPT_TIMINGS);
	c->options.serial = (uint64_t)serial;
	c->style.max = (size_t)max;
	c->style.color = want_color(c);
	c->fail_on = !fail || *fail == 'e' ? DIAG_DENY
		: *fail == 'w'             ? DIAG_WARNING
					   : DIAG_NOTE;
	if (set_now(c))
		return CLI_USAGE;
	/* A signed table without a serial number could be replaced by any
	 * older one. */
	if (c->command == CMD_compile && cli_has(c, OPT_SIGN) &&
		!cli_has(c, OPT_SERIAL))
		c->options.serial = (uint64_t)c->options.now;
	return set_lists(c);
}
