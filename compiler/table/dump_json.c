/*
 * dump --as json: everything that a table says, by name instead of by index,
 * as one object.  Version 1; later versions only add.
 */
#include "dump.h"

#include "compiler/base/json_out.h"
#include "compiler/base/prefix.h"
#include "grammar/words.h"
#include "dump_json.h"
#include "dump_segment.h"
#include "dump_site.h"
#include "dump_trust.h"
#include "dump_word.h"

static void sections(struct json *j, const struct table *t)
{
	const struct tbl_dirent *d = (const void *)(t->header + 1);
	uint32_t i;

	dump_json_key(j, "sections");
	dump_json_open(j, '[');
	for (i = 0; i < t->header->section_count; i++) {
		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "type", table_section_name(d[i].type));
		dump_json_number(j, "offset", d[i].off);
		dump_json_number(j, "size", d[i].size);
		dump_json_number(j, "count", d[i].count);
		dump_json_hash(j, "sha256", d[i].sha256);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void head(struct json *j, const struct table *t)
{
	const struct tbl_header *h = t->header;

	dump_json_number(j, "size", h->file_size);
	dump_json_number(j, "serial", h->serial);
	dump_json_hash(j, "root", h->root);
	dump_json_hash(j, "semantic", h->semantic);
	dump_json_hash(j, "source", h->source);
	dump_json_number(j, "names", h->name_count);
	dump_json_number(j, "buckets", t->bucket_count);
	dump_json_number(j, "max_probe", h->max_probe);
	sections(j, t);
}

static void inputs(struct json *j)
{
	static const char *const kinds[] = {
		"", "file", "param", "comply", "compiler"};
	size_t i;

	dump_json_key(j, "inputs");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->inputs.n; i++) {
		const struct m_input *p = &j->m->inputs.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "kind", kinds[p->kind]);
		dump_json_text(j, "name", p->name);
		if (p->kind == TBL_INPUT_FILE)
			dump_json_hash(j, "sha256", p->sha256);
		else
			dump_json_text(j, "value", p->value);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void prefixes(struct json *j, uint32_t set)
{
	char buf[64];
	size_t i;

	dump_json_open(j, '[');
	for (i = 0; set != MODEL_NONE && i < j->m->sets.v[set].prefixes.n;
		i++) {
		dump_json_item(j);
		fprintf(j->f, "\"%s\"",
			prefix_text(&j->m->sets.v[set].prefixes.v[i], buf));
	}
	dump_json_close(j, ']');
}

static void tokens(struct json *j, const char *name, uint64_t mask)
{
	size_t i;

	dump_json_key(j, name);
	dump_json_open(j, '[');
	for (i = 0; i < j->m->alpns.n; i++) {
		if (!(mask >> i & 1))
			continue;
		dump_json_item(j);
		json_put(j->f, j->m->alpns.v[i]);
	}
	dump_json_close(j, ']');
}

static void guard(struct json *j, const struct m_clause *c)
{
	if (c->src_test != TBL_SRC_ANY) {
		dump_json_key(j,
			c->src_test == TBL_SRC_IN ? "source_in"
						  : "source_not_in");
		prefixes(j, c->set);
	}
	if (c->alpn_need)
		tokens(j, "alpn_has", c->alpn_need);
	if (c->alpn_deny)
		tokens(j, "alpn_has_not", c->alpn_deny);
	if (c->tls_mask == TLSV_ALL)
		return;
	dump_json_key(j, "tls");
	dump_json_open(j, '[');
	for (size_t i = 0; i < WORDS_TLS; i++)
		if (c->tls_mask & words_tls[i].bit) {
			dump_json_item(j);
			fprintf(j->f, "\"%s\"", words_tls[i].word);
		}
	dump_json_close(j, ']');
}

static void decrypting(struct json *j, const struct m_action *a)
{
	size_t i;

	dump_json_text(j, "profile", j->m->profiles.v[a->profile].name.text);
	dump_json_key(j, "certificates");
	dump_json_open(j, '[');
	for (i = 0; i < a->certs.n; i++) {
		dump_json_item(j);
		json_put(j->f, j->m->certs.v[a->certs.v[i]].name.text);
	}
	dump_json_close(j, ']');
	dump_json_alpns(j, "alpn", a->alpn.v, a->alpn.n);
	dump_json_text(j, "client_auth",
		words_text(words_client_auth, a->client_auth));
	if (a->client_auth) {
		dump_json_text(j, "client_ca", a->client_ca);
		dump_json_text(j, "client_crl", a->client_crl);
	}
	dump_json_number(j, "resumption_domain", a->domain);
}

static void action(struct json *j, const struct m_action *a)
{
	const struct model *m = j->m;

	dump_json_text(j, "action", words_text(words_mode, a->mode));
	if (a->site != MODEL_NONE)
		dump_json_text(j, "site", m->sites.v[a->site].name.text);
	else if (a->backend == MODEL_NONE)
		dump_json_text(
			j, "reason", words_text(words_reject, a->reject));
	else
		dump_json_text(
			j, "backend", m->backends.v[a->backend].name.text);
	if (a->enforce != MODEL_NONE)
		dump_json_text(
			j, "enforcing", m->profiles.v[a->enforce].name.text);
	dump_json_text(j, "limits", m->limits.v[a->limit].name.text);
	if (a->profile != MODEL_NONE)
		decrypting(j, a);
}

static void clauses(
	struct json *j, const char *name, uint32_t first, uint32_t count)
{
	uint32_t i;

	dump_json_key(j, name);
	dump_json_open(j, '[');
	for (i = first; i < first + count; i++) {
		const struct m_clause *c = &j->m->clauses.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		guard(j, c);
		action(j, &j->m->actions.v[c->action]);
		dump_json_text(j, "file", c->file);
		dump_json_number(j, "line", c->line);
		dump_json_number(j, "column", c->column);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void arm(struct json *j, const char *name, uint32_t list)
{
	const struct m_list *l = &j->m->lists.v[list];

	clauses(j, name, l->first, l->count);
}

static void routes(struct json *j, const struct m_frontend *fe)
{
	const struct m_pattern *p = j->m->patterns.v;
	const uint32_t *name = dump_order(j->m, fe);
	uint32_t i = 0, list;

	dump_json_key(j, "routes");
	dump_json_open(j, '[');
	while (i < fe->pattern_count) {
		list = p[name[i]].list;
		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name", j->m->lists.v[list].route.text);
		dump_json_key(j, "sni");
		dump_json_open(j, '[');
		for (; i < fe->pattern_count && p[name[i]].list == list; i++) {
			dump_json_item(j);
			fprintf(j->f, "\"%.*s\"", p[name[i]].len,
				p[name[i]].key);
		}
		dump_json_close(j, ']');
		clauses(j, "clauses", j->m->lists.v[list].first,
			j->m->lists.v[list].count);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void frontend(struct json *j, const struct m_frontend *fe)
{
	size_t i;

	dump_json_text(j, "name", fe->name.text);
	dump_json_key(j, "listen");
	dump_json_open(j, '[');
	for (i = 0; i < fe->listeners.n; i++) {
		const struct m_listener *l = &fe->listeners.v[i];

		dump_json_item(j);
		dump_json_endpoint(j, l->family, l->addr, l->port, l->path);
	}
	dump_json_close(j, ']');
	if (fe->clear_site != MODEL_NONE)
		dump_json_text(
			j, "site", j->m->sites.v[fe->clear_site].name.text);
	dump_json_key(j, "accept_proxy");
	prefixes(j, fe->proxy_set);
	dump_json_text(j, "limits", j->m->limits.v[fe->limit].name.text);
	clauses(j, "clauses", fe->pre_first, fe->pre_count);
	arm(j, "no_sni", fe->no_sni);
	arm(j, "default", fe->default_);
	arm(j, "malformed", fe->malformed);
	routes(j, fe);
}

static void tests(struct json *j)
{
	size_t i;

	dump_json_key(j, "tests");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->texts.n; i++) {
		const struct m_text *x = &j->m->texts.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "kind", x->kind == 1 ? "test" : "assertion");
		dump_json_text(j, "text", x->text);
		dump_json_text(j, "file", x->file);
		dump_json_number(j, "line", x->line);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

void dump_json(FILE *f, const struct table *t, const struct model *m)
{
	struct json j = {f, m, 1, 0};
	size_t i;

	dump_json_open(&j, '{');
	dump_json_text(&j, "format", "1.0");
	head(&j, t);
	inputs(&j);
	dump_json_segments(&j);
	dump_json_trusts(&j);
	dump_json_parts(&j);
	dump_json_sites(&j);
	dump_json_key(&j, "frontends");
	dump_json_open(&j, '[');
	for (i = 0; i < m->frontends.n; i++) {
		dump_json_item(&j);
		dump_json_open(&j, '{');
		frontend(&j, &m->frontends.v[i]);
		dump_json_close(&j, '}');
	}
	dump_json_close(&j, ']');
	tests(&j);
	dump_json_close(&j, '}');
	putc('\n', f);
}
