/*
 * The files of CAs that a table names, held against what it says of them.
 */
#ifndef COMPILER_TRUSTED_H
#define COMPILER_TRUSTED_H

struct cli;
struct input;

/* Those beside the table; what does not fit or cannot be read is a diagnostic
 * of the input.  CLI_OK or CLI_FINDINGS. */
int trusted_check(const struct cli *c, const struct input *in);

#endif
