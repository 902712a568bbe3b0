/*
 * Files of CAs, for dump: as policy text and as JSON.
 */
#include "dump_trust.h"

#include <string.h>

#include "dump_word.h"

void dump_ca(FILE *f, const struct model *m, const char *path, uint32_t trust)
{
	fputs("ca ", f);
	dump_string(f, path, strlen(path));
	if (trust < m->trusts.n && m->trusts.v[trust].live)
		fputs(" live", f);
}

static const char *hex(const uint8_t sha256[32], char out[65])
{
	for (unsigned i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", sha256[i]);
	return out;
}

static void certificate(FILE *f, const struct m_trusted *x)
{
	char text[65];

	fputs("#   ", f);
	dump_plain(f, x->subject);
	fprintf(f, " (sha256 %s)\n", hex(x->sha256, text));
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
	char text[65];

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
		dump_json_text(j, "sha256", hex(t->certs.v[k].sha256, text));
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
