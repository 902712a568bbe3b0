/*
 * Files of CAs, for dump: as policy text and as JSON.
 */
#include "dump_trust.h"

#include <string.h>

#include "dump_word.h"
#include "runtime/table/hex.h"

void dump_ca(FILE *f, const struct model *m, const char *path, uint32_t trust)
{
	fputs("ca ", f);
	dump_string(f, path, strlen(path));
	if (trust < m->trusts.n && m->trusts.v[trust].live)
		fputs(" live", f);
}

static void certificate(FILE *f, const struct m_trusted *x)
{
	char text[HEX_SHA256];

	fputs("#   ", f);
	dump_plain(f, x->subject);
	fprintf(f, " (sha256 %s)\n", hex_text(text, x->sha256, 32));
}

void dump_trusts(FILE *f, const struct model *m)
{
	for (size_t i = 0; i < m->trusts.n; i++) {
		const struct m_trust *t = &m->trusts.v[i];

		if (!t->certs.n)
			continue;
		fputs("# ca ", f);
		dump_plain(f, t->path);
		fputs(" holds\n", f);
		for (size_t k = 0; k < t->certs.n; k++)
			certificate(f, &t->certs.v[k]);
	}
}

static void jd_trust(struct json *j, const struct m_trust *t)
{
	char text[HEX_SHA256];

	dump_json_item(j);
	dump_json_open(j, '{');
	dump_json_text(j, "file", t->path);
	dump_json_truth(j, "live", t->live);
	dump_json_key(j, "certificates");
	dump_json_open(j, '[');
	for (size_t k = 0; k < t->certs.n; k++) {
		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "subject", t->certs.v[k].subject);
		dump_json_text(
			j, "sha256", hex_text(text, t->certs.v[k].sha256, 32));
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
	dump_json_close(j, '}');
}

void dump_json_trusts(struct json *j)
{
	dump_json_key(j, "trust");
	dump_json_open(j, '[');
	for (size_t i = 0; i < j->m->trusts.n; i++)
		if (j->m->trusts.v[i].live || j->m->trusts.v[i].certs.n)
			jd_trust(j, &j->m->trusts.v[i]);
	dump_json_close(j, ']');
}
