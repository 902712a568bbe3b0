/*
 * What a request asks for, and what the policy says to it.  Called by
 * stream_head.c with a whole head, which is gone afterwards: what goes to the
 * server is written here.
 */
#include "stream_parts.h"

#include <string.h>

#include "runtime/common/clock.h"
#include "runtime/tls/tls.h"
#include "worker_state.h"

/* --- is it for us -------------------------------------------------------- */

/* RFC 9110 15.5.20: decided once more, with the name that it is for now. */
static int misdirected(const struct stream *s, const struct http_head *h)
{
	const struct conn *c = s->conn;
	struct route_query q = {.frontend = c->frontend,
		.sni_kind = *conn_sni(c) ? ROUTE_SNI_NAME : ROUTE_SNI_NONE,
		.sni = conn_sni(c),
		.sni_len = (uint8_t)strlen(conn_sni(c)),
		.family = c->family,
		.tls_bit = route_tls_bit(c->requests->hello_tls),
		.alpn = c->alpn};

	if (!c->client.tls) /* in clear nothing was decided before */
		return 0;
	memcpy(q.addr, c->addr, sizeof(q.addr));
	return !content_host_fits(stream_table(s), &q, c->action, h);
}

/* --- to a server --------------------------------------------------------- */

/* Fields that a server may take for one that the policy looks at are no one's to
 * send. */
static void drop_lookalikes(
	const struct stream *s, const struct http_head *h, struct http_frame *f)
{
	const struct requests *r = s->conn->requests;

	for (unsigned i = 0; i < h->count; i++)
		if (h->field[i].id == HTTP_FIELD_OTHER &&
			content_looks_like(stream_table(s), r->site,
				http_field_text(h, i)))
			f->dropped[i / 64] |= UINT64_C(1) << i % 64;
}

/* Without Host (HTTP/1.0) it is for the name of the hello. */
static struct http_slice host_of(
	const struct stream *s, const struct http_head *h)
{
	const char *sni = conn_sni(s->conn);

	return h->has_host ? (struct http_slice){NULL, 0}
			   : (struct http_slice){sni, strlen(sni)};
}

static enum http_reason write_request(
	struct stream *s, const struct http_head *h, struct http_frame *f)
{
	struct http_edit edit[STREAM_EDITS_MAX];
	struct http_out out = {
		.at = (char *)stream_out, .room = STREAM_HEAD_ROOM};
	struct http_rewrite w = {.edit = edit,
		.host = host_of(s, h),
		.body = f->body,
		.upgrade = f->upgrade};
	enum http_reason why;

	drop_lookalikes(s, h, f);
	w.edits = stream_edit_request(s, h, edit);
	why = http_write_request(&out, h, f, &w);
	if (why == HTTP_FINE &&
		buf_append(&s->request, stream_out, out.len) < 0)
		return HTTP_REASON_WRITE_LONG;
	return why;
}

static uint32_t random_bits(void)
{
	static uint64_t state;

	if (!state)
		state = clock_us() | 1;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)(state >> 32);
}

static void to_backend(struct stream *s, const struct tbl_caction *a,
	const struct http_head *h, struct http_frame *f)
{
	enum http_reason why;
	int told;

	s->backend = content_backend(
		stream_table(s), s->action, h, random_bits(), &told);
	s->sticky = a->sticky_str && !told;
	s->upgrade = f->upgrade;
	s->expects = f->expect;
	why = write_request(s, h, f);
	if (why != HTTP_FINE)
		stream_refuse(s, why);
	else
		stream_find_server(s);
}

/* --- the decision -------------------------------------------------------- */

static void act(
	struct stream *s, const struct http_head *h, struct http_frame *f)
{
	const struct tbl_caction *a = &stream_table(s)->caction[s->action];

	switch ((enum tbl_cactionkind)a->kind) {
	case TBL_CACTION_TO:
		to_backend(s, a, h, f);
		break;
	case TBL_CACTION_ANSWER:
		s->expects = f->expect;
		stream_answer_text(s, a);
		break;
	case TBL_CACTION_REDIRECT:
		s->expects = f->expect;
		stream_redirect(s, a, h);
		break;
	}
}

static void decide(
	struct stream *s, const struct http_head *h, struct http_frame *f)
{
	static struct http_readings readings;
	struct content_query q = {.site = s->conn->requests->site,
		.head = h,
		.family = s->conn->family};
	struct content_answer a;

	memcpy(q.addr, s->conn->addr, sizeof(q.addr));
	content_decide(stream_table(s), &q, &readings, &a);
	switch (a.verdict) {
	case CONTENT_DECIDED:
		s->list = a.list;
		s->clause = a.clause;
		s->bucket = a.bucket;
		s->is_exact = a.is_exact;
		s->action = a.action;
		act(s, h, f);
		break;
	case CONTENT_PATH_AMBIGUOUS:
		stream_answer(s, 400, STREAM_END_PATH_AMBIGUOUS, NULL);
		break;
	case CONTENT_QUERY_AMBIGUOUS:
		stream_answer(s, 400, STREAM_END_QUERY_AMBIGUOUS, NULL);
		break;
	case CONTENT_REFUSED:
		stream_refuse(s, a.reason);
		break;
	}
}

void stream_decide(struct stream *s, const struct http_head *h)
{
	uint64_t most = stream_limit(s)->body_bytes;
	struct http_frame f;
	enum http_reason why;

	if (!most)
		most = UINT64_MAX;
	why = http_frame_request(&f, h, most);
	if (why != HTTP_FINE) {
		stream_refuse(s, why);
		return;
	}
	body_begin(&s->up, f.body, f.length, f.body, most);
	s->last = !f.keep_alive;
	if (misdirected(s, h))
		stream_answer(s, 421, STREAM_END_MISDIRECTED, NULL);
	else if (limits_request(s->conn) < 0)
		stream_answer(s, 429, STREAM_END_LIMITED, NULL);
	else
		decide(s, h, &f);
}
