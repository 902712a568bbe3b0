/*
 * Reports (report.h): JSON objects, one a line, in as many messages as they
 * take.  The number of objects is bounded.
 */
#include "report.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "conn.h"
#include "runtime/common/server_name.h"
#include "runtime/table/utf8.h"
#include "shadow.h"

#define CONNECTIONS_MAX                                                        \
	500 /* from one worker; the count shows that there are more */

struct reply {
	struct worker *worker;
	struct ipc_report body;
};

enum part { MORE_FOLLOWS, LAST };

static void send_part(struct reply *r, enum part last)
{
	r->body.last = (uint32_t)last;
	worker_post(
		r->worker, IPC_REPORT, &r->body, IPC_REPORT_HEAD + r->body.len);
	r->body.len = 0;
}

/* Takes the object over; one that does not fit in a message is left out. */
static void add(struct reply *r, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);
	size_t n = text ? strlen(text) + 1 : 0;

	json_decref(o);
	if (n > 0 && n <= IPC_REPORT_TEXT) {
		if (r->body.len + n > IPC_REPORT_TEXT)
			send_part(r, MORE_FOLLOWS);
		memcpy(r->body.text + r->body.len, text, n - 1);
		r->body.text[r->body.len + n - 1] = '\n';
		r->body.len += (uint32_t)n;
	}
	free(text);
}

static void set(json_t *o, const char *key, const char *value)
{
	char text[2048];

	if (!value || !*value)
		return;
	utf8_valid(text, sizeof(text), value);
	json_object_set_new(o, key, json_string(text));
}

static void set_source(json_t *o, const struct conn *c)
{
	char ip[INET6_ADDRSTRLEN], text[64];

	if (c->family == TBL_UNIX) {
		set(o, "source", "unix");
		return;
	}
	inet_ntop(c->family == TBL_V4 ? AF_INET : AF_INET6, c->addr, ip,
		sizeof(ip));
	snprintf(text, sizeof(text), c->family == TBL_V4 ? "%s:%u" : "[%s]:%u",
		ip, c->port);
	set(o, "source", text);
}

/* The clause that decided, and what it led to. */
static void set_decision(json_t *o, const struct conn *c)
{
	const struct table *t = &c->gen->table;
	uint32_t backend;
	char text[1024];

	if (!c->mode)
		return;
	set(o, "route", table_str(t, t->list[c->list].route_str));
	table_place(t, c->clause, text, sizeof(text));
	set(o, "at", text);
	if (c->own)
		set(o, "by", "a clause of the frontend");
	set(o, "mode", words_mode[c->mode]);
	backend = conn_action(c)->backend;
	if (backend != TBL_NONE)
		set(o, "backend", table_str(t, t->backend[backend].name_str));
	if (conn_server(c) != TBL_NONE) {
		server_text(t, conn_server(c), text, sizeof(text));
		set(o, "server", text);
	}
}

static json_t *describe(const struct worker *w, const struct conn *c)
{
	const struct table *t = &c->gen->table;
	char id[48];
	json_t *o;

	snprintf(id, sizeof(id), "%u-%llu", w->options.number,
		(unsigned long long)c->id);
	o = json_pack("{s:s,s:I,s:s,s:s,s:f,s:I,s:I}", "conn", id, "generation",
		(json_int_t)c->gen->number, "frontend",
		table_str(t, t->frontend[c->frontend].name_str), "state",
		conn_state_word(c->state), "seconds", conn_age_us(c) / 1e6,
		"in", (json_int_t)c->bytes[CLIENT], "out",
		(json_int_t)c->bytes[SERVER]);
	set_source(o, c);
	set(o, "sni", conn_sni(c));
	if (c->names)
		set(o, "alpn", c->names + strlen(c->names) + 1);
	set_decision(o, c);
	return o;
}

static void connections(struct reply *r, uint64_t id)
{
	const struct conn *c;
	unsigned n = 0;

	for (c = r->worker->conns; c && n < CONNECTIONS_MAX; c = c->next) {
		if (!c->gen || conn_over(c) || (id && c->id != id))
			continue;
		add(r, describe(r->worker, c));
		n++;
	}
}

static void shadow(struct reply *r)
{
	const struct shadow *s = r->worker->shadow;
	json_t *o;
	unsigned i;

	if (!s)
		return;
	add(r,
		json_pack("{s:I,s:I}", "decisions",
			(json_int_t)shadow_decisions(s), "different",
			(json_int_t)shadow_different(s)));
	for (i = 0; (o = shadow_group(s, i)) != NULL; i++)
		add(r, o);
}

void report(struct worker *w, const struct ipc_report_ask *ask)
{
	static struct reply r;

	r.worker = w;
	r.body.tag = ask->tag;
	r.body.len = 0;
	if (ask->kind == REPORT_SHADOW)
		shadow(&r);
	else if (ask->kind == REPORT_CONNECTIONS || ask->id)
		connections(&r, ask->id);
	send_part(&r, LAST);
}
