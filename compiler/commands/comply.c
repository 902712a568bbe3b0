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
#include "compiler/run/sides.h"
#include "compiler/run/sign.h"
#include "compiler/table/undump.h"
#include "compiler/verify/verify.h"

/* One for each combination of values of the policy's enumerations. */
struct reports {
	struct evidence **v;
	size_t n;
};

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

/* One report, or several in one document: a signature covers all of them. */
static void print(const struct cli *c, FILE *f, const struct reports *r)
{
	int json = printer(c) == evidence_json;

	if (r->n == 1) {
		printer(c)(f, r->v[0]);
		return;
	}
	if (json)
		fputs("{\"format\": \"1.0\", \"variants\": [\n", f);
	for (size_t i = 0; i < r->n; i++) {
		if (i)
			fputs(json ? ",\n" : "\n", f);
		printer(c)(f, r->v[i]);
	}
	if (json)
		fputs("]}\n", f);
}

static int put(const struct cli *c, const struct reports *r)
{
	const char *path = cli_value(c, OPT_OUTPUT), *err;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int status;

	if (!f)
		return cli_io("out of memory");
	print(c, f, r);
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

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int has_param(const struct model *m, const struct m_input *p)
{
	for (size_t i = 0; i < m->inputs.n; i++)
		if (m->inputs.v[i].kind == TBL_INPUT_PARAM &&
			strcmp(m->inputs.v[i].name, p->name) == 0)
			return strcmp(or_empty(m->inputs.v[i].value),
				       or_empty(p->value)) == 0;
	return 0;
}

static int has_params_of(const struct model *m, const struct model *table)
{
	int all = 1;

	for (size_t i = 0; i < table->inputs.n; i++)
		if (table->inputs.v[i].kind == TBL_INPUT_PARAM)
			all &= has_param(m, &table->inputs.v[i]);
	return all;
}

/* The variant that a table was made of: what decides alike may still name
 * other standards.  NULL: none decides as it does. */
static struct input *made_of(
	const struct cli *c, struct side *policy, const struct input *table)
{
	struct input *found = NULL;

	for (size_t i = 0; i < policy->n; i++) {
		struct input *in = &policy->v[i];

		if (!decides_alike(c, in, table))
			continue;
		if (has_params_of(in->model, table->model))
			return in;
		if (!found)
			found = in;
	}
	return found;
}

static void add(const struct cli *c, struct input *in,
	const struct input *table, const char *with, struct reports *r)
{
	struct evidence *e = evidence_new(c->arena, in, table, &c->options);

	e->with = with;
	r->v[r->n++] = e;
}

/* With a table about the values that it was compiled with, else about all. */
static void collect(const struct cli *c, struct side *policy,
	const struct input *table, struct reports *r)
{
	struct input *in = table ? made_of(c, policy, table) : NULL;

	r->v = arena_alloc(c->arena, policy->n * sizeof(*r->v));
	if (in)
		add(c, in, table, NULL, r);
	for (size_t i = 0; !table && i < policy->n; i++) {
		const char *with = policy->runs.v[i].text;

		add(c, &policy->v[i], NULL,
			policy->n == 1  ? NULL
				: *with ? with
					: "by default",
			r);
	}
}

/* Is something not as it should be, or was some of it not looked at? */
static int objections(const struct side *policy, const struct reports *r)
{
	int bad = policy->runs.left_out;

	for (size_t i = 0; i < r->n; i++) {
		const struct evidence *e = r->v[i];

		bad |= e->broken || e->unread || e->refuted || e->failed;
	}
	return bad;
}

static int judge(
	const struct cli *c, struct side *policy, const struct input *table)
{
	const char *path = shown_text(c->args[0]);
	struct reports r = {NULL, 0};
	size_t standards = 0;
	int status;

	collect(c, policy, table, &r);
	if (!r.n) {
		fprintf(stderr,
			"tlsc: %s does not decide as %s does: the "
			"semantic ids differ\n",
			shown_text(table->path), path);
		return CLI_FINDINGS;
	}
	status = put(c, &r);
	if (status)
		return status;
	for (size_t i = 0; i < r.n; i++)
		standards += r.v[i]->standards.n;
	if (!standards)
		fprintf(stderr,
			"tlsc: %s: no route names a standard to comply with\n",
			path);
	return objections(policy, &r) || !standards ? CLI_FINDINGS : CLI_OK;
}

static int with_table(const struct cli *c, struct side *policy)
{
	struct input table;
	int status;

	if (c->arg_count < 2)
		return judge(c, policy, NULL);
	status = input_open_table(c, c->args[1], &table);
	if (status)
		return status;
	status = judge(c, policy, &table);
	input_close(&table);
	return status;
}

int cmd_comply(struct cli *c)
{
	const char *out = cli_value(c, OPT_OUTPUT);
	struct side policy;
	int status = cli_operands(c, 1, 2);

	if (status)
		return status;
	if (!printer(c))
		return cli_usage(c,
			"comply: --format is markdown or json, not '%s'",
			cli_value(c, OPT_FORMAT));
	if (cli_has(c, OPT_SIGN) && (!out || strcmp(out, "-") == 0))
		return cli_usage(c, "--sign needs -o FILE");
	if (input_is_table(c->args[0]))
		return cli_usage(c,
			"%s is a table, which does not say which standards its "
			"routes name: give the policy, then the table",
			c->args[0]);
	status = sides_open(c, c->args[0], &policy);
	if (status)
		return status;
	status = with_table(c, &policy);
	sides_close(&policy);
	return status;
}
