/*
 * tlsc match --stdin: queries and answers as JSON lines (tlsc(1)).
 * libjansson reads; when no input waits, all answers are out, so that another
 * program can hold a conversation.
 */
#include "match.h"

#include <jansson.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/json_out.h"

#define ALPN_OFFERED 64

struct query_line {
	struct match_text text;
	const char *alpn[ALPN_OFFERED];
	char err[400];
};

static int complain(struct query_line *l, const char *what, const char *key)
{
	snprintf(l->err, sizeof(l->err), what, key);
	return -1;
}

/* A string, or null for "absent". */
static int read_text(
	struct query_line *l, const char *key, json_t *v, const char **out)
{
	if (json_is_null(v))
		return 0;
	*out = json_string_value(v);
	if (!*out || strlen(*out) != json_string_length(v))
		return complain(l, "'%s' must be a string", key);
	return 0;
}

static int read_alpn(struct query_line *l, json_t *v)
{
	size_t i;

	if (json_is_null(v))
		return 0;
	if (!json_is_array(v) || json_array_size(v) > ALPN_OFFERED)
		return complain(
			l, "'%s' must be a list of at most 64 strings", "alpn");
	for (i = 0; i < json_array_size(v); i++) {
		json_t *e = json_array_get(v, i);

		l->alpn[i] = json_string_value(e);
		if (!l->alpn[i] || strlen(l->alpn[i]) != json_string_length(e))
			return complain(
				l, "'%s' must be a list of strings", "alpn");
	}
	l->text.alpn = l->alpn;
	l->text.alpn_count = i;
	return 0;
}

static int read_member(struct query_line *l, const char *key, json_t *v)
{
	if (!strcmp(key, "listener"))
		return read_text(l, key, v, &l->text.listener);
	if (!strcmp(key, "sni"))
		return read_text(l, key, v, &l->text.sni);
	if (!strcmp(key, "source"))
		return read_text(l, key, v, &l->text.source);
	if (!strcmp(key, "tls"))
		return read_text(l, key, v, &l->text.tls);
	if (!strcmp(key, "alpn"))
		return read_alpn(l, v);
	return complain(l, "a query has no member '%s'", key);
}

static int read_line(struct query_line *l, json_t *root, const char *why)
{
	const char *key;
	json_t *v;

	if (!json_is_object(root))
		return complain(l, "not a JSON object%s", root ? "" : why);
	json_object_foreach(root, key, v) if (read_member(l, key, v)) return -1;
	return 0;
}

static int answer(const struct table *t, const struct model *m,
	struct sources *s, const char *line, size_t len, FILE *out)
{
	struct query_line l;
	struct match_answer a;
	struct route_query q;
	char name[256], why[JSON_ERROR_TEXT_LENGTH + 8];
	json_error_t e;
	json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &e);
	int bad;

	memset(&l, 0, sizeof(l));
	snprintf(why, sizeof(why), ": %s", e.text);
	bad = read_line(&l, root, why) ||
		match_query(t, &l.text, &q, name, l.err, sizeof(l.err));
	if (bad) {
		fputs("{\"error\": ", out);
		json_put(out, l.err);
		fputs("}\n", out);
	} else {
		match_decide(t, &q, &a, NULL);
		match_judge(t, &q, l.text.alpn_count > 0, &a);
		match_place(t, &q, m, s, &a);
		match_json(&a, out);
	}
	json_decref(root);
	return bad;
}

static int blank(const char *line)
{
	return !line[strspn(line, " \t\r\n")];
}

/* Then a million answers need not be a million writes. */
static int more_waits(FILE *in)
{
	struct pollfd p = {.fd = fileno(in), .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

long match_stream(const struct table *t, const struct model *m,
	struct sources *s, FILE *in, FILE *out)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	long bad = 0;

	while ((len = getline(&line, &cap, in)) >= 0) {
		if (blank(line))
			continue;
		bad += answer(t, m, s, line, (size_t)len, out);
		if (!more_waits(in))
			fflush(out);
	}
	free(line);
	return ferror(in) || fflush(out) ? -1 : bad;
}
