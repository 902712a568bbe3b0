/*
 * dump --as tls: the declarations.  Everything is written out in full, so
 * that a later tlsc with other defaults understands the same.
 */
#include "dump_tls.h"

#include <arpa/inet.h>
#include <string.h>

#include "compiler/base/suite.h"
#include "compiler/check/check.h"
#include "grammar/table.h"
#include "grammar/words.h"
#include "runtime/table/hex.h"
#include "dump_segment.h"
#include "dump_trust.h"

/* What another version of tlsc built in under this name is a profile of its
 * own. */
void dump_profile_name(FILE *f, const struct model *m, uint32_t profile)
{
	const struct m_profile *p = &m->profiles.v[profile];
	char name[300];

	if (check_profile_reserved(p->name.text) &&
		!check_profile_is_builtin(p)) {
		snprintf(name, sizeof(name), "%s-as-compiled", p->name.text);
		dump_name(f, name);
	} else {
		dump_name(f, p->name.text);
	}
}

static void suites(FILE *f, const struct m_profile *p)
{
	size_t i;

	fputs("\tciphers = ", f);
	for (i = 0; i < p->suites.n; i++) {
		const struct suite *s = suite_by_code(p->suites.v[i]);

		fprintf(f, "%s%s", i ? ",\n\t\t" : "", s ? s->name : "?");
	}
	fputs(";\n\tgroups = ", f);
	for (i = 0; i < p->groups.n; i++) {
		const char *g = suite_group_name(p->groups.v[i]);

		fprintf(f, "%s%s", i ? ", " : "", g ? g : "?");
	}
	fputs(";\n", f);
}

static void profile(FILE *f, const struct model *m, uint32_t i)
{
	const struct m_profile *p = &m->profiles.v[i];

	if (check_profile_is_builtin(p))
		return;
	fputs("\nprofile ", f);
	dump_profile_name(f, m, i);
	fputs(" {\n\ttls ", f);
	fputs(words_version(p->tls_min), f);
	fputs(" .. ", f);
	fputs(words_version(p->tls_max), f);
	fputs(";\n", f);
	suites(f, p);
	fprintf(f, "\tprefer %s;\n\ttickets %s;\n\tearly-data %s;\n}\n",
		p->server_preference ? "server" : "client",
		p->tickets ? "on" : "off", p->early_data ? "on" : "off");
}

static void pair(FILE *f, const char *key, const char *unit, uint32_t total,
	uint32_t source)
{
	if (!total && !source)
		return;
	fprintf(f, "\t%s ", key);
	if (total)
		fprintf(f, "%u%s%s", total, unit, source ? ", " : "");
	if (source)
		fprintf(f, "per-source %u%s", source, unit);
	fputs(";\n", f);
}

static void bandwidth(FILE *f, uint64_t total, uint64_t source)
{
	if (!total && !source)
		return;
	fputs("\tbandwidth ", f);
	if (total) {
		dump_size(f, total);
		fprintf(f, "/s%s", source ? ", " : "");
	}
	if (source) {
		fputs("per-source ", f);
		dump_size(f, source);
		fputs("/s", f);
	}
	fputs(";\n", f);
}

static void deadline(FILE *f, const char *key, uint32_t ms)
{
	fprintf(f, "\t%s ", key);
	dump_duration(f, ms);
	fputs(";\n", f);
}

static void requests(FILE *f, const struct m_limit *l)
{
	fputs("\trequest-head ", f);
	dump_size(f, l->head_bytes);
	fputs(" within ", f);
	dump_duration(f, l->head_ms);
	fputs(";\n", f);
	if (l->body_bytes) {
		fputs("\trequest-body ", f);
		dump_size(f, l->body_bytes);
		fputs(";\n", f);
	}
	pair(f, "requests", "/s", l->requests, l->requests_source);
	deadline(f, "keep-alive", l->keep_alive_ms);
	deadline(f, "response within", l->response_ms);
}

static void limit(FILE *f, const struct m_limit *l, int requests_too)
{
	fputs("\nlimits ", f);
	dump_name(f, l->name.text);
	fputs(" {\n\tclient-hello ", f);
	dump_size(f, l->hello_bytes);
	fputs(" within ", f);
	dump_duration(f, l->hello_ms);
	fputs(";\n", f);
	deadline(f, "handshake within", l->handshake_ms);
	deadline(f, "idle", l->idle_ms);
	deadline(f, "connect", l->connect_ms);
	deadline(f, "drain", l->drain_ms);
	pair(f, "connections", "", l->conns, l->conns_source);
	pair(f, "connection-rate", "/s", l->conn_rate, l->conn_rate_source);
	pair(f, "handshakes", "/s", l->hs_rate, l->hs_rate_source);
	pair(f, "handshakes-in-flight", "", l->hs_flight, 0);
	bandwidth(f, l->bandwidth, l->bandwidth_source);
	if (l->keepalive_s)
		deadline(f, "keepalive", 1000 * l->keepalive_s);
	else
		fputs("\tkeepalive off;\n", f);
	if (requests_too)
		requests(f, l);
	fputs("}\n", f);
}

static void path(FILE *f, const char *key, const char *value)
{
	if (!value)
		return;
	fprintf(f, "\t%s ", key);
	dump_string(f, value, strlen(value));
	fputs(";\n", f);
}

static void cert(FILE *f, const struct m_cert *c)
{
	char pin[HEX_SHA256];

	fputs("\ncertificate ", f);
	dump_name(f, c->name.text);
	fputs(" {\n", f);
	path(f, "chain", c->chain);
	path(f, "key", c->key);
	if (c->staple_path)
		path(f, "staple", c->staple_path);
	else if (c->staple)
		fprintf(f, "\tstaple %s;\n",
			words_text(words_staple, c->staple));
	path(f, "sct", c->sct_path);
	if (c->has_pin)
		fprintf(f, "\tpin \"sha256:%s\";\n",
			hex_text(pin, c->pin, sizeof(c->pin)));
	if (c->missing)
		fprintf(f, "\ton-missing reject %s;\n",
			words_text(words_missing, c->missing));
	fputs("}\n", f);
}

static void tls(FILE *f, const struct model *m, const struct m_backend *b)
{
	size_t i;

	fputs("\ttls {\n\t\tprofile ", f);
	dump_profile_name(f, m, b->profile);
	fputs(";\n", f);
	if (b->sni) {
		fputs("\t", f);
		path(f, "sni", b->sni);
	}
	for (i = 0; i < b->alpn.n; i++) {
		const char *token = m->alpns.v[b->alpn.v[i]];

		fputs(i ? ", " : "\t\talpn = ", f);
		dump_string(f, token, strlen(token));
	}
	fputs(b->alpn.n ? ";\n" : "", f);
	if (b->system_ca || b->ca || b->verify_name) {
		fprintf(f, "\t\tverify%s", b->system_ca ? " system" : "");
		if (b->ca) {
			putc(' ', f);
			dump_ca(f, m, b->ca, b->ca_trust);
		}
		if (b->verify_name) {
			fputs(" name ", f);
			dump_string(f, b->verify_name, strlen(b->verify_name));
		}
		fputs(";\n", f);
	}
	fputs("\t}\n", f);
}

static void health(FILE *f, const struct m_backend *b)
{
	fprintf(f, "\thealth %s", words_text(words_check, b->check));
	if (b->check_path) {
		putc(' ', f);
		dump_string(f, b->check_path, strlen(b->check_path));
	}
	if (b->check_sni) {
		fputs(" sni ", f);
		dump_string(f, b->check_sni, strlen(b->check_sni));
	}
	fputs(" interval ", f);
	dump_duration(f, b->check_interval_ms);
	fputs(" timeout ", f);
	dump_duration(f, b->check_timeout_ms);
	fprintf(f, " fall %u rise %u;\n", b->check_fall, b->check_rise);
}

static void server(FILE *f, const struct m_server *s)
{
	fputs("\tserver ", f);
	dump_endpoint(f, s->family, s->addr, s->port, s->host);
	if (s->weight != 1)
		fprintf(f, " weight %u", s->weight);
	if (s->max_conns)
		fprintf(f, " max %u", s->max_conns);
	fputs(";\n", f);
}

static void sources(FILE *f, const struct m_backend *b)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < b->sources.n; i++) {
		inet_ntop(b->sources.v[i].family == TBL_V4 ? AF_INET : AF_INET6,
			b->sources.v[i].addr, text, sizeof(text));
		fprintf(f, "%s%s", i ? ", " : "\tsource ", text);
	}
	if (b->sources.n)
		fputs(";\n", f);
}

static void backend(FILE *f, const struct model *m, const struct m_backend *b)
{
	size_t i;

	fputs("\nbackend ", f);
	dump_name(f, b->name.text);
	fputs(" {\n", f);
	for (i = 0; i < b->servers.n; i++)
		server(f, &b->servers.v[i]);
	fprintf(f, "\tbalance %s;\n", words_text(words_balance, b->balance));
	if (b->proxy)
		fprintf(f, "\tproxy-protocol %s;\n",
			words_text(words_proxy, b->proxy));
	if (b->queue)
		fprintf(f, "\tqueue %u;\n", b->queue);
	if (b->slow_start_ms)
		deadline(f, "slow-start", b->slow_start_ms);
	sources(f, b);
	if (b->has_tls)
		tls(f, m, b);
	if (b->check)
		health(f, b);
	fputs("}\n", f);
}

void dump_declarations(FILE *f, const struct model *m)
{
	uint32_t i;

	dump_segments(f, m);
	for (i = 0; i < m->profiles.n; i++)
		profile(f, m, i);
	for (i = 0; i < m->limits.n; i++)
		limit(f, &m->limits.v[i], m->sites.n > 0);
	for (i = 0; i < m->certs.n; i++)
		cert(f, &m->certs.v[i]);
	for (i = 0; i < m->backends.n; i++)
		backend(f, m, &m->backends.v[i]);
}
