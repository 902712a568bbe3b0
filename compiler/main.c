/*
 * tlsc: compiles policy text to table bytes, and examines both.  cli.c turns
 * argv into a command, whose function is in commands/; the pipeline that they
 * share is compile.c.
 */
#include "compiler/base/arena.h"
#include "compiler/cli/cli.h"
#include "compiler/commands/commands.h"

static int (*const commands[CMD_COUNT])(struct cli *c) = {
#define COMMAND(id, name, args, summary) cmd_##id,
#include "compiler/cli/commands.def"
};

static int run(struct cli *c, int argc, char **argv)
{
	int status = cli_parse(c, argc, argv);

	if (status)
		return status;
	if (argc < 2) {
		cli_help(stderr);
		return CLI_USAGE;
	}
	if (cli_has(c, OPT_HELP)) {
		if (!c->named)
			cli_help(stdout);
		else
			cli_help_command(stdout, c->command);
		return CLI_OK;
	}
	if (cli_has(c, OPT_VERSION))
		return cmd_version(c);
	status = cli_common(c);
	return status ? status : commands[c->command](c);
}

int main(int argc, char **argv)
{
	struct cli c = {.arena = arena_new()};
	int status = run(&c, argc, argv);

	arena_free(&c.arena);
	/* A full disk at standard output must not look like success. */
	if (fflush(stdout) || ferror(stdout)) {
		perror("tlsc: standard output");
		if (status < CLI_IO)
			status = CLI_IO;
	}
	return status;
}
