/*
 * tlsc genkey NAME: a key pair for signing tables, NAME.sec and NAME.pub, as
 * `signify -G -n` would make it.
 */
#include <gnutls/gnutls.h>
#include <stdio.h>

#include "commands.h"
#include "compiler/run/sign.h"

int cmd_genkey(struct cli *c)
{
	struct secret s;
	char err[512];
	int status = cli_operands(c, 1, 1);

	if (status)
		return status;
	if (sign_new_secret(&s, err, sizeof(err)) ||
		sign_write_keys(c->args[0], &s, err, sizeof(err)))
		status = cli_io("%s", err);
	else
		printf("%s.sec signs: tlsc FILE -o TABLE --sign %s.sec\n"
		       "%s.pub verifies: tlsd --pubkey %s.pub TABLE\n",
			c->args[0], c->args[0], c->args[0], c->args[0]);
	gnutls_memset(&s, 0, sizeof(s));
	return status;
}
