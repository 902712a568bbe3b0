/*
 * tlsc sign TABLE -s KEY: writes TABLE.sig, as `signify -S` would.
 */
#include <gnutls/gnutls.h>

#include "commands.h"
#include "compiler/run/input.h"
#include "compiler/run/sign.h"

static void warn(const struct input *in)
{
	input_warn_serial(in);
	input_warn_trust(in->path, &in->table);
}

int cmd_sign(struct cli *c)
{
	const char *path = cli_value(c, OPT_KEY);
	struct secret s;
	struct input in;
	char err[512];
	int status = cli_operands(c, 1, 1);

	if (status)
		return status;
	if (!path)
		return cli_usage(c, "no key: give one with -s KEY");
	if (sign_read_secret(path, &s, err, sizeof(err)))
		return cli_io("%s", err);
	status = input_open_table(c, c->args[0], &in);
	if (!status) {
		if (sign_write(in.path, &s, in.bytes, in.len, err, sizeof(err)))
			status = cli_io("%s", err);
		else
			warn(&in);
		input_close(&in);
	}
	gnutls_memset(&s, 0, sizeof(s));
	return status;
}
