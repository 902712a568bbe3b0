/*
 * The commands that only print: version, help and the list of rules.
 */
#include <string.h>

#include "commands.h"
#include "compiler/base/json_out.h"
#include "compiler/base/spell.h"
#include "compiler/base/version.h"

struct rule {
	const char *id, *name, *meaning;
	enum diag_level level;
	int fixable;
};

static const struct rule all[] = {
#define DIAG(id, name, level, fixable, meaning)                                \
	{#id, name, meaning, DIAG_##level, fixable},
#include "compiler/diag/diag.def"
};

enum { ALL = sizeof(all) / sizeof(all[0]) };

/* A deny lint is an error that `allow` can suppress. */
static const char *level_word(enum diag_level level)
{
	return level == DIAG_DENY ? "deny" : diag_level_word(level);
}

static void rules_json(void)
{
	fputs("{\"format\": \"1.0\", \"rules\": [", stdout);
	for (int i = 0; i < ALL; i++) {
		printf("%s\n  {\"id\": \"%s\", \"name\": \"%s\", \"level\": "
		       "\"%s\", \"fixable\": %s, \"meaning\": ",
			i ? "," : "", all[i].id, all[i].name,
			level_word(all[i].level),
			all[i].fixable ? "true" : "false");
		json_put(stdout, all[i].meaning);
		putchar('}');
	}
	puts("\n]}");
}

static void rules_human(void)
{
	for (int i = 0; i < ALL; i++)
		printf("%s  %-24s %-8s%-4s %s\n", all[i].id, all[i].name,
			level_word(all[i].level), all[i].fixable ? "fix" : "",
			all[i].meaning);
}

int cmd_rules(struct cli *c)
{
	const char *format = cli_value(c, OPT_FORMAT);

	if (cli_operands(c, 0, 0))
		return CLI_USAGE;
	if (format && strcmp(format, "json") == 0)
		rules_json();
	else if (!format || strcmp(format, "human") == 0)
		rules_human();
	else
		return cli_usage(c, "rules: --format is human or json");
	return CLI_OK;
}

int cmd_version(struct cli *c)
{
	puts("tlsc " TLSC_VERSION);
	return CLI_OK;
}

int cmd_help(struct cli *c)
{
	const char *names[CMD_COUNT], *near;
	enum cli_command_id id;

	if (cli_operands(c, 0, 1))
		return CLI_USAGE;
	if (!c->arg_count) {
		cli_help(stdout);
		return CLI_OK;
	}
	id = cli_command_find(c->args[0]);
	if (id < CMD_COUNT) {
		cli_help_command(stdout, id);
		return CLI_OK;
	}
	for (int i = 0; i < CMD_COUNT; i++)
		names[i] = cli_commands[i].name;
	near = spell_nearest(c->args[0], strlen(c->args[0]), names, CMD_COUNT);
	return cli_usage(c, "no command '%s'%s%s%s", c->args[0],
		near ? ": did you mean " : "", near ? near : "",
		near ? "?" : "");
}
