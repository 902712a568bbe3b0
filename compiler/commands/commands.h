/*
 * The commands: one function a row of commands.def, each in its own file.  Each
 * returns an exit code, and has printed why when it is not CLI_OK.
 */
#ifndef COMPILER_COMMANDS_H
#define COMPILER_COMMANDS_H

#include "compiler/cli/cli.h"

#define COMMAND(id, name, args, summary) int cmd_##id(struct cli *c);
#include "compiler/cli/commands.def"

#endif
