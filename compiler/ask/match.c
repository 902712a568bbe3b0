/*
 * tlsc match for one query: text to query, decision, answer to text.  See
 * match.h; match_stream.c is the batch form.
 */
#include "match.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <string.h>

#include "compiler/base/name.h"
#include "compiler/base/shown.h"
#include "grammar/words.h"
#include "runtime/content/content.h"
#include "runtime/table/hello.h"

static int __attribute__((format(printf, 3, 4)))
refuse(char *err, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, size, fmt, ap);
	va_end(ap);
	return -1;
}

/* The one that has TLS, or the one that there is. */
static int only_frontend(const struct table *t, uint32_t *only)
{
	uint32_t i, n = 0;

	for (i = 0; i < t->frontend_count; i++)
		if (content_clear_site(t, i) == TBL_NONE) {
			*only = i;
			n++;
		}
	if (n || t->frontend_count > 1)
		return n == 1;
	*only = 0;
	return 1;
}

static int find_frontend(const struct table *t, const char *name,
	struct route_query *q, char *err, size_t size)
{
	uint32_t i;

	if (!name && only_frontend(t, &q->frontend))
		return 0;
	if (!name)
		return refuse(err, size,
			"the policy has %u frontends: choose one with "
			"--listener, or \"listener\" in a query",
			t->frontend_count);
	for (i = 0; i < t->frontend_count; i++)
		if (!strcmp(table_str(t, t->frontend[i].name_str), name)) {
			q->frontend = i;
			return 0;
		}
	return refuse(err, size, "no frontend is named '%s'", name);
}

static int read_name(const char *sni, struct route_query *q, char name[256],
	char *err, size_t size)
{
	struct name_why why;
	size_t len;

	q->sni_kind = sni ? ROUTE_SNI_NAME : ROUTE_SNI_NONE;
	if (!sni)
		return 0;
	switch (name_host(sni, strlen(sni), name, &len, &why)) {
	case NAME_BAD:
		return refuse(err, size, "tlsd refuses a hello for '%s': %s",
			sni, why.why);
	case NAME_AS_IS:
		q->sni = sni;
		break;
	default:
		q->sni = name;
	}
	q->sni_len = (uint8_t)len;
	return 0;
}

static int read_source(
	const char *text, struct route_query *q, char *err, size_t size)
{
	static const uint8_t mapped[12] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	memset(q->addr, 0, sizeof(q->addr));
	q->family = TBL_V4;
	if (inet_pton(AF_INET, text ? text : "192.0.2.1", q->addr) == 1)
		return 0;
	q->family = TBL_V6;
	if (inet_pton(AF_INET6, text, q->addr) != 1)
		return refuse(err, size, "'%s' is not an address", text);
	if (memcmp(q->addr, mapped, sizeof(mapped)))
		return 0;
	q->family = TBL_V4;
	memmove(q->addr, q->addr + 12, 4);
	memset(q->addr + 4, 0, 12);
	return 0;
}

static int read_tls(
	const char *text, struct route_query *q, char *err, size_t size)
{
	size_t i;

	for (i = 0; i < WORDS_TLS; i++)
		if (!strcmp(words_tls[i].word, text ? text : "1.3")) {
			q->tls_bit = words_tls[i].bit;
			return 0;
		}
	return refuse(err, size,
		"'%s' is not a TLS version: 1.0, 1.1, 1.2, 1.3 or unknown",
		text);
}

/* Tokens that no clause tests have no bit and change nothing. */
static int read_alpn(const struct table *t, const struct match_text *x,
	struct route_query *q, char *err, size_t size)
{
	size_t i, len;
	int at;

	q->alpn = 0;
	for (i = 0; i < x->alpn_count; i++) {
		len = strlen(x->alpn[i]);
		if (len < 1 || len > 255)
			return refuse(err, size,
				"an ALPN protocol has 1 to 255 octets");
		at = table_alpn_index(t, x->alpn[i], len);
		if (at >= 0)
			q->alpn |= UINT64_C(1) << at;
	}
	return 0;
}

int match_query(const struct table *t, const struct match_text *x,
	struct route_query *q, char name[256], char *err, size_t err_size)
{
	memset(q, 0, sizeof(*q));
	if (find_frontend(t, x->listener, q, err, err_size) ||
		read_name(x->sni, q, name, err, err_size) ||
		read_source(x->source, q, err, err_size) ||
		read_tls(x->tls, q, err, err_size))
		return -1;
	return read_alpn(t, x, q, err, err_size);
}

static void from_hello(const struct table *t, const struct hello *h,
	struct route_query *q, char name[256])
{
	size_t i;
	int at;

	q->sni_kind = h->has_sni ? ROUTE_SNI_NAME : ROUTE_SNI_NONE;
	memcpy(name, h->sni, h->sni_len);
	name[h->sni_len] = 0;
	q->sni = name;
	q->sni_len = h->sni_len;
	q->tls_bit = route_tls_bit(h->max_version);
	q->alpn = 0;
	for (i = 0; h->alpn && i < h->alpn_len; i += 1u + h->alpn[i]) {
		at = table_alpn_index(
			t, (const char *)h->alpn + i + 1, h->alpn[i]);
		if (at >= 0)
			q->alpn |= UINT64_C(1) << at;
	}
}

#define HELLO_RAW_MAX 65536
#define RECORD_MAX 16384
#define HANDSHAKE 22
#define CLIENT_HELLO 1

/* A bare handshake message as the records that would carry it. */
static size_t in_records(const uint8_t *p, size_t len, uint8_t *out)
{
	size_t n = 0, part;

	for (; len; p += part, len -= part) {
		part = len < RECORD_MAX ? len : RECORD_MAX;
		out[n++] = HANDSHAKE;
		out[n++] = 3;
		out[n++] = 1;
		out[n++] = (uint8_t)(part >> 8);
		out[n++] = (uint8_t)part;
		memcpy(out + n, p, part);
		n += part;
	}
	return n;
}

int match_hello(const struct table *t, const uint8_t *bytes, size_t len,
	struct route_query *q, char name[256], int *offers_alpn, char *err,
	size_t err_size)
{
	static uint8_t scratch[HELLO_RAW_MAX], framed[HELLO_RAW_MAX + 64];
	struct hello h;

	*offers_alpn = 0;
	memset(&h, 0, sizeof(h));
	if (len && bytes[0] == CLIENT_HELLO && len <= HELLO_RAW_MAX) {
		len = in_records(bytes, len, framed);
		bytes = framed;
	}
	switch (hello_parse(&h, bytes, len, HELLO_RAW_MAX, scratch)) {
	case HELLO_OK:
		*offers_alpn = h.alpn && h.alpn_len;
		from_hello(t, &h, q, name);
		return 0;
	case HELLO_BAD:
		q->sni_kind = ROUTE_SNI_MALFORMED;
		q->tls_bit = route_tls_bit(0);
		refuse(err, err_size, "malformed at %u: %s", h.fault_off,
			hello_fault_text(h.fault));
		return 1;
	case HELLO_BIG:
		return refuse(err, err_size,
			"a ClientHello of more than %d octets", HELLO_RAW_MAX);
	default:
		return refuse(err, err_size,
			"the capture ends within the ClientHello");
	}
}

struct tracer {
	const struct table *t;
	FILE *f;
};

static void put_place(FILE *f, const struct table *t, uint32_t clause)
{
	const struct tbl_srcmap *s = table_source(t, clause);

	if (s)
		fprintf(f, "%s:%u:%u", shown_text(table_str(t, s->file_str)),
			s->line, s->column);
	else
		fprintf(f, "clause %u", clause);
}

static void trace_line(void *arg, uint32_t clause, enum route_failed failed)
{
	static const char *const why[] = {
		[ROUTE_APPLIES] = "applies",
		[ROUTE_SOURCE] = "no: another source address",
		[ROUTE_ALPN] = "no: other ALPN protocols",
		[ROUTE_TLS] = "no: another TLS version",
	};
	const struct tracer *r = arg;
	const struct tbl_action *a = &r->t->action[r->t->clause[clause].action];

	put_place(r->f, r->t, clause);
	fprintf(r->f, ": %s", words_mode[a->mode]);
	if (content_site(r->t, r->t->clause[clause].action) != TBL_NONE)
		fprintf(r->f, " to site %s",
			shown_text(table_str(r->t,
				r->t->site[content_site(r->t,
						   r->t->clause[clause].action)]
					.name_str)));
	else if (a->backend != TBL_NONE)
		fprintf(r->f, " to %s",
			shown_text(table_str(
				r->t, r->t->backend[a->backend].name_str)));
	else
		fprintf(r->f, " %s", words_reject[a->reject]);
	fprintf(r->f, ": %s\n", why[failed]);
}

static void trace_name(
	const struct table *t, const struct route_query *q, FILE *f)
{
	const struct tbl_namerec *r;
	uint32_t list = route_list(t, q, &r);

	fprintf(f, "frontend %s: ",
		shown_text(table_str(t, t->frontend[q->frontend].name_str)));
	if (q->sni_kind == ROUTE_SNI_NAME)
		fprintf(f, "\"%.*s\" ", q->sni_len, q->sni);
	if (r)
		fprintf(f, "matches \"%.*s\" of route ", r->len,
			table_name_key(r));
	else
		fputs("goes to ", f);
	fprintf(f, "%s\n", shown_text(table_str(t, t->list[list].route_str)));
}

/* Places are in the order of the text, those of a map once for each backend, so
 * the search around it ends. */
static int shares_line(const struct table *t, uint32_t clause)
{
	enum { FAR = 1000 };
	const struct tbl_srcmap *s = t->srcmap, *c = &s[clause];
	uint32_t i;

	for (i = clause; i-- > 0 && clause - i < FAR && s[i].line == c->line &&
		s[i].file_str == c->file_str;)
		if (s[i].column != c->column)
			return 1;
	for (i = clause + 1; i < t->srcmap_count && i - clause < FAR &&
		s[i].line == c->line && s[i].file_str == c->file_str;
		i++)
		if (s[i].column != c->column)
			return 1;
	return 0;
}

void match_decide(const struct table *t, const struct route_query *q,
	struct match_answer *a, FILE *trace)
{
	struct tracer r = {t, trace};
	const struct tbl_srcmap *place;
	const struct tbl_action *act;

	memset(a, 0, sizeof(*a));
	if (trace)
		trace_name(t, q, trace);
	route_decide(t, q, &a->decision, trace ? trace_line : NULL, &r);
	act = &t->action[a->decision.action];
	a->mode = words_mode[act->mode];
	if (content_site(t, a->decision.action) != TBL_NONE)
		a->site = table_str(t,
			t->site[content_site(t, a->decision.action)].name_str);
	else if (act->backend == TBL_NONE)
		a->reason = words_reject[act->reject];
	else
		a->backend = table_str(t, t->backend[act->backend].name_str);
	if (act->enforce != TBL_NONE)
		a->enforce = table_str(t, t->profile[act->enforce].name_str);
	a->route = table_str(t, t->list[a->decision.list].route_str);
	a->frontend = table_str(t, t->frontend[q->frontend].name_str);
	place = table_source(t, a->decision.clause);
	if (!place)
		return;
	a->file = table_str(t, place->file_str);
	a->line = place->line;
	a->column = place->column;
	a->shares_line = shares_line(t, a->decision.clause);
}

int match_agrees(const struct match_answer *a, const struct match_expect *x)
{
	if (strcmp(x->mode, a->mode) != 0)
		return 0;
	if (x->reason)
		return a->reason && strcmp(x->reason, a->reason) == 0;
	if (x->site && (!a->site || strcmp(x->site, a->site) != 0))
		return 0;
	if (x->backend && (!a->backend || strcmp(x->backend, a->backend) != 0))
		return 0;
	return !x->enforce ||
		(a->enforce && strcmp(x->enforce, a->enforce) == 0);
}
