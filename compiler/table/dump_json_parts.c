/*
 * dump --as json: what actions are made of.
 */
#include "dump_json.h"

#include <arpa/inet.h>

#include "compiler/base/json_out.h"
#include "compiler/base/suite.h"
#include "grammar/table.h"
#include "grammar/words.h"
#include "dump_word.h"

static void profiles(struct json *j)
{
	size_t i, k;

	dump_json_key(j, "profiles");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->profiles.n; i++) {
		const struct m_profile *p = &j->m->profiles.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name", p->name.text);
		dump_json_version(j, "tls_min", p->tls_min);
		dump_json_version(j, "tls_max", p->tls_max);
		dump_json_key(j, "ciphers");
		dump_json_open(j, '[');
		for (k = 0; k < p->suites.n; k++) {
			const struct suite *s = suite_by_code(p->suites.v[k]);

			dump_json_item(j);
			json_put(j->f, s ? s->name : NULL);
		}
		dump_json_close(j, ']');
		dump_json_key(j, "groups");
		dump_json_open(j, '[');
		for (k = 0; k < p->groups.n; k++) {
			dump_json_item(j);
			json_put(j->f, suite_group_name(p->groups.v[k]));
		}
		dump_json_close(j, ']');
		dump_json_truth(j, "server_preference", p->server_preference);
		dump_json_truth(j, "tickets", p->tickets);
		dump_json_truth(j, "early_data", p->early_data);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void certificates(struct json *j)
{
	size_t i, k;

	dump_json_key(j, "certificates");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->certs.n; i++) {
		const struct m_cert *c = &j->m->certs.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name", c->name.text);
		dump_json_text(j, "chain", c->chain);
		dump_json_text(j, "key", c->key);
		dump_json_text(
			j, "staple", words_text(words_staple, c->staple));
		dump_json_text(j, "staple_file", c->staple_path);
		dump_json_text(j, "sct", c->sct_path);
		if (c->has_pin)
			dump_json_hash(j, "pin", c->pin);
		else
			dump_json_text(j, "pin", NULL);
		dump_json_text(
			j, "on_missing", words_text(words_missing, c->missing));
		dump_json_key(j, "covers");
		dump_json_open(j, '[');
		for (k = 0; k < c->covers.n; k++) {
			dump_json_item(j);
			json_put(j->f, c->covers.v[k]);
		}
		dump_json_close(j, ']');
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void requests(struct json *j, const struct m_limit *l)
{
	dump_json_number(j, "request_head", l->head_bytes);
	dump_json_number(j, "request_head_ms", l->head_ms);
	dump_json_number(j, "request_body", l->body_bytes);
	dump_json_number(j, "requests", l->requests);
	dump_json_number(j, "requests_per_source", l->requests_source);
	dump_json_number(j, "keep_alive_ms", l->keep_alive_ms);
	dump_json_number(j, "response_ms", l->response_ms);
}

static void limits(struct json *j)
{
	size_t i;

	dump_json_key(j, "limits");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->limits.n; i++) {
		const struct m_limit *l = &j->m->limits.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name", l->name.text);
		dump_json_number(j, "client_hello_bytes", l->hello_bytes);
		dump_json_number(j, "client_hello_ms", l->hello_ms);
		dump_json_number(j, "handshake_ms", l->handshake_ms);
		dump_json_number(j, "idle_ms", l->idle_ms);
		dump_json_number(j, "connect_ms", l->connect_ms);
		dump_json_number(j, "drain_ms", l->drain_ms);
		dump_json_number(j, "connections", l->conns);
		dump_json_number(j, "connections_per_source", l->conns_source);
		dump_json_number(j, "connection_rate", l->conn_rate);
		dump_json_number(
			j, "connection_rate_per_source", l->conn_rate_source);
		dump_json_number(j, "handshakes", l->hs_rate);
		dump_json_number(j, "handshakes_per_source", l->hs_rate_source);
		dump_json_number(j, "handshakes_in_flight", l->hs_flight);
		dump_json_number(j, "bandwidth", l->bandwidth);
		dump_json_number(
			j, "bandwidth_per_source", l->bandwidth_source);
		dump_json_number(j, "keepalive_s", l->keepalive_s);
		if (j->m->sites.n)
			requests(j, l);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void servers(struct json *j, const struct m_backend *b)
{
	size_t i;

	dump_json_key(j, "servers");
	dump_json_open(j, '[');
	for (i = 0; i < b->servers.n; i++) {
		const struct m_server *s = &b->servers.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_key(j, s->family == TBL_UNIX ? "unix" : "address");
		dump_json_endpoint(j, s->family, s->addr, s->port, s->host);
		dump_json_number(j, "weight", s->weight);
		dump_json_number(j, "max", s->max_conns);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

static void backend_tls(struct json *j, const struct m_backend *b)
{
	dump_json_key(j, "tls");
	if (!b->has_tls) {
		fputs("null", j->f);
		return;
	}
	dump_json_open(j, '{');
	dump_json_text(j, "profile", j->m->profiles.v[b->profile].name.text);
	dump_json_text(j, "ca", b->ca);
	dump_json_truth(j, "system_ca", b->system_ca);
	dump_json_text(j, "name", b->verify_name);
	dump_json_text(j, "sni", b->sni);
	dump_json_alpns(j, "alpn", b->alpn.v, b->alpn.n);
	dump_json_close(j, '}');
}

static void backend_health(struct json *j, const struct m_backend *b)
{
	dump_json_key(j, "health");
	if (!b->check) {
		fputs("null", j->f);
		return;
	}
	dump_json_open(j, '{');
	dump_json_text(j, "check", words_text(words_check, b->check));
	dump_json_text(j, "path", b->check_path);
	dump_json_text(j, "sni", b->check_sni);
	dump_json_number(j, "interval_ms", b->check_interval_ms);
	dump_json_number(j, "timeout_ms", b->check_timeout_ms);
	dump_json_number(j, "fall", b->check_fall);
	dump_json_number(j, "rise", b->check_rise);
	dump_json_close(j, '}');
}

static void sources(struct json *j, const struct m_backend *b)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	dump_json_key(j, "source");
	dump_json_open(j, '[');
	for (i = 0; i < b->sources.n; i++) {
		dump_json_item(j);
		inet_ntop(b->sources.v[i].family == TBL_V4 ? AF_INET : AF_INET6,
			b->sources.v[i].addr, text, sizeof(text));
		json_put(j->f, text);
	}
	dump_json_close(j, ']');
}

static void backends(struct json *j)
{
	size_t i;

	dump_json_key(j, "backends");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->backends.n; i++) {
		const struct m_backend *b = &j->m->backends.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name", b->name.text);
		servers(j, b);
		dump_json_text(
			j, "balance", words_text(words_balance, b->balance));
		dump_json_text(
			j, "proxy_protocol", words_text(words_proxy, b->proxy));
		dump_json_number(j, "queue", b->queue);
		dump_json_number(j, "slow_start_ms", b->slow_start_ms);
		sources(j, b);
		backend_tls(j, b);
		backend_health(j, b);
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}

void dump_json_parts(struct json *j)
{
	profiles(j);
	certificates(j);
	limits(j);
	backends(j);
}
