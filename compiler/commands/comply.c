/*
 * tlsc comply FILE [TABLE]: evidence for an auditor, and with --sign its
 * signature.
 */
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/base/write.h"
#include "compiler/run/evidence.h"
#include "compiler/run/sign.h"
#include "compiler/table/undump.h"
#include "compiler/verify/verify.h"

/* The word's printer, or NULL. */
static void (*printer(const struct cli *c))(FILE *, const struct evidence *)
{
	const char *format = cli_value(c, OPT_FORMAT);

	if (!format || strcmp(format, "markdown") == 0)
		return evidence_markdown;
	return strcmp(format, "json") == 0 ? evidence_json : NULL;
}

/* The signature comes first, as with tables: anyone who sees the report sees
 * that it is signed. */
static int sign(
	const struct cli *c, const char *path, const char *text, size_t len)
{
	struct secret s;
	char err[512];
	int bad;

	if (!cli_has(c, OPT_SIGN))
		return CLI_OK;
	if (sign_read_secret(cli_value(c, OPT_SIGN), &s, err, sizeof(err)))
		return cli_io("%s", err);
	bad = sign_write(path, &s, text, len, err, sizeof(err));
	gnutls_memset(&s, 0, sizeof(s));
	return bad ? cli_io("%s", err) : CLI_OK;
}

static int put(const struct cli *c, const struct evidence *e)
{
	const char *path = cli_value(c, OPT_OUTPUT), *err;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int status;

	if (!f)
		return cli_io("out of memory");
	printer(c)(f, e);
	if (fclose(f))
		return cli_io("out of memory");
	status = sign(c, path, text, len);
	if (!status && write_atomic(path ? path : "-", text, len, &err))
		status = cli_io("%s", err);
	free(text);
	return status;
}

/* Of files of CAs that were left unread here nothing is known: the table is
 * compared without what it says of them. */
static int decides_alike(
	const struct cli *c, const struct input *in, const struct input *table)
{
	const uint8_t *id = in->table.header->semantic;
	struct model *m;

	if (memcmp(table->table.header->semantic, id, 32) == 0)
		return 1;
	if (!c->options.no_credentials)
		return 0;
	m = undump_model(c->arena, &table->table);
	for (size_t i = 0; i < m->trusts.n; i++)
		m->trusts.v[i].certs.n = 0;
	verify_semantic(m);
	return memcmp(m->semantic, id, 32) == 0;
}

static int judge(
	const struct cli *c, struct input *in, const struct input *table)
{
	struct evidence *e;
	int status;

	if (table && !decides_alike(c, in, table)) {
		fprintf(stderr,
			"tlsc: %s does not decide as %s does: the "
			"semantic ids differ\n",
			shown_text(table->path), shown_text(in->path));
		return CLI_FINDINGS;
	}
	e = evidence_new(c->arena, in, table, &c->options);
	status = put(c, e);
	if (status)
		return status;
	if (!e->standards.n)
		fprintf(stderr,
			"tlsc: %s: no route names a standard to comply with\n",
			shown_text(in->path));
	return e->broken || e->unread || e->refuted || e->failed ||
			!e->standards.n
		? CLI_FINDINGS
		: CLI_OK;
}

static int with_table(const struct cli *c, struct input *in)
{
	struct input table;
	int status;

	if (in->from_table)
		return cli_usage(c,
			"%s is a table, which does not say which standards its "
			"routes name: give the policy, then the table",
			in->path);
	if (c->arg_count < 2)
		return judge(c, in, NULL);
	status = input_open_table(c, c->args[1], &table);
	if (status)
		return status;
	status = judge(c, in, &table);
	input_close(&table);
	return status;
}

int cmd_comply(struct cli *c)
{
	const char *out = cli_value(c, OPT_OUTPUT);
	struct input in;
	int status = cli_operands(c, 1, 2);

	if (status)
		return status;
	if (!printer(c))
		return cli_usage(c,
			"comply: --format is markdown or json, not '%s'",
			cli_value(c, OPT_FORMAT));
	if (cli_has(c, OPT_SIGN) && (!out || strcmp(out, "-") == 0))
		return cli_usage(c, "--sign needs -o FILE");
	status = input_open(c, c->args[0], &in);
	if (status)
		return status;
	status = with_table(c, &in);
	input_close(&in);
	return status;
}
