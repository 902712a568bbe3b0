/*
 * tlsc verify TABLE: structure and hashes as tlsd checks them, the signature
 * with --pubkey, files of CAs with --trust; then describes the table.
 */
#include <string.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/run/input.h"
#include "compiler/run/output.h"
#include "compiler/run/trusted.h"
#include "compiler/verify/deep.h"
#include "compiler/verify/verify.h"
#include "runtime/seal/signature.h"
#include "runtime/table/hex.h"

static void put_hash(const char *what, const uint8_t *hash, const char *note)
{
	char text[HEX_SHA256];

	printf("%-9s %s%s\n", what, hex_text(text, hash, 32), note);
}

/* The semantic id is a claim of the header until it has been computed.  The
 * signer as tlsd logs it: the key's number. */
static void tell(const struct input *in, const uint8_t *signer, int deep)
{
	const struct tbl_header *h = in->table.header;
	char number[2 * SIGNATURE_KEYNUM + 1];

	printf("%s: sound\n", shown_text(in->path));
	put_hash("root", h->root, "");
	put_hash("semantic", h->semantic,
		deep ? "" : " (not checked; --deep does)");
	if (h->serial)
		printf("%-9s %llu\n", "serial", (unsigned long long)h->serial);
	if (signer)
		printf("%-9s %s\n", "signer",
			hex_text(number, signer, SIGNATURE_KEYNUM));
	printf("%-9s %u\n", "names", (unsigned)h->name_count);
	printf("%-9s %llu\n", "octets", (unsigned long long)h->file_size);
}

/* CLI_OK, or a TC0902 among the diagnostics. */
static int check_signature(const struct cli *c, const struct input *in,
	uint8_t signer[SIGNATURE_KEYNUM])
{
	const char *path = cli_value(c, OPT_PUBKEY);
	struct signature_key key;
	struct span nowhere = {0, 0, 0};
	char err[1024];

	if (!path)
		return CLI_OK;
	if (signature_read_key(path, &key, err, sizeof(err)))
		return cli_io("%s", err);
	if (signature_verify(&key, arena_printf(c->arena, "%s.sig", in->path),
		    in->bytes, in->len, err, sizeof(err)) == 0) {
		memcpy(signer, key.keynum, sizeof(key.keynum));
		input_warn_serial(in);
		input_warn_trust(in->path, &in->table);
		return CLI_OK;
	}
	diag_add(in->x.diags, DIAG_TC0902, nowhere, "%s",
		err + strlen("TC0902: "));
	return CLI_FINDINGS;
}

/* --deep: does the lookup decide as the table reads, and is the semantic id
 * that of what it decides?  CLI_OK, or a TC0901 among the diagnostics. */
static int check_deep(const struct cli *c, const struct input *in)
{
	struct span nowhere = {0, 0, 0};
	struct deep_report r;
	uint8_t id[32];

	if (!cli_has(c, OPT_DEEP))
		return CLI_OK;
	if (deep_check(&in->table, in->model, &r)) {
		diag_add(in->x.diags, DIAG_TC0901, nowhere, "%s", r.fault);
		return CLI_FINDINGS;
	}
	memcpy(id, in->model->semantic, sizeof(id));
	verify_semantic(in->model);
	if (memcmp(id, in->model->semantic, sizeof(id)) != 0) {
		diag_add(in->x.diags, DIAG_TC0901, nowhere,
			"the semantic id in the table is not that of its "
			"decisions");
		return CLI_FINDINGS;
	}
	if (!output_on_stdout(c))
		printf("%-9s %llu names looked up, %llu decisions: all agree\n",
			"deep", (unsigned long long)r.lookups,
			(unsigned long long)r.decisions);
	return CLI_OK;
}

/* What else we sign, signify verifies. */
static int no_table(const struct cli *c, int status)
{
	const char *key = cli_value(c, OPT_PUBKEY);

	if (key && !input_is_table(c->args[0]))
		fprintf(stderr,
			"tlsc: for a file that is not a table, such as a "
			"report of 'tlsc comply', verify the signature with: "
			"signify -V -p %s -m %s\n",
			shown_text(key), shown_text(c->args[0]));
	return status;
}

int cmd_verify(struct cli *c)
{
	struct input in;
	uint8_t signer[SIGNATURE_KEYNUM];
	int status = cli_operands(c, 1, 1);

	if (status)
		return status;
	if (output_formats(c))
		return CLI_USAGE;
	status = input_open_table(c, c->args[0], &in);
	if (status)
		return no_table(c, status);
	status = check_signature(c, &in, signer);
	if (!status && cli_has(c, OPT_TRUST))
		status = trusted_check(c, &in);
	if (!status)
		status = check_deep(c, &in);
	if (status != CLI_IO) {
		int said = input_report(c, &in, 1);

		/* A bad signature is not a finding: the file cannot be used. */
		status = status || said == CLI_IO ? CLI_IO : said;
	}
	if (!status && !output_on_stdout(c))
		tell(&in, cli_value(c, OPT_PUBKEY) ? signer : NULL,
			cli_has(c, OPT_DEEP));
	input_close(&in);
	return status;
}
