/*
 * The command line: what was given, and what every command shares.  Commands
 * are rows of commands.def, options of options.def.
 */
#ifndef COMPILER_CLI_H
#define COMPILER_CLI_H

#include <stddef.h>
#include <string.h>

#include "compiler/base/options.h"
#include "compiler/diag/list.h"

enum cli_exit { CLI_OK, CLI_FINDINGS, CLI_USAGE, CLI_IO, CLI_INTERNAL };

enum cli_command_id {
#define COMMAND(id, name, args, summary) CMD_##id,
#include "commands.def"
	CMD_COUNT
};

enum cli_option_id {
#define OPTION(id, short_, long_, arg, values, commands, help) OPT_##id,
#include "options.def"
	OPT_COUNT
};

struct cli_command {
	const char *name, *args, *summary;
};

struct cli_option {
	const char *short_name, *long_name, *arg, *values;
	unsigned commands; /* bits of cli_command_id */
	const char *help;
};

/* Must a value follow?  "[=IDS]" means that one may. */
static inline int cli_wants(const struct cli_option *o)
{
	return *o->arg && strncmp(o->arg, "[=", 2) != 0;
}

extern const struct cli_command cli_commands[CMD_COUNT];
extern const struct cli_option cli_options[OPT_COUNT];

struct cli_given {
	enum cli_option_id id;
	const char *value; /* "" for an option without argument */
};

struct cli {
	struct arena *arena;
	enum cli_command_id command;
	int named; /* the command was written, not implied */
	struct cli_given *given;
	size_t given_count;
	const char **args; /* operands, NULL at the end */
	size_t arg_count;

	struct options options;
	struct diag_rules rules;
	enum diag_level fail_on;
	struct diag_style style;
};

/* argv into *c.  CLI_OK, or the exit code after a complaint. */
int cli_parse(struct cli *c, int argc, char **argv);

/* The last value given, or NULL. */
const char *cli_value(const struct cli *c, enum cli_option_id id);
static inline int cli_has(const struct cli *c, enum cli_option_id id)
{
	return cli_value(c, id) != NULL;
}
/* A whole number in a range; complains and returns -1 otherwise; `absent` when
 * the option was not given. */
long long cli_number(const struct cli *c, enum cli_option_id id, long long max,
	long long absent);

/* "tlsc: ..." and a hint to --help on standard error; returns CLI_USAGE. */
int cli_usage(const struct cli *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "tlsc: ..."; returns CLI_IO. */
int cli_io(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Exactly min..max operands, else a usage error. */
int cli_operands(const struct cli *c, size_t min, size_t max);

/* help.c */
void cli_help(FILE *f);
void cli_help_command(FILE *f, enum cli_command_id id);
/* CMD_COUNT when there is none. */
enum cli_command_id cli_command_find(const char *name);

/* common.c: options that most commands share, into *c. */
int cli_common(struct cli *c);

#endif
