/*
 * dump --as json: everything that a table says, by name instead of by index,
 * as one object.  Version 1; later versions only add.
 */
#include "dump.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "dump_word.h"
#include "json_out.h"
#include "prefix.h"
#include "suites.h"

/* Where in the output we are: the separator that is due. */
struct json {
	FILE *f;
	const struct model *m;
	int first;
	int depth;
};

static void item(struct json *j)
{
	fputs(j->first ? "" : ",", j->f);
	if (j->depth < 4)
		fprintf(j->f, "\n%*s", j->depth * 2, "");
	else if (!j->first)
		putc(' ', j->f);
	j->first = 0;
}

static void key(struct json *j, const char *name)
{
	item(j);
	fprintf(j->f, "\"%s\": ", name);
}

static void open_(struct json *j, char bracket)
{
	putc(bracket, j->f);
	j->first = 1;
	j->depth++;
}

static void close_(struct json *j, char bracket)
{
	j->depth--;
	if (!j->first && j->depth < 3)
		fprintf(j->f, "\n%*s", j->depth * 2, "");
	putc(bracket, j->f);
	j->first = 0;
}

static void text(struct json *j, const char *name, const char *value)
{
	key(j, name);
	json_put(j->f, value && *value ? value : NULL);
}

static void number(struct json *j, const char *name, uint64_t value)
{
	key(j, name);
	fprintf(j->f, "%" PRIu64, value);
}

static void truth(struct json *j, const char *name, int value)
{
	key(j, name);
	fputs(value ? "true" : "false", j->f);
}

static void hash(struct json *j, const char *name, const uint8_t *p)
{
	int i;

	key(j, name);
	putc('"', j->f);
	for (i = 0; i < 32; i++)
		fprintf(j->f, "%02x", p[i]);
	putc('"', j->f);
}

static void version(struct json *j, const char *name, unsigned wire)
{
	key(j, name);
	putc('"', j->f);
	dump_version(j->f, wire);
	putc('"', j->f);
}

/* An address with its port; unix sockets as their path. */
static void endpoint(struct json *j, unsigned family, const uint8_t addr[16],
	unsigned port, const char *host)
{
	if (family == TBL_UNIX) {
		json_put(j->f, host);
		return;
	}
	if (family == TBL_HOST) {
		putc('"', j->f);
		json_put_raw(j->f, host ? host : "");
		fprintf(j->f, ":%u\"", port);
		return;
	}
	putc('"', j->f);
	dump_endpoint(j->f, family, addr, port, host);
	putc('"', j->f);
}

static void sections(struct json *j, const struct table *t)
{
	const struct tbl_dirent *d = (const void *)(t->header + 1);
	uint32_t i;

	key(j, "sections");
	open_(j, '[');
	for (i = 0; i < t->header->section_count; i++) {
		item(j);
		open_(j, '{');
		text(j, "type", table_section_name(d[i].type));
		number(j, "offset", d[i].off);
		number(j, "size", d[i].size);
		number(j, "count", d[i].count);
		hash(j, "sha256", d[i].sha256);
		close_(j, '}');
	}
	close_(j, ']');
}

static void head(struct json *j, const struct table *t)
{
	const struct tbl_header *h = t->header;

	number(j, "size", h->file_size);
	number(j, "serial", h->serial);
	hash(j, "root", h->root);
	hash(j, "semantic", h->semantic);
	hash(j, "source", h->source);
	number(j, "names", h->name_count);
	number(j, "buckets", t->bucket_count);
	number(j, "max_probe", h->max_probe);
	sections(j, t);
}

static void inputs(struct json *j)
{
	static const char *const kinds[] = { "", "file", "param", "comply",
		"compiler" };
	size_t i;

	key(j, "inputs");
	open_(j, '[');
	for (i = 0; i < j->m->inputs.n; i++) {
		const struct m_input *p = &j->m->inputs.v[i];

		item(j);
		open_(j, '{');
		text(j, "kind", kinds[p->kind]);
		text(j, "name", p->name);
		if (p->kind == TBL_INPUT_FILE)
			hash(j, "sha256", p->sha256);
		else
			text(j, "value", p->value);
		close_(j, '}');
	}
	close_(j, ']');
}

static void profiles(struct json *j)
{
	size_t i, k;

	key(j, "profiles");
	open_(j, '[');
	for (i = 0; i < j->m->profiles.n; i++) {
		const struct m_profile *p = &j->m->profiles.v[i];

		item(j);
		open_(j, '{');
		text(j, "name", p->name.text);
		version(j, "tls_min", p->tls_min);
		version(j, "tls_max", p->tls_max);
		key(j, "ciphers");
		open_(j, '[');
		for (k = 0; k < p->suites.n; k++) {
			const struct suite *s = suite_by_code(p->suites.v[k]);

			item(j);
			json_put(j->f, s ? s->name : NULL);
		}
		close_(j, ']');
		key(j, "groups");
		open_(j, '[');
		for (k = 0; k < p->groups.n; k++) {
			item(j);
			json_put(j->f, group_name(p->groups.v[k]));
		}
		close_(j, ']');
		truth(j, "server_preference", p->server_preference);
		truth(j, "tickets", p->tickets);
		truth(j, "early_data", p->early_data);
		close_(j, '}');
	}
	close_(j, ']');
}

static void certificates(struct json *j)
{
	size_t i, k;

	key(j, "certificates");
	open_(j, '[');
	for (i = 0; i < j->m->certs.n; i++) {
		const struct m_cert *c = &j->m->certs.v[i];

		item(j);
		open_(j, '{');
		text(j, "name", c->name.text);
		text(j, "chain", c->chain);
		text(j, "key", c->key);
		text(j, "staple", dump_staple(c->staple));
		text(j, "staple_file", c->staple_path);
		text(j, "sct", c->sct_path);
		if (c->has_pin)
			hash(j, "pin", c->pin);
		else
			text(j, "pin", NULL);
		key(j, "covers");
		open_(j, '[');
		for (k = 0; k < c->covers.n; k++) {
			item(j);
			json_put(j->f, c->covers.v[k]);
		}
		close_(j, ']');
		close_(j, '}');
	}
	close_(j, ']');
}

static void limits(struct json *j)
{
	size_t i;

	key(j, "limits");
	open_(j, '[');
	for (i = 0; i < j->m->limits.n; i++) {
		const struct m_limit *l = &j->m->limits.v[i];

		item(j);
		open_(j, '{');
		text(j, "name", l->name.text);
		number(j, "client_hello_bytes", l->hello_bytes);
		number(j, "client_hello_ms", l->hello_ms);
		number(j, "handshake_ms", l->handshake_ms);
		number(j, "idle_ms", l->idle_ms);
		number(j, "connect_ms", l->connect_ms);
		number(j, "drain_ms", l->drain_ms);
		number(j, "connections", l->conns);
		number(j, "connections_per_source", l->conns_source);
		number(j, "connection_rate", l->conn_rate);
		number(j, "connection_rate_per_source", l->conn_rate_source);
		number(j, "handshakes", l->hs_rate);
		number(j, "handshakes_per_source", l->hs_rate_source);
		number(j, "handshakes_in_flight", l->hs_flight);
		number(j, "bandwidth", l->bandwidth);
		number(j, "bandwidth_per_source", l->bandwidth_source);
		close_(j, '}');
	}
	close_(j, ']');
}

static void alpns(struct json *j, const char *name, const uint32_t *v,
	size_t n)
{
	size_t i;

	key(j, name);
	open_(j, '[');
	for (i = 0; i < n; i++) {
		item(j);
		json_put(j->f, j->m->alpns.v[v[i]]);
	}
	close_(j, ']');
}

static void servers(struct json *j, const struct m_backend *b)
{
	size_t i;

	key(j, "servers");
	open_(j, '[');
	for (i = 0; i < b->servers.n; i++) {
		const struct m_server *s = &b->servers.v[i];

		item(j);
		open_(j, '{');
		key(j, s->family == TBL_UNIX ? "unix" : "address");
		endpoint(j, s->family, s->addr, s->port, s->host);
		number(j, "weight", s->weight);
		number(j, "max", s->max_conns);
		close_(j, '}');
	}
	close_(j, ']');
}

static void backend_tls(struct json *j, const struct m_backend *b)
{
	key(j, "tls");
	if (!b->has_tls) {
		fputs("null", j->f);
		return;
	}
	open_(j, '{');
	text(j, "profile", j->m->profiles.v[b->profile].name.text);
	text(j, "ca", b->ca);
	truth(j, "system_ca", b->system_ca);
	text(j, "name", b->verify_name);
	text(j, "sni", b->sni);
	alpns(j, "alpn", b->alpn.v, b->alpn.n);
	close_(j, '}');
}

static void backend_health(struct json *j, const struct m_backend *b)
{
	key(j, "health");
	if (!b->check) {
		fputs("null", j->f);
		return;
	}
	open_(j, '{');
	text(j, "check", dump_check(b->check));
	text(j, "path", b->check_path);
	number(j, "interval_ms", b->check_interval_ms);
	number(j, "timeout_ms", b->check_timeout_ms);
	number(j, "fall", b->check_fall);
	number(j, "rise", b->check_rise);
	close_(j, '}');
}

static void backends(struct json *j)
{
	size_t i;

	key(j, "backends");
	open_(j, '[');
	for (i = 0; i < j->m->backends.n; i++) {
		const struct m_backend *b = &j->m->backends.v[i];

		item(j);
		open_(j, '{');
		text(j, "name", b->name.text);
		servers(j, b);
		text(j, "balance", dump_balance(b->balance));
		text(j, "proxy_protocol", dump_proxy(b->proxy));
		number(j, "queue", b->queue);
		number(j, "slow_start_ms", b->slow_start_ms);
		backend_tls(j, b);
		backend_health(j, b);
		close_(j, '}');
	}
	close_(j, ']');
}

static void prefixes(struct json *j, uint32_t set)
{
	char buf[64];
	size_t i;

	open_(j, '[');
	for (i = 0; set != MODEL_NONE && i < j->m->sets.v[set].prefixes.n;
		i++) {
		item(j);
		fprintf(j->f, "\"%s\"",
			prefix_text(&j->m->sets.v[set].prefixes.v[i], buf));
	}
	close_(j, ']');
}

static void tokens(struct json *j, const char *name, uint64_t mask)
{
	size_t i;

	key(j, name);
	open_(j, '[');
	for (i = 0; i < j->m->alpns.n; i++) {
		if (!(mask >> i & 1))
			continue;
		item(j);
		json_put(j->f, j->m->alpns.v[i]);
	}
	close_(j, ']');
}

static void guard(struct json *j, const struct m_clause *c)
{
	if (c->src_test != TBL_SRC_ANY) {
		key(j, c->src_test == TBL_SRC_IN ? "source_in"
						 : "source_not_in");
		prefixes(j, c->set);
	}
	if (c->alpn_need)
		tokens(j, "alpn_has", c->alpn_need);
	if (c->alpn_deny)
		tokens(j, "alpn_has_not", c->alpn_deny);
	if (c->tls_mask == 0x1f)
		return;
	key(j, "tls");
	open_(j, '[');
#define WORD_TLSV(id, bit, word, wire)                                         \
	if (c->tls_mask & bit) {                                               \
		item(j);                                                       \
		fputs("\"" word "\"", j->f);                                   \
	}
#include "../grammar/words.def"
	close_(j, ']');
}

static void decrypting(struct json *j, const struct m_action *a)
{
	size_t i;

	text(j, "profile", j->m->profiles.v[a->profile].name.text);
	key(j, "certificates");
	open_(j, '[');
	for (i = 0; i < a->certs.n; i++) {
		item(j);
		json_put(j->f, j->m->certs.v[a->certs.v[i]].name.text);
	}
	close_(j, ']');
	alpns(j, "alpn", a->alpn.v, a->alpn.n);
	text(j, "client_auth", dump_client_auth(a->client_auth));
	if (a->client_auth) {
		text(j, "client_ca", a->client_ca);
		text(j, "client_crl", a->client_crl);
	}
	number(j, "resumption_domain", a->domain);
}

static void action(struct json *j, const struct m_action *a)
{
	const struct model *m = j->m;

	text(j, "action", dump_mode(a->mode));
	if (a->backend == MODEL_NONE)
		text(j, "reason", dump_reject(a->reject));
	else
		text(j, "backend", m->backends.v[a->backend].name.text);
	if (a->enforce != MODEL_NONE)
		text(j, "enforcing", m->profiles.v[a->enforce].name.text);
	text(j, "limits", m->limits.v[a->limit].name.text);
	if (a->profile != MODEL_NONE)
		decrypting(j, a);
}

static void clauses(struct json *j, const char *name, uint32_t first,
	uint32_t count)
{
	uint32_t i;

	key(j, name);
	open_(j, '[');
	for (i = first; i < first + count; i++) {
		const struct m_clause *c = &j->m->clauses.v[i];

		item(j);
		open_(j, '{');
		guard(j, c);
		action(j, &j->m->actions.v[c->action]);
		text(j, "file", c->file);
		number(j, "line", c->line);
		number(j, "column", c->column);
		close_(j, '}');
	}
	close_(j, ']');
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

	key(j, "routes");
	open_(j, '[');
	while (i < fe->pattern_count) {
		list = p[name[i]].list;
		item(j);
		open_(j, '{');
		text(j, "name", j->m->lists.v[list].route.text);
		key(j, "sni");
		open_(j, '[');
		for (; i < fe->pattern_count && p[name[i]].list == list; i++) {
			item(j);
			fprintf(j->f, "\"%.*s\"", p[name[i]].len,
				p[name[i]].key);
		}
		close_(j, ']');
		clauses(j, "clauses", j->m->lists.v[list].first,
			j->m->lists.v[list].count);
		close_(j, '}');
	}
	close_(j, ']');
}

static void frontend(struct json *j, const struct m_frontend *fe)
{
	size_t i;

	text(j, "name", fe->name.text);
	key(j, "listen");
	open_(j, '[');
	for (i = 0; i < fe->listeners.n; i++) {
		const struct m_listener *l = &fe->listeners.v[i];

		item(j);
		endpoint(j, l->family, l->addr, l->port, l->path);
	}
	close_(j, ']');
	key(j, "accept_proxy");
	prefixes(j, fe->proxy_set);
	text(j, "limits", j->m->limits.v[fe->limit].name.text);
	clauses(j, "clauses", fe->pre_first, fe->pre_count);
	arm(j, "no_sni", fe->no_sni);
	arm(j, "default", fe->default_);
	arm(j, "malformed", fe->malformed);
	routes(j, fe);
}

static void tests(struct json *j)
{
	size_t i;

	key(j, "tests");
	open_(j, '[');
	for (i = 0; i < j->m->texts.n; i++) {
		const struct m_text *x = &j->m->texts.v[i];

		item(j);
		open_(j, '{');
		text(j, "kind", x->kind == 1 ? "test" : "assertion");
		text(j, "text", x->text);
		text(j, "file", x->file);
		number(j, "line", x->line);
		close_(j, '}');
	}
	close_(j, ']');
}

void dump_json(FILE *f, const struct table *t, const struct model *m)
{
	struct json j = { f, m, 1, 0 };
	size_t i;

	open_(&j, '{');
	text(&j, "format", "1.0");
	head(&j, t);
	inputs(&j);
	profiles(&j);
	certificates(&j);
	limits(&j);
	backends(&j);
	key(&j, "frontends");
	open_(&j, '[');
	for (i = 0; i < m->frontends.n; i++) {
		item(&j);
		open_(&j, '{');
		frontend(&j, &m->frontends.v[i]);
		close_(&j, '}');
	}
	close_(&j, ']');
	tests(&j);
	close_(&j, '}');
	putc('\n', f);
}
