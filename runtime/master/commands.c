/*
 * What the operator's commands do (commands.h), and the JSON objects that
 * answer them. tlsctl(8) documents their members; members are only ever added.
 */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bad_certs.h"
#include "child_worker.h"
#include "control.h"
#include "crl_files.h"
#include "load.h"
#include "master.h"
#include "proc.h"
#include "pulse.h"
#include "report.h"
#include "runtime/common/address.h"
#include "runtime/common/child.h"
#include "runtime/common/clock.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"
#include "servers.h"

static uint64_t last_tag;

static json_t *table_object(const struct loaded *l)
{
	json_t *o = json_pack("{s:I,s:I,s:s,s:s,s:I,s:o,s:s,s:s}", "generation",
		(json_int_t)l->number, "origin", (json_int_t)l->origin, "root",
		l->root, "semantic", l->semantic, "serial",
		(json_int_t)l->serial, "policy", control_text(l->path), "by",
		l->by, "at", l->at);

	if (l->signer[0])
		json_object_set_new(o, "signer", json_string(l->signer));
	return o;
}

/* Connections of one generation in all workers. */
static uint64_t connections_of(const struct master *m, uint64_t number)
{
	uint64_t n = 0;
	unsigned i, j;

	for (i = 0; i < m->children; i++) {
		const struct ipc_status *s = &m->child[i].status;

		for (j = 0; j < s->generations && j < IPC_STATUS_GENERATIONS;
			j++)
			if (s->generation[j].number == number)
				n += s->generation[j].live;
	}
	return n;
}

static int is_loaded(const struct master *m, uint64_t number)
{
	const struct loaded *l;

	for (l = m->live; l; l = l->next)
		if (l->number == number)
			return 1;
	return 0;
}

static int listed(const json_t *array, uint64_t number)
{
	const json_t *o;
	size_t i;

	json_array_foreach((json_t *)array, i,
		o) if (json_integer_value(json_object_get(o, "generation")) ==
		(json_int_t)number) return 1;
	return 0;
}

/* Generations that are not loaded here any more, but still have connections. */
static void add_pinned(const struct master *m, json_t *array)
{
	unsigned i, j;

	for (i = 0; i < m->children; i++) {
		const struct ipc_status *s = &m->child[i].status;

		for (j = 0; j < s->generations && j < IPC_STATUS_GENERATIONS;
			j++) {
			uint64_t number = s->generation[j].number;

			if (is_loaded(m, number) || listed(array, number))
				continue;
			json_array_append_new(array,
				json_pack("{s:I,s:s,s:I}", "generation",
					(json_int_t)number, "state", "ending",
					"connections",
					(json_int_t)connections_of(m, number)));
		}
	}
}

static json_t *generations_array(const struct master *m)
{
	json_t *array = json_array();
	const struct loaded *l;

	for (l = m->live; l; l = l->next) {
		json_t *o = table_object(l);

		json_object_set_new(o, "state",
			json_string(l == m->live ? "live" : "loaded"));
		json_object_set_new(o, "connections",
			json_integer((json_int_t)connections_of(m, l->number)));
		json_array_append_new(array, o);
	}
	add_pinned(m, array);
	return array;
}

static json_t *refusal_object(const struct master *m)
{
	time_t when = (time_t)m->refused_at;
	char at[32];
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_pack("{s:s,s:o,s:s}", "id", m->last_refusal.id, "reason",
		control_text(m->last_refusal.text), "at", at);
}

static json_t *worker_object(const struct child *c)
{
	const struct ipc_status *s = &c->status;
	json_int_t up = c->pid ? (json_int_t)(clock_now() - c->started) : 0;

	return json_pack("{s:I,s:I,s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}",
		"worker", (json_int_t)c->number, "pid", (json_int_t)c->pid,
		"answered", s->tag == last_tag, "seconds", up, "restarts",
		(json_int_t)c->restarts, "generation", (json_int_t)c->committed,
		"connections", (json_int_t)s->live, "accepted",
		(json_int_t)s->accepted, "rejected", (json_int_t)s->rejected,
		"failed", (json_int_t)s->failed, "bytes_in",
		(json_int_t)s->bytes_in, "bytes_out", (json_int_t)s->bytes_out);
}

static json_t *workers_array(const struct master *m)
{
	json_t *array = json_array();
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			json_array_append_new(
				array, worker_object(&m->child[i]));
	return array;
}

static json_t *listeners_array(const struct master *m)
{
	json_t *array = json_array();
	char text[128];
	unsigned i;

	for (i = 0; i < m->listeners.count; i++)
		json_array_append_new(array,
			control_text(
				address_text(&m->listeners.v[i].addr, text)));
	return array;
}

static json_t *crls_array(void)
{
	json_t *array = json_array();
	const struct crl_end *e;
	int64_t now = (int64_t)time(NULL);
	char date[32];
	size_t n, i;

	for (e = crl_files_watched(&n), i = 0; i < n; i++)
		json_array_append_new(array,
			json_pack("{s:o,s:o,s:s,s:b}", "crl",
				control_text(e[i].path), "issuer",
				control_text(e[i].issuer), "until",
				crl_files_date(e[i].until, date), "expired",
				e[i].until < now));
	return array;
}

static json_t *bad_certs_array(void)
{
	json_t *array = json_array();
	const struct bad_cert *x;
	size_t n, i;

	for (x = bad_certs_now(&n), i = 0; i < n; i++)
		json_array_append_new(array,
			json_pack("{s:o,s:s,s:s,s:o}", "certificate",
				control_text(x[i].name), "state",
				bad_certs_word(x[i].state), "id", x[i].why.id,
				"reason", control_text(x[i].why.text)));
	return array;
}

static const char *state_word(const struct master *m)
{
	if (m->ending)
		return "draining";
	if (!m->live)
		return "starting";
	return m->swap.stage == SWAP_IDLE ? "serving" : "loading";
}

static json_t *status_object(const struct master *m)
{
	json_t *o = json_pack("{s:b,s:s,s:I,s:I,s:s,s:I,s:I,s:I,s:I,s:I}", "ok",
		1, "version", TLSD_VERSION, "pid", (json_int_t)getpid(),
		"seconds", (json_int_t)(clock_now() - m->started), "state",
		state_word(m), "loads", (json_int_t)m->loads, "rollbacks",
		(json_int_t)m->rollbacks, "renewals", (json_int_t)m->renewals,
		"refusals", (json_int_t)m->refusals, "restarts",
		(json_int_t)m->restarts);

	if (m->live)
		json_object_set_new(o, "live", table_object(m->live));
	if (m->last_refusal.text[0])
		json_object_set_new(o, "last_refusal", refusal_object(m));
	json_object_set_new(
		o, "policy_refused", json_boolean(m->policy_refused));
	json_object_set_new(o, "files_refused",
		json_boolean(m->renewal_refused || m->bad_certs));
	json_object_set_new(o, "workers", workers_array(m));
	json_object_set_new(o, "generations", generations_array(m));
	json_object_set_new(o, "listeners", listeners_array(m));
	json_object_set_new(o, "crls", crls_array());
	json_object_set_new(o, "bad_certificates", bad_certs_array());
	if (m->options->metrics)
		json_object_set_new(
			o, "metrics", control_text(m->options->metrics));
	return o;
}

static int all_answered(const struct master *m, uint64_t tag)
{
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker && m->child[i].pid &&
			!pulse_silent(&m->child[i]) &&
			m->child[i].status.tag < tag)
			return 0;
	return 1;
}

static void answer_status(struct control_client *c)
{
	control_answer(c, status_object(c->master));
}

void commands_timeout(struct control_client *c)
{
	if (c->gather)
		report_answer(c);
	else
		answer_status(c); /* with what is known; "answered" tells */
}

void commands_status(struct child *child)
{
	struct control_client *c;

	for (c = control_first(); c; c = c->next)
		if (c->waiting && c->tag && !c->gather &&
			all_answered(c->master, c->tag))
			answer_status(c);
}

static void ask_status(struct control_client *c)
{
	struct master *m = c->master;
	struct ipc_ask body = {.tag = last_tag = report_tag()};
	unsigned i;

	c->waiting = 1;
	c->tag = body.tag;
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			proc_send(&m->child[i], IPC_STATUS_ASK, &body,
				sizeof(body), NULL, 0);
	if (all_answered(m, body.tag))
		answer_status(c);
}

void commands_swapped(struct master *m, uint64_t client, const struct loaded *l,
	const struct refusal *why)
{
	struct control_client *c = control_find(client);
	json_t *o;

	if (!c || !c->waiting)
		return;
	if (why) {
		control_error(c, why->id, why->text);
		return;
	}
	o = json_pack("{s:b}", "ok", 1);
	json_object_set_new(o, "live", table_object(l));
	control_answer(c, o);
}

static void ask_swap(struct control_client *c, enum swap_kind kind,
	const struct control_command *command)
{
	struct swap_request r = {
		.kind = kind, .number = command->number, .client = c->id};

	snprintf(r.path, sizeof(r.path), "%s", command->path);
	snprintf(r.by, sizeof(r.by), "control uid %u pid %d", c->uid, c->pid);
	c->waiting = 1;
	c->tag = 0;
	if (swap_ask(c->master, &r) < 0)
		control_error(c, NULL,
			c->master->ending
				? "tlsd is draining and no longer loads tables"
				: "too many loads are waiting already");
}

static void ask_drain(struct control_client *c)
{
	char by[64];

	snprintf(by, sizeof(by), "control uid %u pid %d", c->uid, c->pid);
	control_answer(c, json_pack("{s:b,s:s}", "ok", 1, "state", "draining"));
	master_drain(c->master, by);
}

void commands_execute(
	struct control_client *c, const struct control_command *command)
{
	switch (command->verb) {
	case CONTROL_STATUS:
	case CONTROL_GENERATIONS:
		ask_status(c);
		break;
	case CONTROL_LOAD:
		ask_swap(c, SWAP_LOAD, command);
		break;
	case CONTROL_ROLLBACK:
		ask_swap(c, SWAP_ROLLBACK, command);
		break;
	case CONTROL_DRAIN:
		servers_drain(c, command->server);
		break;
	case CONTROL_DRAIN_ALL:
		ask_drain(c);
		break;
	case CONTROL_UNDRAIN:
		servers_undrain(c, command->server);
		break;
	case CONTROL_SERVERS:
		servers_list(c);
		break;
	case CONTROL_CONNECTIONS:
		report_ask(c, REPORT_CONNECTIONS);
		break;
	case CONTROL_WHY:
		report_ask(c, REPORT_CONNECTION);
		break;
	case CONTROL_SHADOW:
		report_ask(c, REPORT_SHADOW);
		break;
	case CONTROL_SHADOW_LOAD:
		report_shadow_load(c);
		break;
	case CONTROL_SHADOW_OFF:
		report_shadow_off(c);
		break;
	}
}
