/*
 * tlsc match FILE|TABLE: what happens to a client, or with --stdin to one
 * client a line, by the gateway's own lookup.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "compiler/ask/capture.h"
#include "compiler/ask/match.h"
#include "compiler/ask/match_request.h"
#include "compiler/base/arena.h"
#include "compiler/base/shown.h"
#include "compiler/run/input.h"
#include "compiler/run/output.h"

static size_t split(const struct cli *c, const char *list, const char **v)
{
	char *copy = arena_strndup(c->arena, list, strlen(list)), *save;
	size_t n = 0;

	for (char *p = strtok_r(copy, ",", &save); p;
		p = strtok_r(NULL, ",", &save))
		v[n++] = p;
	return n;
}

/* What --hello holds; bytes is malloc'd and what cap points into. */
struct captured {
	uint8_t *bytes;
	struct capture cap;
	char source[INET6_ADDRSTRLEN];
};

static int read_capture(const struct cli *c, struct captured *h)
{
	const char *path = cli_value(c, OPT_HELLO), *err;
	size_t len;

	h->bytes = input_bytes(path, &len);
	if (!h->bytes)
		return CLI_IO;
	if (capture_read(c->arena, h->bytes, len, &h->cap, &err)) {
		free(h->bytes);
		h->bytes = NULL;
		return cli_io("%s: %s", path, err);
	}
	return CLI_OK;
}

static int hello(const struct cli *c, const struct table *t,
	const struct captured *h, struct route_query *q, char name[256],
	int *offers_alpn)
{
	const char *path = cli_value(c, OPT_HELLO);
	char err[512];
	int got = match_hello(t, h->cap.stream, h->cap.len, q, name,
		offers_alpn, err, sizeof(err));

	if (got < 0)
		return cli_io("%s: %s", path, err);
	if (got > 0)
		fprintf(stderr, "tlsc: %s: not an acceptable ClientHello: %s\n",
			shown_text(path), shown_text(err));
	return CLI_OK;
}

/* The name of the only frontend that listens on a port, or NULL. */
static const char *by_port(const struct table *t, uint16_t port)
{
	const char *name = NULL, *other;

	for (uint32_t i = 0; port && i < t->listener_count; i++) {
		const struct tbl_listener *l = &t->listener[i];

		if (l->port != port)
			continue;
		other = table_str(t, t->frontend[l->frontend].name_str);
		if (name && strcmp(name, other))
			return NULL;
		name = other;
	}
	return name;
}

/* The options as a query; a capture says what they do not. */
static int query_of(const struct cli *c, const struct table *t,
	struct captured *h, struct route_query *q, char name[256],
	int *offers_alpn)
{
	const char *alpn = cli_value(c, OPT_ALPN);
	struct match_text x = {.listener = cli_value(c, OPT_LISTENER),
		.sni = cli_value(c, OPT_SNI),
		.source = cli_value(c, OPT_SOURCE),
		.tls = cli_value(c, OPT_TLS)};
	const char **v;
	char err[512];

	if (alpn) {
		v = arena_alloc(c->arena, (strlen(alpn) + 1) * sizeof(*v));
		x.alpn_count = split(c, alpn, v);
		x.alpn = v;
	}
	if (h && !x.source && h->cap.family)
		x.source =
			inet_ntop(h->cap.family == TBL_V4 ? AF_INET : AF_INET6,
				h->cap.source, h->source, sizeof(h->source));
	if (h && !x.listener)
		x.listener = by_port(t, h->cap.dest_port);
	if (match_query(t, &x, q, name, err, sizeof(err)))
		return cli_usage(c, "%s", err);
	*offers_alpn = x.alpn_count > 0;
	return h ? hello(c, t, h, q, name, offers_alpn) : CLI_OK;
}

static int query(const struct cli *c, const struct table *t,
	struct route_query *q, char name[256], int *offers_alpn)
{
	struct captured h = {.bytes = NULL};
	int status;

	if (!cli_has(c, OPT_HELLO))
		return query_of(c, t, NULL, q, name, offers_alpn);
	status = read_capture(c, &h);
	if (status)
		return status;
	status = query_of(c, t, &h, q, name, offers_alpn);
	free(h.bytes);
	return status;
}

static int expected(const struct cli *c, const struct match_answer *a)
{
	const char *expect = cli_value(c, OPT_EXPECT);
	char err[512];
	int agrees;

	if (!expect)
		return CLI_OK;
	agrees = match_expected(a, expect, err, sizeof(err));
	if (agrees < 0)
		return cli_usage(c, "--expect: %s", err);
	if (agrees)
		return CLI_OK;
	fprintf(stderr, "tlsc: expected %s\n", expect);
	return CLI_FINDINGS;
}

/* The file's request over the connection that was decided, or at a frontend
 * without TLS. */
static int match_content(const struct cli *c, const struct table *t,
	const struct route_query *q, const struct match_answer *a)
{
	const char *path = cli_value(c, OPT_REQUEST);
	const char *expect = cli_value(c, OPT_EXPECT);
	uint32_t clear = content_clear_site(t, q->frontend);
	uint32_t site =
		clear != TBL_NONE ? clear : content_site(t, a->decision.action);
	struct match_request r;
	char err[512];
	uint8_t *bytes;
	size_t n;
	int bad;

	if (site == TBL_NONE)
		return cli_usage(c,
			"%s: this connection is decided without looking at "
			"requests: it meets no site",
			path);
	bytes = input_bytes(path, &n);
	if (!bytes)
		return CLI_IO;
	bad = match_request(t, site,
		clear != TBL_NONE ? t->frontend[q->frontend].limit
				  : t->action[a->decision.action].limit,
		q, clear != TBL_NONE ? NULL : &a->decision, (const char *)bytes,
		n, &r, err, sizeof(err));
	free(bytes);
	if (bad)
		return cli_io("%s: %s", path, err);
	if (output_on_stdout(c))
		match_request_json(t, &r, stdout);
	else
		match_request_print(t, &r, stdout);
	if (!expect)
		return r.verdict == MATCH_SERVED ? CLI_OK : CLI_FINDINGS;
	bad = match_request_expected(t, &r, expect);
	if (bad < 0)
		return cli_usage(c,
			"--expect with --request takes a status, \"answer "
			"STATUS\", \"redirect STATUS\" or \"to BACKEND\"");
	if (!bad)
		fprintf(stderr, "tlsc: expected %s\n", expect);
	return bad ? CLI_OK : CLI_FINDINGS;
}

static int match_one(const struct cli *c, const struct input *in)
{
	const struct table *t = &in->table;
	struct match_answer a;
	struct route_query q;
	char name[256];
	int offers_alpn, status = query(c, t, &q, name, &offers_alpn);

	if (status)
		return status;
	if (content_clear_site(t, q.frontend) != TBL_NONE &&
		!cli_has(c, OPT_REQUEST))
		return cli_usage(c,
			"frontend %s has no TLS: what it decides about are "
			"requests (--request)",
			table_str(t, t->frontend[q.frontend].name_str));
	match_decide(t, &q, &a, cli_has(c, OPT_TRACE) ? stderr : NULL);
	if (cli_has(c, OPT_REQUEST))
		return match_content(c, t, &q, &a);
	match_judge(t, &q, offers_alpn, &a);
	match_place(t, &q, in->model, in->x.sources, &a);
	if (output_on_stdout(c))
		match_json(&a, stdout);
	else
		match_print(&a, stdout);
	status = expected(c, &a);
	return !status && a.refused ? CLI_FINDINGS : status;
}

static int match_lines(const struct input *in)
{
	long bad = match_stream(
		&in->table, in->model, in->x.sources, stdin, stdout);

	if (bad < 0)
		return cli_io("cannot read or write the queries");
	return bad ? CLI_FINDINGS : CLI_OK;
}

static int contradiction(const struct cli *c)
{
	const enum cli_option_id single[] = {OPT_SNI, OPT_SOURCE, OPT_ALPN,
		OPT_TLS, OPT_LISTENER, OPT_HELLO, OPT_EXPECT, OPT_TRACE,
		OPT_REQUEST};

	if (cli_has(c, OPT_HELLO) &&
		(cli_has(c, OPT_SNI) || cli_has(c, OPT_ALPN) ||
			cli_has(c, OPT_TLS)))
		return cli_usage(
			c, "--hello already gives the name, ALPN and version");
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (cli_has(c, OPT_STDIN) && cli_has(c, single[i]))
			return cli_usage(c, "--%s has no meaning with --stdin",
				cli_options[single[i]].long_name);
	return CLI_OK;
}

int cmd_match(struct cli *c)
{
	struct input in;
	int status = cli_operands(c, 1, 1);

	if (status)
		return status;
	if (output_formats(c) || contradiction(c))
		return CLI_USAGE;
	status = input_open(c, c->args[0], &in);
	if (status)
		return status;
	status = cli_has(c, OPT_STDIN) ? match_lines(&in) : match_one(c, &in);
	input_close(&in);
	return status;
}
