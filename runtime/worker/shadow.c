/*
 * The shadow table (shadow.h).  Frontends are matched by name; one that the
 * shadow table lacks decides "no such frontend".  Actions are compared by what
 * they mean to a client: mode, backend, reason of a refusal.
 */
#include "shadow.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "decide.h"
#include "log.h"
#include "runtime/common/generation.h"
#include "runtime/content/content.h"
#include "runtime/table/utf8.h"

#define GROUPS_MAX 64
#define ACTION_TEXT 300
#define AT_TEXT 300

struct group {
	char live[ACTION_TEXT], shadow[ACTION_TEXT];
	uint64_t count;
	/* The first of them. */
	char live_at[AT_TEXT], shadow_at[AT_TEXT];
	char sni[256], source[INET6_ADDRSTRLEN], alpn[256];
};

struct shadow {
	struct generation *generation;
	uint64_t mapped;    /* the generation that frontend[] is for */
	uint32_t *frontend; /* live index -> shadow's, or TBL_NONE */
	uint64_t decisions, different;
	struct group group[GROUPS_MAX];
	unsigned groups;
};

struct shadow *shadow_new(int table_fd)
{
	struct shadow *s = calloc(1, sizeof(*s));
	char err[300] = "out of memory";

	if (s)
		s->generation =
			generation_map(0, table_fd, -1, err, sizeof(err));
	if (!s || !s->generation) {
		log_note("shadow table", err);
		free(s);
		return NULL;
	}
	return s;
}

void shadow_free(struct shadow **sp)
{
	struct shadow *s = *sp;

	*sp = NULL;
	if (!s)
		return;
	generation_put(&s->generation);
	free(s->frontend);
	free(s);
}

static uint32_t find_frontend(const struct table *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < t->frontend_count; i++)
		if (strcmp(table_str(t, t->frontend[i].name_str), name) == 0)
			return i;
	return TBL_NONE;
}

static int map_frontends(struct shadow *s, const struct generation *live)
{
	const struct table *t = &live->table;
	uint32_t i;

	if (s->frontend && s->mapped == live->number)
		return 0;
	free(s->frontend);
	s->frontend = calloc(t->frontend_count + 1u, sizeof(*s->frontend));
	if (!s->frontend)
		return -1;
	for (i = 0; i < t->frontend_count; i++)
		s->frontend[i] = find_frontend(&s->generation->table,
			table_str(t, t->frontend[i].name_str));
	s->mapped = live->number;
	return 0;
}

static void action_text(
	const struct table *t, uint32_t action, char out[ACTION_TEXT])
{
	const struct tbl_action *a = &t->action[action];
	uint32_t site = content_site(t, action);

	if (site != TBL_NONE)
		snprintf(out, ACTION_TEXT, "%s to site %s", words_mode[a->mode],
			table_str(t, t->site[site].name_str));
	else if (a->backend == TBL_NONE)
		snprintf(out, ACTION_TEXT, "%s %s", words_mode[a->mode],
			words_reject[a->reject]);
	else
		snprintf(out, ACTION_TEXT, "%s to %s", words_mode[a->mode],
			table_str(t, t->backend[a->backend].name_str));
}

static struct group *find_group(
	struct shadow *s, const char *live, const char *shadow)
{
	struct group *g;
	unsigned i;

	for (i = 0; i < s->groups; i++)
		if (strcmp(s->group[i].live, live) == 0 &&
			strcmp(s->group[i].shadow, shadow) == 0)
			return &s->group[i];
	if (s->groups == GROUPS_MAX)
		return NULL;
	g = &s->group[s->groups++];
	snprintf(g->live, sizeof(g->live), "%s", live);
	snprintf(g->shadow, sizeof(g->shadow), "%s", shadow);
	return g;
}

/* A file name may be any octets; JSON may not. */
static void place(const struct table *t, uint32_t clause, char out[AT_TEXT])
{
	char text[AT_TEXT];

	table_place(t, clause, text, sizeof(text));
	utf8_valid(out, AT_TEXT, text);
}

static void take_example(
	struct group *g, const struct conn *c, const struct route_query *q)
{
	char sni[256];

	place(&c->gen->table, c->clause, g->live_at);
	snprintf(sni, sizeof(sni), "%.*s", (int)q->sni_len,
		q->sni_len ? q->sni : "");
	utf8_valid(g->sni, sizeof(g->sni), sni);
	if (c->names)
		utf8_valid(g->alpn, sizeof(g->alpn),
			c->names + strlen(c->names) + 1);
	if (c->family != TBL_UNIX)
		inet_ntop(c->family == TBL_V4 ? AF_INET : AF_INET6, c->addr,
			g->source, sizeof(g->source));
}

static void differs(struct shadow *s, const struct conn *c,
	const struct route_query *q, const char *live, const char *shadow,
	uint32_t clause)
{
	struct group *g = find_group(s, live, shadow);

	s->different++;
	if (!g)
		return;
	if (g->count++ > 0)
		return;
	take_example(g, c, q);
	if (clause != TBL_NONE)
		place(&s->generation->table, clause, g->shadow_at);
}

void shadow_compare(struct shadow *s, const struct conn *c,
	const struct route_query *live, const struct hello *h)
{
	const struct table *t = &s->generation->table;
	struct route_query q = *live;
	struct route_decision d;
	char a[ACTION_TEXT], b[ACTION_TEXT];

	if (map_frontends(s, c->gen) < 0)
		return;
	s->decisions++;
	action_text(&c->gen->table, c->action, a);
	q.frontend = s->frontend[c->frontend];
	if (q.frontend == TBL_NONE) {
		differs(s, c, &q, a, "no such frontend", TBL_NONE);
		return;
	}
	if (h)
		q.alpn = decide_alpn(t, h);
	route_decide(t, &q, &d, NULL, NULL);
	action_text(t, d.action, b);
	if (strcmp(a, b) != 0)
		differs(s, c, &q, a, b, d.clause);
}

uint64_t shadow_decisions(const struct shadow *s)
{
	return s->decisions;
}

uint64_t shadow_different(const struct shadow *s)
{
	return s->different;
}

json_t *shadow_group(const struct shadow *s, unsigned i)
{
	const struct group *g = &s->group[i];
	json_t *o;

	if (i >= s->groups)
		return NULL;
	o = json_pack("{s:s,s:s,s:I,s:s,s:s,s:s}", "live", g->live, "shadow",
		g->shadow, "count", (json_int_t)g->count, "live_at", g->live_at,
		"shadow_at", g->shadow_at, "source", g->source);
	if (g->sni[0])
		json_object_set_new(o, "sni", json_string(g->sni));
	if (g->alpn[0])
		json_object_set_new(o, "alpn", json_string(g->alpn));
	return o;
}
