/*
 * --help: made from commands.def and options.def.
 */
#include <string.h>

#include "cli.h"

enum { NAME_COLUMNS = 30, LINE_COLUMNS = 79 };

enum cli_command_id cli_command_find(const char *name)
{
	for (int i = 0; i < CMD_COUNT; i++)
		if (strcmp(cli_commands[i].name, name) == 0)
			return (enum cli_command_id)i;
	return CMD_COUNT;
}

void cli_help(FILE *f)
{
	fputs("usage: tlsc FILE -o TABLE\n"
	      "       tlsc COMMAND ...\n\n"
	      "tlsc compiles TLS routing policies into the tables that tlsd "
	      "serves.\n\ncommands:\n",
		f);
	for (int i = 0; i < CMD_COUNT; i++)
		fprintf(f, "  %-12s %s\n", cli_commands[i].name,
			cli_commands[i].summary);
	fputs("\nexit status: 0 ok, 1 findings, 2 wrong usage, 3 cannot read "
	      "or "
	      "write,\n             4 internal error\n"
	      "'tlsc COMMAND --help' lists a command's options; see tlsc(1), "
	      "policy(5)\n",
		f);
}

/* In the right-hand column, broken between words. */
static void print_help(FILE *f, const char *text)
{
	size_t room = LINE_COLUMNS - NAME_COLUMNS - 3, len = strlen(text), n;

	for (; len > room; text += n + 1, len -= n + 1) {
		n = room;
		while (n > 1 && text[n] != ' ')
			n--;
		fprintf(f, " %.*s\n  %*s", (int)n, text, NAME_COLUMNS, "");
	}
	fprintf(f, " %s\n", text);
}

static void print_option(FILE *f, const struct cli_option *o)
{
	char name[128];
	int n;

	n = snprintf(name, sizeof(name), "%s%s%s--%s%s%s",
		*o->short_name ? "-" : "", o->short_name,
		*o->short_name ? ", " : "    ", o->long_name,
		cli_wants(o) ? " " : "", o->arg);
	fprintf(f, "  %-*s", NAME_COLUMNS, name);
	if (n >= NAME_COLUMNS)
		fprintf(f, "\n  %*s", NAME_COLUMNS, "");
	print_help(f, o->help);
	if (*o->values && *o->values != '@')
		fprintf(f, "  %*s one of: %s\n", NAME_COLUMNS, "", o->values);
}

void cli_help_command(FILE *f, enum cli_command_id id)
{
	const struct cli_command *m = &cli_commands[id];

	fprintf(f, "usage: tlsc %s%s%s\n\n%s\n\noptions:\n", m->name,
		*m->args ? " " : "", m->args, m->summary);
	for (int i = 0; i < OPT_COUNT; i++)
		if (cli_options[i].commands & 1u << id)
			print_option(f, &cli_options[i]);
}
