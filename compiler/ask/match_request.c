/*
 * A request decided as the gateway does it; see match_request.h.
 */
#include "match_request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/json_out.h"
#include "compiler/base/shown.h"
#include "grammar/words.h"
#include "runtime/http/framing.h"

static void copy(char *to, size_t room, struct http_slice s)
{
	snprintf(to, room, "%.*s", (int)s.n, s.n ? s.at : "");
}

static void refuse(struct match_request *out, enum http_reason why)
{
	out->verdict = MATCH_REFUSED;
	out->reason = why;
	out->status = http_reason_status(why, 0);
}

static int misdirected(const struct table *t, const struct route_query *q,
	const struct route_decision *hello, const struct http_head *h,
	struct match_request *out)
{
	struct route_query other;

	if (content_host_fits(t, q, hello->action, h))
		return 0;
	out->verdict = MATCH_MISDIRECTED;
	out->status = 421;
	copy(out->host, sizeof(out->host), http_slice(h, h->host));
	if (!content_host_query(q, h, &other)) {
		route_decide(t, &other, &out->elsewhere, NULL, NULL);
		out->has_elsewhere = 1;
	}
	return 1;
}

static void decide(const struct table *t, const struct route_query *q,
	const struct http_head *h, struct match_request *out)
{
	static struct http_readings readings;
	struct content_query c = {
		.site = out->site, .head = h, .family = q->family};
	struct content_answer *a = &out->answer;

	memcpy(c.addr, q->addr, sizeof(c.addr));
	content_decide(t, &c, &readings, a);
	switch (a->verdict) {
	case CONTENT_DECIDED:
		out->verdict = MATCH_SERVED;
		out->status = t->caction[a->action].status;
		return;
	case CONTENT_REFUSED:
		refuse(out, a->reason);
		return;
	default:
		out->verdict = MATCH_AMBIGUOUS;
		out->status = 400;
		copy(out->reading, sizeof(out->reading),
			a->verdict == CONTENT_PATH_AMBIGUOUS
				? readings.of[a->reading]
				: http_slice(h, h->query));
	}
}

int match_request(const struct table *t, uint32_t site, uint32_t limit,
	const struct route_query *q, const struct route_decision *hello,
	const char *bytes, size_t n, struct match_request *out, char *err,
	size_t err_size)
{
	struct http_head h;
	struct http_frame frame;
	const struct tbl_climit *l = content_limit(t, limit);
	enum http_reason why;

	memset(out, 0, sizeof(*out));
	out->site = site;
	http_head_start(&h);
	switch (http_request_parse(&h, bytes, n, l->head_bytes)) {
	case HTTP_MORE:
		snprintf(err, err_size,
			"the head is not whole: it ends with an empty line, "
			"and each line with CR LF");
		return -1;
	case HTTP_REFUSED:
		refuse(out, h.reason);
		return 0;
	case HTTP_WHOLE:
		break;
	}
	why = http_frame_request(
		&frame, &h, l->body_bytes ? l->body_bytes : UINT64_MAX);
	if (why != HTTP_FINE)
		refuse(out, why);
	else if (!hello || !misdirected(t, q, hello, &h, out))
		decide(t, q, &h, out);
	return 0;
}

static void put_backends(
	const struct table *t, const struct tbl_caction *a, FILE *f)
{
	uint32_t i;

	for (i = 0; i < a->split_count; i++) {
		const struct tbl_split *s = &t->split[a->split_first + i];

		fprintf(f, "%s %s", i ? "," : "to",
			shown_text(
				table_str(t, t->backend[s->backend].name_str)));
		if (a->split_count > 1)
			fprintf(f, " %u", s->weight);
	}
}

static void put_answer(
	const struct table *t, const struct tbl_caction *a, FILE *f)
{
	switch (a->kind) {
	case TBL_CACTION_TO:
		put_backends(t, a, f);
		break;
	case TBL_CACTION_ANSWER:
		fprintf(f, "answer %u", a->status);
		break;
	default:
		fprintf(f, "redirect %s %u",
			a->text_str ? shown_text(table_str(t, a->text_str))
				    : "https",
			a->status);
	}
}

static void put_bucket(const struct content_answer *a, FILE *f)
{
	struct http_slice path = content_bucket_path(a);

	fprintf(f, "path %s \"%.*s\"", a->is_exact ? "is" : "under",
		(int)path.n, path.at);
}

static const char *place(const struct table *t, uint32_t clause, char v[300])
{
	content_place(t, clause, v, 300);
	return shown_text(v);
}

static void print_ambiguous(
	const struct table *t, const struct match_request *r, FILE *f)
{
	char v[300];

	fprintf(f, "400 ambiguous: as sent it meets %s, ",
		place(t, r->answer.clause, v));
	fprintf(f, "and %s \"%s\" ",
		r->answer.verdict == CONTENT_PATH_AMBIGUOUS
			? "read as"
			: "with the query decoded or split at ';'",
		shown_text(r->reading));
	fprintf(f, "it meets %s\n", place(t, r->answer.other, v));
}

static void print_misdirected(
	const struct table *t, const struct match_request *r, FILE *f)
{
	const struct route_decision *d = &r->elsewhere;
	char v[300];

	fprintf(f, "421 misdirected: Host %s ", shown_text(r->host));
	if (!r->has_elsewhere) {
		fputs("is no name that a hello could have\n", f);
		return;
	}
	table_place(t, d->clause, v, sizeof(v));
	fprintf(f, "is decided otherwise: %s (route %s, ",
		words_mode[t->action[d->action].mode],
		shown_text(table_str(t, t->list[d->list].route_str)));
	fprintf(f, "%s)\n", shown_text(v));
}

void match_request_print(
	const struct table *t, const struct match_request *r, FILE *f)
{
	char v[300];

	switch (r->verdict) {
	case MATCH_REFUSED:
		fprintf(f, "%u refused: %s (%s)\n", r->status,
			http_reason_text(r->reason),
			http_reason_word(r->reason));
		return;
	case MATCH_MISDIRECTED:
		print_misdirected(t, r, f);
		return;
	case MATCH_AMBIGUOUS:
		print_ambiguous(t, r, f);
		return;
	case MATCH_SERVED:
		break;
	}
	put_answer(t, &t->caction[r->answer.action], f);
	fprintf(f, " (site %s, ",
		shown_text(table_str(t, t->site[r->site].name_str)));
	put_bucket(&r->answer, f);
	fprintf(f, ", %s)\n", place(t, r->answer.clause, v));
}

static void json_place(const struct table *t, uint32_t clause, FILE *f)
{
	const struct tbl_srcmap *s = content_source(t, clause);

	fputs(", \"file\": ", f);
	json_put(f, s ? table_str(t, s->file_str) : NULL);
	if (s)
		fprintf(f, ", \"line\": %u, \"column\": %u", s->line,
			s->column);
	else
		fputs(", \"line\": null, \"column\": null", f);
}

static void json_backends(
	const struct table *t, const struct tbl_caction *a, FILE *f)
{
	uint32_t i;

	fputs(", \"backends\": [", f);
	for (i = 0; i < a->split_count; i++) {
		const struct tbl_split *s = &t->split[a->split_first + i];

		fputs(i ? ", {\"name\": " : "{\"name\": ", f);
		json_put(f, table_str(t, t->backend[s->backend].name_str));
		fprintf(f, ", \"weight\": %u}", s->weight);
	}
	putc(']', f);
}

static void json_served(
	const struct table *t, const struct match_request *r, FILE *f)
{
	const struct tbl_caction *a = &t->caction[r->answer.action];
	struct http_slice path = content_bucket_path(&r->answer);

	fprintf(f, ", \"path_%s\": \"%.*s\"",
		r->answer.is_exact ? "is" : "under", (int)path.n, path.at);
	if (a->kind == TBL_CACTION_TO)
		json_backends(t, a, f);
	if (a->kind == TBL_CACTION_REDIRECT) {
		fputs(", \"location\": ", f);
		json_put(f, a->text_str ? table_str(t, a->text_str) : "https");
	}
	json_place(t, r->answer.clause, f);
}

void match_request_json(
	const struct table *t, const struct match_request *r, FILE *f)
{
	static const char *const words[] = {
		"", "refused", "misdirected", "ambiguous"};
	static const char *const kinds[] = {[TBL_CACTION_TO] = "to",
		[TBL_CACTION_ANSWER] = "answer",
		[TBL_CACTION_REDIRECT] = "redirect"};

	fprintf(f, "{\"request\": \"%s\", \"site\": ",
		r->verdict == MATCH_SERVED
			? kinds[t->caction[r->answer.action].kind]
			: words[r->verdict]);
	json_put(f, table_str(t, t->site[r->site].name_str));
	if (r->status)
		fprintf(f, ", \"status\": %u", r->status);
	if (r->verdict == MATCH_REFUSED) {
		fputs(", \"reason\": ", f);
		json_put(f, http_reason_word(r->reason));
	} else if (r->verdict == MATCH_MISDIRECTED) {
		fputs(", \"host\": ", f);
		json_put(f, r->host);
	} else if (r->verdict == MATCH_AMBIGUOUS) {
		fputs(", \"reading\": ", f);
		json_put(f, r->reading);
		json_place(t, r->answer.clause, f);
	} else {
		json_served(t, r, f);
	}
	fputs("}\n", f);
}

static int expected_backend(
	const struct table *t, const struct match_request *r, const char *name)
{
	const struct tbl_caction *a = &t->caction[r->answer.action];
	uint32_t i;

	if (r->verdict != MATCH_SERVED)
		return 0;
	for (i = a->split_first; i < a->split_first + a->split_count; i++)
		if (!strcmp(table_str(t,
				    t->backend[t->split[i].backend].name_str),
			    name))
			return 1;
	return 0;
}

int match_request_expected(const struct table *t, const struct match_request *r,
	const char *expect)
{
	unsigned kind = !strncmp(expect, "answer ", 7) ? TBL_CACTION_ANSWER
		: !strncmp(expect, "redirect ", 9)     ? TBL_CACTION_REDIRECT
						       : 0;
	const char *number = expect +
		(kind == TBL_CACTION_ANSWER                    ? 7
				: kind == TBL_CACTION_REDIRECT ? 9
							       : 0);

	if (!strncmp(expect, "to ", 3) && expect[3])
		return expected_backend(t, r, expect + 3);
	if (strspn(number, "0123456789") != 3 || number[3])
		return -1;
	if (r->status != (unsigned)strtoul(number, NULL, 10))
		return 0;
	return !kind ||
		(r->verdict == MATCH_SERVED &&
			t->caction[r->answer.action].kind == kind);
}
