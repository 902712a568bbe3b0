/*
 * dump --as json: what actions are made of.
 */
#include "dump_json.h"

#include <arpa/inet.h>

#include "compiler/base/json_out.h"
#include "compiler/base/suites.h"
#include "grammar/table.h"
#include "grammar/words.h"
#include "dump_word.h"

static void profiles(struct json *j)
{
	size_t i, k;

	jd_key(j, "profiles");
	jd_open(j, '[');
	for (i = 0; i < j->m->profiles.n; i++) {
		const struct m_profile *p = &j->m->profiles.v[i];

		jd_item(j);
		jd_open(j, '{');
		jd_text(j, "name", p->name.text);
		jd_version(j, "tls_min", p->tls_min);
		jd_version(j, "tls_max", p->tls_max);
		jd_key(j, "ciphers");
		jd_open(j, '[');
		for (k = 0; k < p->suites.n; k++) {
			const struct suite *s = suite_by_code(p->suites.v[k]);

			jd_item(j);
			json_put(j->f, s ? s->name : NULL);
		}
		jd_close(j, ']');
		jd_key(j, "groups");
		jd_open(j, '[');
		for (k = 0; k < p->groups.n; k++) {
			jd_item(j);
			json_put(j->f, group_name(p->groups.v[k]));
		}
		jd_close(j, ']');
		jd_truth(j, "server_preference", p->server_preference);
		jd_truth(j, "tickets", p->tickets);
		jd_truth(j, "early_data", p->early_data);
		jd_close(j, '}');
	}
	jd_close(j, ']');
}

static void certificates(struct json *j)
{
	size_t i, k;

	jd_key(j, "certificates");
	jd_open(j, '[');
	for (i = 0; i < j->m->certs.n; i++) {
		const struct m_cert *c = &j->m->certs.v[i];

		jd_item(j);
		jd_open(j, '{');
		jd_text(j, "name", c->name.text);
		jd_text(j, "chain", c->chain);
		jd_text(j, "key", c->key);
		jd_text(j, "staple", words_text(words_staple, c->staple));
		jd_text(j, "staple_file", c->staple_path);
		jd_text(j, "sct", c->sct_path);
		if (c->has_pin)
			jd_hash(j, "pin", c->pin);
		else
			jd_text(j, "pin", NULL);
		jd_key(j, "covers");
		jd_open(j, '[');
		for (k = 0; k < c->covers.n; k++) {
			jd_item(j);
			json_put(j->f, c->covers.v[k]);
		}
		jd_close(j, ']');
		jd_close(j, '}');
	}
	jd_close(j, ']');
}

static void limits(struct json *j)
{
	size_t i;

	jd_key(j, "limits");
	jd_open(j, '[');
	for (i = 0; i < j->m->limits.n; i++) {
		const struct m_limit *l = &j->m->limits.v[i];

		jd_item(j);
		jd_open(j, '{');
		jd_text(j, "name", l->name.text);
		jd_number(j, "client_hello_bytes", l->hello_bytes);
		jd_number(j, "client_hello_ms", l->hello_ms);
		jd_number(j, "handshake_ms", l->handshake_ms);
		jd_number(j, "idle_ms", l->idle_ms);
		jd_number(j, "connect_ms", l->connect_ms);
		jd_number(j, "drain_ms", l->drain_ms);
		jd_number(j, "connections", l->conns);
		jd_number(j, "connections_per_source", l->conns_source);
		jd_number(j, "connection_rate", l->conn_rate);
		jd_number(j, "connection_rate_per_source", l->conn_rate_source);
		jd_number(j, "handshakes", l->hs_rate);
		jd_number(j, "handshakes_per_source", l->hs_rate_source);
		jd_number(j, "handshakes_in_flight", l->hs_flight);
		jd_number(j, "bandwidth", l->bandwidth);
		jd_number(j, "bandwidth_per_source", l->bandwidth_source);
		jd_number(j, "keepalive_s", l->keepalive_s);
		jd_close(j, '}');
	}
	jd_close(j, ']');
}

static void servers(struct json *j, const struct m_backend *b)
{
	size_t i;

	jd_key(j, "servers");
	jd_open(j, '[');
	for (i = 0; i < b->servers.n; i++) {
		const struct m_server *s = &b->servers.v[i];

		jd_item(j);
		jd_open(j, '{');
		jd_key(j, s->family == TBL_UNIX ? "unix" : "address");
		jd_endpoint(j, s->family, s->addr, s->port, s->host);
		jd_number(j, "weight", s->weight);
		jd_number(j, "max", s->max_conns);
		jd_close(j, '}');
	}
	jd_close(j, ']');
}

static void backend_tls(struct json *j, const struct m_backend *b)
{
	jd_key(j, "tls");
	if (!b->has_tls) {
		fputs("null", j->f);
		return;
	}
	jd_open(j, '{');
	jd_text(j, "profile", j->m->profiles.v[b->profile].name.text);
	jd_text(j, "ca", b->ca);
	jd_truth(j, "system_ca", b->system_ca);
	jd_text(j, "name", b->verify_name);
	jd_text(j, "sni", b->sni);
	jd_alpns(j, "alpn", b->alpn.v, b->alpn.n);
	jd_close(j, '}');
}

static void backend_health(struct json *j, const struct m_backend *b)
{
	jd_key(j, "health");
	if (!b->check) {
		fputs("null", j->f);
		return;
	}
	jd_open(j, '{');
	jd_text(j, "check", words_text(words_check, b->check));
	jd_text(j, "path", b->check_path);
	jd_text(j, "sni", b->check_sni);
	jd_number(j, "interval_ms", b->check_interval_ms);
	jd_number(j, "timeout_ms", b->check_timeout_ms);
	jd_number(j, "fall", b->check_fall);
	jd_number(j, "rise", b->check_rise);
	jd_close(j, '}');
}

static void sources(struct json *j, const struct m_backend *b)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	jd_key(j, "source");
	jd_open(j, '[');
	for (i = 0; i < b->sources.n; i++) {
		jd_item(j);
		inet_ntop(b->sources.v[i].family == TBL_V4 ? AF_INET : AF_INET6,
			b->sources.v[i].addr, text, sizeof(text));
		json_put(j->f, text);
	}
	jd_close(j, ']');
}

static void backends(struct json *j)
{
	size_t i;

	jd_key(j, "backends");
	jd_open(j, '[');
	for (i = 0; i < j->m->backends.n; i++) {
		const struct m_backend *b = &j->m->backends.v[i];

		jd_item(j);
		jd_open(j, '{');
		jd_text(j, "name", b->name.text);
		servers(j, b);
		jd_text(j, "balance", words_text(words_balance, b->balance));
		jd_text(j, "proxy_protocol", words_text(words_proxy, b->proxy));
		jd_number(j, "queue", b->queue);
		jd_number(j, "slow_start_ms", b->slow_start_ms);
		sources(j, b);
		backend_tls(j, b);
		backend_health(j, b);
		jd_close(j, '}');
	}
	jd_close(j, ']');
}

void jd_parts(struct json *j)
{
	profiles(j);
	certificates(j);
	limits(j);
	backends(j);
}
