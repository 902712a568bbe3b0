/*
 * Files of CAs against a table (trusted.h), as tlsd does it before it loads one.
 * A table may come from anybody: it opens nothing outside its own directory
 * that the command line does not allow.
 */
#include "trusted.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/source.h"
#include "compiler/base/within.h"
#include "compiler/check/cert_file.h"
#include "compiler/diag/diag.h"
#include "input.h"
#include "runtime/judge/public.h"
#include "runtime/seal/trust.h"

enum { FILE_MAX = 16 << 20 }; /* as for tlsd (bundle_make.c) */

struct beside {
	const struct cli *c;
	const struct input *in;
	const struct within_reach *reach;
	const char *dir;
};

/* Why it does not fit, or NULL.  said: as the table names it. */
static const char *misfit(
	const struct beside *b, const gnutls_datum_t *data, const char *said)
{
	struct arena *a = b->c->arena;
	gnutls_datum_t pem;
	char why[512];
	int bad = judge_public(data->data, data->size, &pem, why, sizeof(why));

	if (bad)
		return arena_printf(a, "%s", why);
	bad = seal_trust_fits(
		&b->in->table, said, pem.data, pem.size, why, sizeof(why));
	free(pem.data);
	return bad ? arena_printf(a, "%s", why) : NULL;
}

static int one(const struct beside *b, const char *said)
{
	struct arena *a = b->c->arena;
	const char *path = *said == '/' || !*b->dir
		? said
		: arena_printf(a, "%s/%s", b->dir, said);
	const struct span nowhere = {0, 0, 0};
	enum diag_id id = DIAG_TC0422;
	const char *why = NULL;
	gnutls_datum_t data;

	if (within_judge(b->reach, path) == WITHIN_NOT) {
		id = DIAG_TC0421;
		why = "it leads out of the table's directory; --allow-path "
		      "lets it be read";
	} else if (cert_file(a, path, FILE_MAX, &data, NULL, &why) == 0) {
		id = DIAG_TC0903;
		why = misfit(b, &data, said);
		/* A key does not belong there, and is not left behind. */
		gnutls_memset(data.data, 0, data.size);
	}
	if (why)
		diag_add(b->in->x.diags, id, nowhere, "%s: %s", said, why);
	return why ? CLI_FINDINGS : CLI_OK;
}

int trusted_check(const struct cli *c, const struct input *in)
{
	const struct table *t = &in->table;
	const char *dir = source_directory(c->arena, in->path);
	const struct beside b = {
		c, in, within_new(c->arena, dir, &c->options), dir};
	int status = CLI_OK;

	for (uint32_t i = 0, rows; i < t->trust_count; i += rows) {
		const char *said = table_str(t, t->trust[i].file_str);

		table_trust(t, said, &rows);
		if (t->trust[i].kind != TBL_TRUST_LIVE && one(&b, said))
			status = CLI_FINDINGS;
	}
	return status;
}
