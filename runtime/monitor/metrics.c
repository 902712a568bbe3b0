/*
 * Metrics as text (metrics.h).
 */
#include "metrics.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/words.h"
#include "runtime/common/board_register.h"
#include "runtime/table/hex.h"
#include "runtime/tls/crls.h"

/* --- facts -------------------------------------------------------------- */

/* The first certificate of a PEM chain is the leaf. */
static int64_t expiry_of(const uint8_t *pem, size_t n)
{
	gnutls_datum_t data = {(uint8_t *)(uintptr_t)pem, (unsigned)n};
	gnutls_x509_crt_t crt;
	int64_t when = -1;

	if (gnutls_x509_crt_init(&crt) < 0)
		return -1;
	if (gnutls_x509_crt_import(crt, &data, GNUTLS_X509_FMT_PEM) >= 0)
		when = (int64_t)gnutls_x509_crt_get_expiration_time(crt);
	gnutls_x509_crt_deinit(crt);
	return when;
}

/* A file that is named twice is added once. */
static int add_crls(
	struct metrics_facts *f, const struct table *t, const struct bundle *b)
{
	size_t n, i;
	struct crl_use *u = crls_of(t, &n);
	struct judge_crl_times times;

	f->crl = calloc(n + 1, sizeof(*f->crl));
	for (i = 0; f->crl && i < n; i++) {
		struct judge_crls *l = i && !strcmp(u[i].crl, u[i - 1].crl)
			? NULL
			: crls_list(b, u[i].crl);

		if (!l)
			continue;
		judge_crls_times(l, &times);
		judge_crls_free(&l);
		f->crl[f->crl_count].path = u[i].crl;
		f->crl[f->crl_count++].until = times.until;
	}
	free(u);
	return f->crl ? 0 : -1;
}

static int add_bad(
	struct metrics_facts *f, const struct table *t, const struct bundle *b)
{
	struct metrics_bad *grown;
	enum bundle_cert state;
	uint32_t i;

	for (i = 0; i < t->cert_count; i++) {
		state = bundle_cert_state(b, i, NULL, 0);
		if (state == BUNDLE_CERT_FRESH)
			continue;
		grown = realloc(f->bad, (f->bad_count + 1) * sizeof(*f->bad));
		if (!grown)
			return -1;
		f->bad = grown;
		f->bad[f->bad_count++] = (struct metrics_bad){
			table_str(t, t->cert[i].name_str), state};
	}
	return 0;
}

int metrics_facts_make(struct metrics_facts *f, uint64_t generation,
	const struct table *t, const struct bundle *b)
{
	memset(f, 0, sizeof(*f));
	f->generation = generation;
	f->serial = t->header->serial;
	hex_text(f->root, t->header->root, 32);
	hex_text(f->semantic, t->header->semantic, 32);
	f->cert = calloc(t->cert_count + 1u, sizeof(*f->cert));
	if (!f->cert || add_crls(f, t, b) < 0 || add_bad(f, t, b) < 0)
		return -1;
	for (uint32_t i = 0; i < t->cert_count; i++) {
		struct metrics_cert *c = &f->cert[f->cert_count];
		const uint8_t *pem;
		size_t n;

		if (bundle_cert_get(b, i, table_str(t, t->cert[i].chain_str),
			    &pem, &n) != 0)
			continue;
		c->name = table_str(t, t->cert[i].name_str);
		c->stapled = t->cert[i].staple == STAPLE_AUTO;
		c->not_after = expiry_of(pem, n);
		if (c->not_after >= 0)
			f->cert_count++;
	}
	return 0;
}

void metrics_facts_free(struct metrics_facts *f)
{
	free(f->cert);
	free(f->crl);
	free(f->bad);
	memset(f, 0, sizeof(*f));
}

/* --- text --------------------------------------------------------------- */

static void head(
	FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The value of a label: backslash, quote and line feed are escaped. */
static void put_value(FILE *out, const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' || *s == '"')
			fprintf(out, "\\%c", *s);
		else if (*s == '\n')
			fputs("\\n", out);
		else
			fputc(*s, out);
	}
}

static uint64_t get(const _Atomic uint64_t *at)
{
	return atomic_load_explicit(at, memory_order_relaxed);
}

/* Any worker can write on the board at any moment, so a text is copied once.
 * One that is not a single line, or has no end, is left out. */
static int take(char *to, const char *text, size_t space)
{
	memcpy(to, text, space);
	return memchr(to, 0, space) && !strpbrk(to, "\r\n");
}

/* Of what are there metrics?  A request's labels begin with its site. */
enum of { CONNECTIONS, REQUESTS };

static int is_of(enum of of, const char *labels)
{
	return !strncmp(labels, "site=\"", 6) == (of == REQUESTS);
}

/* The next metric, with its labels; 0: there is none. */
static int next(struct board *b, enum of of, unsigned *at,
	const struct board_metric **m, char labels[BOARD_LABELS_MAX])
{
	while ((*m = board_metric_next(b, at)))
		if (take(labels, (*m)->labels, BOARD_LABELS_MAX) &&
			is_of(of, labels))
			return 1;
	return 0;
}

static void write_connections(FILE *out, struct board *b)
{
	const struct board_metric *m;
	char labels[BOARD_LABELS_MAX];
	unsigned at = 0;

	head(out, "tlsd_connections_total", "counter",
		"Connections that have ended, by outcome.");
	while (next(b, CONNECTIONS, &at, &m, labels))
		fprintf(out, "tlsd_connections_total{%s} %" PRIu64 "\n", labels,
			get(&m->count));
	head(out, "tlsd_transferred_bytes_total", "counter",
		"Octets relayed; up is towards the backend.");
	for (at = 0; next(b, CONNECTIONS, &at, &m, labels);)
		fprintf(out,
			"tlsd_transferred_bytes_total{%s,direction=\"up\"}"
			" %" PRIu64 "\n"
			"tlsd_transferred_bytes_total{%s,direction=\"down\"}"
			" %" PRIu64 "\n",
			labels, get(&m->bytes_up), labels, get(&m->bytes_down));
}

static void write_requests(FILE *out, struct board *b)
{
	const struct board_metric *m;
	char labels[BOARD_LABELS_MAX];
	unsigned at = 0;

	head(out, "tlsd_requests_total", "counter",
		"HTTP requests that have ended, by class of status.");
	while (next(b, REQUESTS, &at, &m, labels))
		fprintf(out, "tlsd_requests_total{%s} %" PRIu64 "\n", labels,
			get(&m->count));
	head(out, "tlsd_request_bytes_total", "counter",
		"Octets of bodies; up is towards the backend.");
	for (at = 0; next(b, REQUESTS, &at, &m, labels);)
		fprintf(out,
			"tlsd_request_bytes_total{%s,direction=\"up\"}"
			" %" PRIu64 "\n"
			"tlsd_request_bytes_total{%s,direction=\"down\"}"
			" %" PRIu64 "\n",
			labels, get(&m->bytes_up), labels, get(&m->bytes_down));
}

static void write_times(FILE *out, struct board *b)
{
	const struct board_metric *m;
	char labels[BOARD_LABELS_MAX];
	unsigned at = 0;

	head(out, "tlsd_handshake_seconds_total", "counter",
		"Time from accept to the end of the client's handshake, "
		"summed.");
	while (next(b, CONNECTIONS, &at, &m, labels))
		fprintf(out, "tlsd_handshake_seconds_total{%s} %.6f\n", labels,
			(double)get(&m->handshake_us) / 1e6);
	head(out, "tlsd_connect_seconds_total", "counter",
		"Time from accept to the connection to the server, summed.");
	for (at = 0; next(b, CONNECTIONS, &at, &m, labels);)
		fprintf(out, "tlsd_connect_seconds_total{%s} %.6f\n", labels,
			(double)get(&m->connect_us) / 1e6);
}

/* The board names a server "BACKEND/ADDRESS". */
static void put_server(FILE *out, const char *metric, const char *name)
{
	const char *slash = strchr(name, '/');
	char backend[BOARD_NAME_MAX] = "";

	if (slash)
		memcpy(backend, name, (size_t)(slash - name));
	fprintf(out, "%s{backend=\"", metric);
	put_value(out, backend);
	fputs("\",server=\"", out);
	put_value(out, slash ? slash + 1 : name);
	fputs("\"} ", out);
}

static double server_up(struct board *b, const struct board_server *s)
{
	(void)b;
	return board_server_usable(s, board_now());
}

static double server_live(struct board *b, const struct board_server *s)
{
	return board_server_live(b, s);
}

static double server_total(struct board *b, const struct board_server *s)
{
	(void)b;
	return (double)get(&s->total);
}

static double server_failed(struct board *b, const struct board_server *s)
{
	(void)b;
	return (double)get(&s->failed);
}

static double server_connect(struct board *b, const struct board_server *s)
{
	(void)b;
	return atomic_load(&s->connect_us) / 1e6;
}

static double server_response(struct board *b, const struct board_server *s)
{
	(void)b;
	return atomic_load(&s->response_us) / 1e6;
}

static const struct {
	const char *name, *type, *help;
	double (*value)(struct board *, const struct board_server *);
} server_metrics[] = {
	{"tlsd_server_up", "gauge", "1 when the server may be chosen.",
		server_up},
	{"tlsd_server_connections", "gauge", "Connections to the server now.",
		server_live},
	{"tlsd_server_connections_total", "counter",
		"Connections made to the server.", server_total},
	{"tlsd_server_failures_total", "counter",
		"Connections to the server that failed.", server_failed},
	{"tlsd_server_connect_seconds", "gauge",
		"Moving average of the time to connect.", server_connect},
	{"tlsd_server_response_seconds", "gauge",
		"Moving average of the time to the first octet.",
		server_response},
};

static void write_servers(FILE *out, struct board *b)
{
	size_t n = sizeof(server_metrics) / sizeof(*server_metrics);

	for (size_t i = 0; i < n; i++) {
		char name[BOARD_NAME_MAX];
		struct board_server *s;
		unsigned at = 0;

		head(out, server_metrics[i].name, server_metrics[i].type,
			server_metrics[i].help);
		while ((s = board_server_next(b, &at))) {
			if (!take(name, s->name, sizeof(name)))
				continue;
			put_server(out, server_metrics[i].name, name);
			fprintf(out, "%.9g\n", server_metrics[i].value(b, s));
		}
	}
}

static void write_one(FILE *out, const char *name, const char *type,
	const char *help, uint64_t value)
{
	head(out, name, type, help);
	fprintf(out, "%s %" PRIu64 "\n", name, value);
}

static void write_refused(FILE *out, const struct board_totals *t)
{
	static const char *const kind[] = {"policy", "command", "renewal"};
	static const char *const what[] = {"policy", "files"};
	unsigned i;

	head(out, "tlsd_table_refusals_total", "counter",
		"Tables and changed files that were refused.");
	for (i = 0; i < BOARD_REFUSED; i++)
		fprintf(out,
			"tlsd_table_refusals_total{kind=\"%s\"} %" PRIu64 "\n",
			kind[i], get(&t->refused[i]));
	head(out, "tlsd_refused", "gauge",
		"1 while what is on disk is refused and something older is in "
		"use.");
	for (i = 0; i < BOARD_NOW; i++)
		fprintf(out, "tlsd_refused{what=\"%s\"} %" PRIu64 "\n", what[i],
			get(&t->refused_now[i]));
}

static void write_limited(FILE *out, const struct board_totals *t)
{
	int i;

	head(out, "tlsd_limited_total", "counter",
		"Connections and handshakes refused by a limit.");
	for (i = BOARD_OK + 1; i < BOARD_VERDICTS; i++)
		fprintf(out, "tlsd_limited_total{limit=\"%s\"} %" PRIu64 "\n",
			board_verdict_text((enum board_verdict)i),
			get(&t->limited[i]));
}

static void write_totals(FILE *out, const struct board_totals *t)
{
	write_one(out, "tlsd_connections", "gauge", "Connections now.",
		get(&t->connections_live));
	write_limited(out, t);
	write_one(out, "tlsd_table_loads_total", "counter",
		"Tables that were put in force.", get(&t->loads));
	write_refused(out, t);
	write_one(out, "tlsd_table_rollbacks_total", "counter",
		"Returns to an earlier table.", get(&t->rollbacks));
	write_one(out, "tlsd_process_restarts_total", "counter",
		"Processes that ended unexpectedly and were replaced.",
		get(&t->restarts));
	write_one(out, "tlsd_process_hung_total", "counter",
		"Processes that did not answer and were killed.",
		get(&t->hung));
}

static void write_facts(FILE *out, const struct metrics_facts *f)
{
	head(out, "tlsd_table_info", "gauge", "The table in force.");
	fprintf(out, "tlsd_table_info{root=\"%s\",semantic=\"%s\"} 1\n",
		f->root, f->semantic);
	write_one(out, "tlsd_table_generation", "gauge",
		"Number of the generation in force.", f->generation);
	write_one(out, "tlsd_table_serial", "gauge",
		"Serial of the table in force.", f->serial);
	head(out, "tlsd_certificate_expiry_timestamp_seconds", "gauge",
		"When the certificate expires, in seconds since 1970.");
	for (size_t i = 0; i < f->cert_count; i++) {
		fputs("tlsd_certificate_expiry_timestamp_seconds{certificate="
		      "\"",
			out);
		put_value(out, f->cert[i].name);
		fprintf(out, "\"} %" PRId64 "\n", f->cert[i].not_after);
	}
	head(out, "tlsd_staple_expiry_timestamp_seconds", "gauge",
		"When the fetched OCSP response expires, in seconds since "
		"1970; 0 if there is none yet.");
	for (size_t i = 0; i < f->cert_count; i++) {
		if (!f->cert[i].stapled)
			continue;
		fputs("tlsd_staple_expiry_timestamp_seconds{certificate=\"",
			out);
		put_value(out, f->cert[i].name);
		fprintf(out, "\"} %" PRId64 "\n", f->cert[i].staple_until);
	}
}

static void write_bad(FILE *out, const struct metrics_facts *f)
{
	size_t i;

	write_one(out, "tlsd_certificates_bad", "gauge",
		"Certificates whose files cannot be used.", f->bad_count);
	head(out, "tlsd_certificate_bad", "gauge",
		"A certificate whose files cannot be used: its last good "
		"version is kept, or it is unserved.");
	for (i = 0; i < f->bad_count; i++) {
		fputs("tlsd_certificate_bad{certificate=\"", out);
		put_value(out, f->bad[i].name);
		fprintf(out, "\",state=\"%s\"} 1\n",
			f->bad[i].state == BUNDLE_CERT_KEPT ? "kept"
							    : "unserved");
	}
}

static void write_crls(FILE *out, const struct metrics_facts *f)
{
	size_t i;

	head(out, "tlsd_crl_expiry_timestamp_seconds", "gauge",
		"When the first CRL of the file expires, in seconds since "
		"1970.");
	for (i = 0; i < f->crl_count; i++) {
		if (f->crl[i].until == JUDGE_CRL_FOREVER)
			continue;
		fputs("tlsd_crl_expiry_timestamp_seconds{crl=\"", out);
		put_value(out, f->crl[i].path);
		fprintf(out, "\"} %" PRId64 "\n", f->crl[i].until);
	}
}

void metrics_write(FILE *out, struct board *b, const struct metrics_facts *f)
{
	write_totals(out, board_totals(b));
	if (f) {
		write_facts(out, f);
		write_bad(out, f);
		write_crls(out, f);
	}
	write_servers(out, b);
	write_connections(out, b);
	write_requests(out, b);
	write_times(out, b);
}
