/*
 * argv to struct cli (cli.h).  Options may be anywhere; "--" ends them; "-" is
 * an operand.  Every complaint names what was nearest.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/base/spell.h"

const struct cli_command cli_commands[CMD_COUNT] = {
#define COMMAND(id, name, args, summary) {name, args, summary},
#include "commands.def"
};

#define C(id) (1u << CMD_##id)
const struct cli_option cli_options[OPT_COUNT] = {
#define OPTION(id, short_, long_, arg, values, commands, help)                 \
	{short_, long_, arg, values, commands, help},
#include "options.def"
};
#undef C

static void say(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	fprintf(stderr, "tlsc: %s", shown_text(text));
	free(text);
}

int cli_usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	if (c->command < CMD_COUNT)
		fprintf(stderr, "\ntlsc: try 'tlsc %s --help'\n",
			cli_commands[c->command].name);
	else
		fputs("\ntlsc: try 'tlsc --help'\n", stderr);
	return CLI_USAGE;
}

int cli_io(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return CLI_IO;
}

const char *cli_value(const struct cli *c, enum cli_option_id id)
{
	for (size_t i = c->given_count; i--;)
		if (c->given[i].id == id)
			return c->given[i].value;
	return NULL;
}

long long cli_number(const struct cli *c, enum cli_option_id id, long long max,
	long long absent)
{
	const char *value = cli_value(c, id);
	char *end;
	long long n;

	if (!value)
		return absent;
	errno = 0;
	n = strtoll(value, &end, 10);
	if (*value >= '0' && *value <= '9' && !*end && !errno && n <= max)
		return n;
	cli_usage(c, "--%s needs a number from 0 to %lld, not '%s'",
		cli_options[id].long_name, max, value);
	return -1;
}

int cli_operands(const struct cli *c, size_t min, size_t max)
{
	if (c->arg_count < min)
		return cli_usage(c, "%s: too few arguments: tlsc %s %s",
			cli_commands[c->command].name,
			cli_commands[c->command].name,
			cli_commands[c->command].args);
	if (c->arg_count > max)
		return cli_usage(c, "%s: unexpected argument '%s'",
			cli_commands[c->command].name, c->args[max]);
	return CLI_OK;
}

static void give(struct cli *c, enum cli_option_id id, const char *value)
{
	c->given[c->given_count++] = (struct cli_given){id, value};
}

static int fits(const struct cli *c, enum cli_option_id id)
{
	return cli_options[id].commands == 0 ||
		(cli_options[id].commands & 1u << c->command);
}

static int is_one_of(const char *words, const char *value)
{
	size_t n = strlen(value);

	for (const char *p = words; *p; p += strcspn(p, " "), p += *p == ' ')
		if (strcspn(p, " ") == n && strncmp(p, value, n) == 0)
			return 1;
	return 0;
}

/* An option was recognised: is it this command's, is its value one of those
 * it may have? */
static int take(struct cli *c, enum cli_option_id id, const char *spelled,
	const char *value)
{
	const struct cli_option *o = &cli_options[id];

	if (!fits(c, id))
		return cli_usage(c, "%s is not an option of 'tlsc %s'", spelled,
			cli_commands[c->command].name);
	if (*o->values && *o->values != '@' && !is_one_of(o->values, value))
		return cli_usage(c, "%s needs one of: %s; not '%s'", spelled,
			o->values, value);
	give(c, id, value);
	return CLI_OK;
}

static int unknown(struct cli *c, const char *arg, size_t n)
{
	const char *names[OPT_COUNT], *near;

	for (int i = 0; i < OPT_COUNT; i++)
		names[i] = fits(c, (enum cli_option_id)i)
			? cli_options[i].long_name
			: NULL;
	near = spell_nearest(arg + 2, n - 2, names, OPT_COUNT);
	if (near)
		return cli_usage(c, "unknown option %.*s: did you mean --%s?",
			(int)n, arg, near);
	return cli_usage(c, "unknown option %.*s", (int)n, arg);
}

/* --name, --name=value, and where there must be one --name value.  *i is moved over a value. */
static int long_option(struct cli *c, char **argv, int *i)
{
	const char *arg = argv[*i];
	size_t n = strcspn(arg, "=");

	for (int id = 0; id < OPT_COUNT; id++) {
		const struct cli_option *o = &cli_options[id];

		if (strlen(o->long_name) != n - 2 ||
			strncmp(o->long_name, arg + 2, n - 2) != 0)
			continue;
		if (!*o->arg && arg[n])
			return cli_usage(c, "%.*s takes no value", (int)n, arg);
		if (cli_wants(o) && !arg[n] && !argv[*i + 1])
			return cli_usage(c, "%s needs %s", arg, o->arg);
		return take(c, (enum cli_option_id)id,
			arena_strndup(c->arena, arg, n),
			arg[n]                  ? arg + n + 1
				: !cli_wants(o) ? ""
						: argv[++*i]);
	}
	return unknown(c, arg, n);
}

/* -o FILE, -oFILE, -w; the longest name that fits wins (-MF before -M). */
static int short_option(struct cli *c, char **argv, int *i)
{
	const char *spelled = argv[*i], *arg = spelled + 1, *rest;
	const struct cli_option *o;
	size_t best = 0;
	int id = 0;

	for (int k = 0; k < OPT_COUNT; k++) {
		size_t n = strlen(cli_options[k].short_name);

		if (n > best &&
			strncmp(arg, cli_options[k].short_name, n) == 0 &&
			(*cli_options[k].arg || !arg[n]) &&
			fits(c, (enum cli_option_id)k)) {
			best = n;
			id = k;
		}
	}
	if (!best)
		return cli_usage(c, "unknown option -%s", arg);
	o = &cli_options[id];
	rest = arg + best;
	if (*o->arg && !*rest && !argv[*i + 1])
		return cli_usage(c, "-%s needs %s", o->short_name, o->arg);
	return take(c, (enum cli_option_id)id, spelled,
		!*o->arg        ? ""
			: *rest ? rest
				: argv[++*i]);
}

/* The first word is a command unless it is an option or looks like a file:
 * then the command is compile. */
static int choose_command(struct cli *c, const char *word)
{
	const char *names[CMD_COUNT], *near;

	c->command = CMD_compile;
	if (!word || word[0] == '-')
		return CLI_OK;
	c->command = cli_command_find(word);
	if (c->command < CMD_COUNT)
		return CLI_OK;
	c->command = CMD_compile;
	if (strpbrk(word, "./") || access(word, F_OK) == 0)
		return CLI_OK;
	for (int i = 0; i < CMD_COUNT; i++)
		names[i] = cli_commands[i].name;
	near = spell_nearest(word, strlen(word), names, CMD_COUNT);
	c->command = CMD_COUNT;
	if (near)
		return cli_usage(
			c, "no command '%s': did you mean '%s'?", word, near);
	return cli_usage(c, "'%s' is neither a command nor a file", word);
}

int cli_parse(struct cli *c, int argc, char **argv)
{
	int status = choose_command(c, argv[1]), only_args = 0;

	c->named = argc > 1 && c->command < CMD_COUNT &&
		strcmp(argv[1], cli_commands[c->command].name) == 0;

	c->given =
		arena_alloc(c->arena, ((size_t)argc + 1) * sizeof(*c->given));
	c->args = arena_alloc(c->arena, ((size_t)argc + 1) * sizeof(*c->args));
	for (int i = 1 + c->named; i < argc && !status; i++) {
		if (only_args || argv[i][0] != '-' || !argv[i][1])
			c->args[c->arg_count++] = argv[i];
		else if (strcmp(argv[i], "--") == 0)
			only_args = 1;
		else if (argv[i][1] == '-')
			status = long_option(c, argv, &i);
		else
			status = short_option(c, argv, &i);
	}
	return status;
}
