/*
 * tlsc completions SHELL: made from commands.def and options.def, so that they
 * are never out of date.
 */
#include <string.h>

#include "commands.h"

/* The words an option's argument may be, beyond what options.def says. */
static void put_values(enum cli_option_id id)
{
	if (id == OPT_FORMAT) {
		for (const struct diag_format *f = diag_formats; f->name; f++)
			printf("%s%s", f == diag_formats ? "" : " ", f->name);
	} else if (*cli_options[id].values != '@') {
		fputs(cli_options[id].values, stdout);
	}
}

static int has_values(enum cli_option_id id)
{
	return id == OPT_FORMAT ||
		(*cli_options[id].values && *cli_options[id].values != '@');
}

static void put_commands(void)
{
	for (int i = 0; i < CMD_COUNT; i++)
		printf("%s%s", i ? " " : "", cli_commands[i].name);
}

static void put_ids(void)
{
	for (int i = 1; i < DIAG_COUNT; i++)
		printf("%s%s", i > 1 ? " " : "", diag_id_text((enum diag_id)i));
}

/* "--sni --source ... -o" of one command. */
static void put_options(int command)
{
	for (int i = 0; i < OPT_COUNT; i++) {
		const struct cli_option *o = &cli_options[i];

		if (!(o->commands & 1u << command))
			continue;
		printf(" --%s", o->long_name);
		if (*o->short_name)
			printf(" -%s", o->short_name);
	}
}

static void bash(void)
{
	fputs("# bash completion for tlsc\n_tlsc() {\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} "
	      "prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal command=${COMP_WORDS[1]} words=\n"
	      "\tcase $prev in\n",
		stdout);
	for (int i = 0; i < OPT_COUNT; i++) {
		if (!has_values((enum cli_option_id)i))
			continue;
		printf("\t--%s) words=\"", cli_options[i].long_name);
		put_values((enum cli_option_id)i);
		fputs("\" ;;\n", stdout);
	}
	fputs("\texplain) words=\"", stdout);
	put_ids();
	fputs("\" ;;\n\tcompletions) words=\"bash zsh fish\" ;;\n"
	      "\thelp) words=\"",
		stdout);
	put_commands();
	fputs("\" ;;\n\tesac\n\tif [[ -z $words && $COMP_CWORD -eq 1 && "
	      "$cur != -* ]]; then\n\t\twords=\"",
		stdout);
	put_commands();
	fputs("\"\n\telif [[ -z $words && $cur == -* ]]; then\n"
	      "\t\tcase $command in\n",
		stdout);
	for (int i = 0; i < CMD_COUNT; i++) {
		if (i == CMD_compile)
			continue;
		printf("\t\t%s) words=\"", cli_commands[i].name);
		put_options(i);
		fputs("\" ;;\n", stdout);
	}
	fputs("\t\t*) words=\"", stdout);
	put_options(CMD_compile);
	fputs(" --version\" ;;\n\t\tesac\n\tfi\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	      "}\ncomplete -o default -F _tlsc tlsc\n",
		stdout);
}

/* In single quotes for the shells; zsh has it in brackets. */
static void put_quoted(const char *s, const char *escape)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\'", stdout);
		else if (strchr(escape, *s))
			putchar('\\');
		putchar(*s);
	}
}

static void zsh_spec(
	enum cli_option_id id, const char *dashes, const char *name)
{
	const struct cli_option *o = &cli_options[id];

	printf(" \\\n\t\t\t'*%s%s[", dashes, name);
	put_quoted(o->help, "[]:\\");
	putchar(']');
	if (cli_wants(o)) {
		putchar(':');
		put_quoted(o->arg, "[]:\\");
		putchar(':');
		if (has_values(id)) {
			putchar('(');
			put_values(id);
			putchar(')');
		} else if (*o->values == '@') {
			fputs("_files", stdout);
		}
	}
	putchar('\'');
}

static void zsh_command(int command)
{
	printf("\t%s)\n\t\t_arguments", cli_commands[command].name);
	for (int i = 0; i < OPT_COUNT; i++) {
		const struct cli_option *o = &cli_options[i];

		if (!(o->commands & 1u << command))
			continue;
		zsh_spec((enum cli_option_id)i, "--", o->long_name);
		if (*o->short_name)
			zsh_spec((enum cli_option_id)i, "-", o->short_name);
	}
	fputs(" \\\n\t\t\t'*:argument:", stdout);
	if (command == CMD_explain) {
		putchar('(');
		put_ids();
		putchar(')');
	} else if (command == CMD_completions) {
		fputs("(bash zsh fish)", stdout);
	} else if (command == CMD_help) {
		putchar('(');
		put_commands();
		putchar(')');
	} else {
		fputs("_files", stdout);
	}
	fputs("'\n\t\t;;\n", stdout);
}

static void zsh(void)
{
	fputs("#compdef tlsc\n# zsh completion for tlsc\n_tlsc() {\n"
	      "\tlocal -a commands\n\tcommands=(",
		stdout);
	for (int i = 0; i < CMD_COUNT; i++) {
		printf("\n\t\t'%s:", cli_commands[i].name);
		put_quoted(cli_commands[i].summary, ":\\");
		putchar('\'');
	}
	fputs("\n\t)\n\tif (( CURRENT == 2 )); then\n"
	      "\t\t_describe command commands\n\t\t_files\n\t\treturn\n\tfi\n"
	      "\tlocal command=$words[2]\n"
	      "\t(( CURRENT-- ))\n\tshift words\n"
	      "\tcase $command in\n",
		stdout);
	for (int i = 0; i < CMD_COUNT; i++)
		zsh_command(i);
	fputs("\t*) _files ;;\n\tesac\n}\nif [ \"$funcstack[1]\" = _tlsc ]; "
	      "then\n\t_tlsc \"$@\"\nelse\n\tcompdef _tlsc tlsc\nfi\n",
		stdout);
}

static void fish_option(int command, enum cli_option_id id)
{
	const struct cli_option *o = &cli_options[id];
	size_t n = strlen(o->short_name);

	printf("complete -c tlsc -n '__fish_seen_subcommand_from %s' -l %s",
		cli_commands[command].name, o->long_name);
	if (n)
		printf(" -%c %s", n > 1 ? 'o' : 's', o->short_name);
	if (cli_wants(o))
		printf(" -%c", *o->values == '@' ? 'r' : 'x');
	if (has_values(id)) {
		fputs(" -a '", stdout);
		put_values(id);
		putchar('\'');
	}
	fputs(" -d '", stdout);
	put_quoted(o->help, "");
	fputs("'\n", stdout);
}

static void fish(void)
{
	fputs("# fish completion for tlsc\n", stdout);
	for (int i = 0; i < CMD_COUNT; i++) {
		printf("complete -c tlsc -n __fish_use_subcommand -a %s -d '",
			cli_commands[i].name);
		put_quoted(cli_commands[i].summary, "");
		fputs("'\n", stdout);
	}
	for (int i = 0; i < CMD_COUNT; i++)
		for (int k = 0; k < OPT_COUNT; k++)
			if (cli_options[k].commands & 1u << i)
				fish_option(i, (enum cli_option_id)k);
	fputs("complete -c tlsc -n '__fish_seen_subcommand_from explain' -f "
	      "-a '",
		stdout);
	put_ids();
	fputs("'\ncomplete -c tlsc -n '__fish_seen_subcommand_from "
	      "completions' -f -a 'bash zsh fish'\n",
		stdout);
}

int cmd_completions(struct cli *c)
{
	const char *shell;

	if (cli_operands(c, 1, 1))
		return CLI_USAGE;
	shell = c->args[0];
	if (strcmp(shell, "bash") == 0)
		bash();
	else if (strcmp(shell, "zsh") == 0)
		zsh();
	else if (strcmp(shell, "fish") == 0)
		fish();
	else
		return cli_usage(c,
			"completions are for bash, zsh and fish, not for '%s'",
			shell);
	return CLI_OK;
}
