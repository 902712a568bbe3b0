/*
 * The fields that a gateway sets, and those of the policy.  Called by
 * stream_decide.c, stream_down.c and stream_answer.c for each head that goes
 * out.
 */
#include "stream_parts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "grammar/words.h"
#include "runtime/tls/tls.h"

/* What the values of one head are made of. */
static struct {
	char client[INET6_ADDRSTRLEN];
	char forwarded[INET6_ADDRSTRLEN + 300];
	char cookie[TBL_HTTP_TEXT_MAX + 80];
	char token[CONTENT_TOKEN_LEN + 1];
} of;

static struct http_slice text(const char *s)
{
	return (struct http_slice){s, strlen(s)};
}

static void set(struct http_edit *e, const char *name, struct http_slice value)
{
	e->kind = HTTP_EDIT_SET;
	e->name = text(name);
	e->value = value;
}

static const char *client_address(const struct conn *c)
{
	of.client[0] = 0;
	if (c->family == TBL_V4 || c->family == TBL_V6)
		inet_ntop(c->family == TBL_V4 ? AF_INET : AF_INET6, c->addr,
			of.client, sizeof(of.client));
	return of.client;
}

static struct http_slice host_of(
	const struct stream *s, const struct http_head *h)
{
	return h->has_host ? http_slice(h, h->host) : text(conn_sni(s->conn));
}

/* RFC 7239 4: an IPv6 address is in brackets and quotes; so is a host, for its
 * port.  Neither can have a quote in it. */
static struct http_slice forwarded(const struct stream *s,
	struct http_slice host, const char *client, const char *proto)
{
	const char *form = s->conn->family == TBL_V6
		? "for=\"[%s]\";host=\"%.*s\";proto=%s"
		: "for=%s;host=\"%.*s\";proto=%s";
	int n = snprintf(of.forwarded, sizeof(of.forwarded), form,
		*client ? client : "unknown", (int)host.n, host.at, proto);

	if (n < 0 || (size_t)n >= sizeof(of.forwarded))
		n = 0;
	return (struct http_slice){of.forwarded, (size_t)n};
}

/* Who came, how, and to what: whatever the client says of it is replaced. */
static unsigned edit_ours(
	struct stream *s, const struct http_head *h, struct http_edit *e)
{
	const char *client = client_address(s->conn);
	const char *proto = s->conn->client.tls ? "https" : "http";
	struct http_slice host = host_of(s, h);

	set(&e[0], "x-forwarded-for", text(client));
	set(&e[1], "x-forwarded-proto", text(proto));
	set(&e[2], "x-forwarded-host", host);
	set(&e[3], "forwarded", forwarded(s, host, client, proto));
	set(&e[4], "x-request-id", text(s->id));
	if (!*client)
		e[0].kind = HTTP_EDIT_REMOVE;
	if (!e[3].value.n)
		e[3].kind = HTTP_EDIT_REMOVE;
	return 5;
}

static struct http_slice value_of(const struct stream *s,
	const struct http_head *h, const struct tbl_edit *e)
{
	const struct tls *t = s->conn->client.tls;
	const char *subject = s->conn->requests->subject, *v = "";

	switch (e->value) {
	case FIELDVALUE_CONSTANT:
		v = table_str(stream_table(s), e->value_str);
		break;
	case FIELDVALUE_CLIENT_ADDRESS:
		v = client_address(s->conn);
		break;
	case FIELDVALUE_HOST:
		if (h)
			return host_of(s, h);
		v = s->text + strlen(s->text) + 1;
		break;
	case FIELDVALUE_REQUEST_ID:
		v = s->id;
		break;
	case FIELDVALUE_TLS_VERSION:
		v = t ? tls_version(t) : "";
		break;
	case FIELDVALUE_CLIENT_SUBJECT:
		v = subject;
		break;
	case FIELDVALUE_CLIENT_FINGERPRINT:
		v = subject ? subject + strlen(subject) + 1 : NULL;
		break;
	}
	return text(v ? v : "");
}

static unsigned edit_policy(const struct stream *s, const struct http_head *h,
	enum tbl_editside side, struct http_edit *edit)
{
	const struct table *t = stream_table(s);
	const struct tbl_edit *e;
	uint32_t at = 0;
	unsigned n = 0;

	if (s->list == TBL_NONE)
		return 0;
	while ((e = content_edit_next(
			t, s->conn->requests->site, s->list, side, &at))) {
		set(&edit[n], table_str(t, e->name_str), value_of(s, h, e));
		/* What has nothing to say is not there, whoever sends it. */
		if (e->op == TBL_EDIT_REMOVE || (e->value && !edit[n].value.n))
			edit[n].kind = HTTP_EDIT_REMOVE;
		n++;
	}
	return n;
}

unsigned stream_edit_request(struct stream *s, const struct http_head *h,
	struct http_edit edit[STREAM_EDITS_MAX])
{
	unsigned n = edit_ours(s, h, edit);

	return n + edit_policy(s, h, TBL_EDIT_REQUEST, edit + n);
}

/* RFC 6265 4.1: for the whole site, and in clear only where it came in clear. */
static void edit_cookie(struct stream *s, struct http_edit *e)
{
	const struct table *t = stream_table(s);
	int n;

	content_token(t, s->backend, of.token);
	n = snprintf(of.cookie, sizeof(of.cookie),
		"%s=%s; Path=/; HttpOnly; SameSite=Lax%s",
		table_str(t, t->caction[s->action].sticky_str), of.token,
		s->conn->client.tls ? "; Secure" : "");
	set(e, "set-cookie", (struct http_slice){of.cookie, (size_t)n});
	e->kind = HTTP_EDIT_ADD;
}

unsigned stream_edit_response(
	struct stream *s, struct http_edit edit[STREAM_EDITS_MAX])
{
	unsigned n = edit_policy(s, NULL, TBL_EDIT_RESPONSE, edit);

	if (s->sticky)
		edit_cookie(s, &edit[n++]);
	return n;
}
