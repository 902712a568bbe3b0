/*
 * Commands whose engines this build does not have say so.
 */
#include "cli.h"

static int missing(const struct cli *c)
{
	fprintf(stderr, "tlsc: this build has no `%s`\n",
		cli_commands[c->command].name);
	return CLI_INTERNAL;
}

int cmd_test(struct cli *c) { return missing(c); }
