/*
 * Questions that only workers can answer (report.h).  Their reports are
 * collected part by part, until all have sent the last part or the time is up.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>

#include "child_worker.h"
#include "control.h"
#include "load.h"
#include "master.h"
#include "proc.h"
#include "pulse.h"
#include "runtime/common/event.h"
#include "runtime/common/ipc.h"

#define OBJECTS_MAX 2000 /* in one answer */
#define NO_SHADOW "no shadow table is loaded"

uint64_t report_tag(void)
{
	static uint64_t last;

	return ++last;
}

static int is_asked(const struct child *c, const struct control_command *q)
{
	return c->kind == &child_worker && c->pid &&
		(q->verb != CONTROL_WHY || c->number == q->worker);
}

static int all_reported(const struct control_client *c)
{
	const struct master *m = c->master;
	unsigned i;

	for (i = 0; i < m->children; i++)
		if (is_asked(&m->child[i], &c->command) &&
			!pulse_silent(&m->child[i]) &&
			m->child[i].reported < c->tag)
			return 0;
	return 1;
}

/* A compromised worker may report any number. */
static json_int_t plus(json_int_t a, const json_t *b)
{
	json_int_t sum;

	return __builtin_add_overflow(a, json_integer_value(b), &sum) ? a : sum;
}

/* Equal groups of several workers are added up. */
static void merge_group(json_t *groups, json_t *g)
{
	json_t *o;
	size_t i;

	json_array_foreach(groups, i, o)
	{
		if (!json_equal(json_object_get(o, "live"),
			    json_object_get(g, "live")) ||
			!json_equal(json_object_get(o, "shadow"),
				json_object_get(g, "shadow")))
			continue;
		json_object_set_new(o, "count",
			json_integer(plus(
				json_integer_value(json_object_get(o, "count")),
				json_object_get(g, "count"))));
		return;
	}
	json_array_append(groups, g);
}

static json_t *shadow_answer(const struct control_client *c)
{
	const struct loaded *l = c->master->shadow;
	json_t *groups = json_array(), *o;
	json_int_t decisions = 0, different = 0;
	size_t i;

	json_array_foreach(c->gather, i, o)
	{
		decisions = plus(decisions, json_object_get(o, "decisions"));
		different = plus(different, json_object_get(o, "different"));
		if (json_object_get(o, "live"))
			merge_group(groups, o);
	}
	return json_pack("{s:b,s:o,s:s,s:I,s:I,s:o}", "ok", 1, "policy",
		control_text(l->path), "root", l->root, "decisions", decisions,
		"different", different, "groups", groups);
}

void report_answer(struct control_client *c)
{
	json_t *gather = c->gather;

	/* The shadow may have been removed while the workers were asked. */
	if (c->command.verb == CONTROL_SHADOW && !c->master->shadow) {
		c->gather = NULL;
		json_decref(gather);
		control_error(c, NULL, NO_SHADOW);
		return;
	}
	if (c->command.verb == CONTROL_SHADOW) {
		json_t *o = shadow_answer(c);

		c->gather = NULL;
		json_decref(gather);
		control_answer(c, o);
		return;
	}
	c->gather = NULL;
	if (c->command.verb == CONTROL_SHADOW_LOAD) {
		const struct loaded *l = c->master->shadow;

		json_decref(gather);
		control_answer(c,
			json_pack("{s:b,s:o,s:s}", "ok", 1, "policy",
				control_text(l ? l->path : ""), "root",
				l ? l->root : ""));
		return;
	}
	if (c->command.verb == CONTROL_WHY && json_array_size(gather) == 0) {
		json_decref(gather);
		control_error(c, NULL,
			"there is no such connection now; for one that has "
			"ended, see its log line");
		return;
	}
	control_answer(
		c, json_pack("{s:b,s:o}", "ok", 1, "connections", gather));
}

static void check_answered(void)
{
	struct control_client *c;

	for (c = control_first(); c; c = c->next)
		if (c->waiting && c->gather && all_reported(c))
			report_answer(c);
}

static struct control_client *by_tag(uint64_t tag)
{
	struct control_client *c = control_first();

	while (c && !(c->waiting && c->gather && c->tag == tag))
		c = c->next;
	return c;
}

static void take_lines(struct control_client *c, const char *p, size_t n)
{
	const char *end;

	while ((end = memchr(p, '\n', n)) != NULL) {
		size_t len = (size_t)(end - p);
		json_t *o = json_loadb(p, len, 0, NULL);

		if (o && json_array_size(c->gather) < OBJECTS_MAX)
			json_array_append_new(c->gather, o);
		else
			json_decref(o);
		n -= len + 1;
		p = end + 1;
	}
}

/* r is NULL if the worker has ended and will not answer. */
void report_take(struct child *child, const struct ipc_report *r, size_t len)
{
	struct control_client *c;

	if (r && len >= IPC_REPORT_HEAD && r->len <= len - IPC_REPORT_HEAD) {
		c = by_tag(r->tag);
		if (c)
			take_lines(c, r->text, r->len);
		if (r->last && r->tag > child->reported)
			child->reported = r->tag;
	}
	check_answered();
}

void report_ask(struct control_client *c, enum ipc_report_kind kind)
{
	struct master *m = c->master;
	struct ipc_report_ask body = {.tag = report_tag(),
		.kind = kind,
		.id = c->command.verb == CONTROL_WHY ? c->command.number : 0};
	unsigned i;

	if (kind == REPORT_SHADOW && !m->shadow) {
		control_error(c, NULL, NO_SHADOW);
		return;
	}
	c->waiting = 1;
	c->tag = body.tag;
	c->gather = json_array();
	for (i = 0; i < m->children; i++)
		if (is_asked(&m->child[i], &c->command))
			proc_send(&m->child[i], IPC_REPORT_ASK, &body,
				sizeof(body), NULL, 0);
	check_answered();
}

static void use_shadow(struct master *m, struct loaded *l)
{
	unsigned i;

	load_free(&m->shadow);
	m->shadow = l;
	for (i = 0; i < m->children; i++)
		if (m->child[i].kind == &child_worker)
			child_worker_shadow(&m->child[i], l);
}

void report_shadow_load(struct control_client *c)
{
	struct refusal why = {.id = ""};
	struct loaded *l;
	char by[64];

	snprintf(by, sizeof(by), "control uid %u pid %d", c->uid, c->pid);
	l = load_read(c->command.path, by, c->master->options, &why);
	event_audit(l ? EVENT_NOTICE : EVENT_ERROR, l ? "shadow" : "refused",
		"by", by, "policy", c->command.path, "root", l ? l->root : NULL,
		"id", why.id, "reason", why.text, NULL);
	if (!l) {
		control_error(c, why.id, why.text);
		return;
	}
	use_shadow(c->master, l);
	/* The answer comes when every worker has processed this question. */
	report_ask(c, REPORT_SHADOW);
}

void report_shadow_off(struct control_client *c)
{
	if (!c->master->shadow) {
		control_error(c, NULL, NO_SHADOW);
		return;
	}
	use_shadow(c->master, NULL);
	control_answer(c, json_pack("{s:b}", "ok", 1));
}
