/*
 * Staples.  For each certificate with "staple auto", the OCSP responder it
 * names is asked.  Its answer is checked and sent to the master, which sends it
 * to every worker.  Half-way through its life the next one is fetched.  A
 * failed fetch is tried again, later and later; the old response is served
 * until it expires.  Results are kept by the certificate's hash, so a change of
 * the table loses nothing.
 */
#include "ocsp.h"

#include <errno.h>
#include <ev.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "grammar/words.h"
#include "fetch.h"
#include "monitor.h"
#include "numeric.h"
#include "resolve.h"
#include "runtime/common/bundle.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/tls/ocsp.h"

#define IN_FLIGHT_MOST 16
#define A_SECOND 50.0 /* how many of a new table are begun per second */
/* seconds between looks whether a host name is resolved */
#define NAME_WAIT 0.2
#define NAME_LOOKS 50
/* seconds between looks at the date: the clock may be set */
#define DATE_WAIT 300.

struct stapled {
	uint8_t leaf[32];
	uint32_t cert;
	ev_timer timer;
	struct fetch *fetch;
	unsigned failures, looks; /* in a row */
	unsigned address;         /* which address of a host is tried next */
	int64_t refresh;          /* the date of the next fetch; 0: now */
	int64_t until;            /* end of the last response; 0: none */
	int moved;                /* moved to the next table's list */
};

static struct {
	struct ev_loop *loop;
	struct generation *generation;
	struct stapled **all; /* sorted by leaf */
	size_t count;
	unsigned in_flight;
} ocsp;

static void arm(struct stapled *s, double seconds)
{
	ev_timer_stop(ocsp.loop, &s->timer);
	ev_timer_set(&s->timer, seconds, 0);
	ev_timer_start(ocsp.loop, &s->timer);
}

/* 0: the date has come; otherwise it is looked at again later. */
static int too_early(struct stapled *s)
{
	double left = (double)(s->refresh - (int64_t)time(NULL));

	if (left <= 0) {
		s->refresh = 0;
		return 0;
	}
	arm(s, left < DATE_WAIT ? left : DATE_WAIT);
	return 1;
}

static const char *name_of(const struct stapled *s)
{
	const struct table *t = &ocsp.generation->table;

	return table_str(t, t->cert[s->cert].name_str);
}

/* ---- the chain ---- */

static int chain_pem(
	const struct generation *g, uint32_t cert, gnutls_datum_t *pem)
{
	const uint8_t *p;
	size_t n;

	if (bundle_cert_get(g->bundle, cert,
		    table_str(&g->table, g->table.cert[cert].chain_str), &p,
		    &n) < 0)
		return -1;
	pem->data = (unsigned char *)p;
	pem->size = (unsigned)n;
	return 0;
}

static void chain_free(gnutls_x509_crt_t *crt, unsigned n)
{
	while (n > 0)
		gnutls_x509_crt_deinit(crt[--n]);
	gnutls_free(crt);
}

static unsigned chain_read(const struct stapled *s, gnutls_x509_crt_t **crt)
{
	gnutls_datum_t pem;
	unsigned n = 0;

	*crt = NULL;
	if (chain_pem(ocsp.generation, s->cert, &pem) < 0 ||
		gnutls_x509_crt_list_import2(
			crt, &n, &pem, GNUTLS_X509_FMT_PEM, 0) < 0)
		return 0;
	return n;
}

/* The hash of the first certificate; -1: there is none. */
static int leaf_of(const struct generation *g, uint32_t cert, uint8_t leaf[32])
{
	gnutls_datum_t pem, der;
	int r;

	if (chain_pem(g, cert, &pem) < 0 ||
		gnutls_pem_base64_decode2("CERTIFICATE", &pem, &der) < 0)
		return -1;
	r = gnutls_hash_fast(GNUTLS_DIG_SHA256, der.data, der.size, leaf);
	gnutls_free(der.data);
	return r;
}

/* ---- results ---- */

static void failed(struct stapled *s, const char *why)
{
	char number[24];

	s->failures++;
	s->looks = 0;
	s->address++;
	/* Logged at the first, second, fourth, ... failure in a row. */
	if ((s->failures & (s->failures - 1)) == 0)
		event_log(EVENT_WARNING, "staple-failed", "certificate",
			name_of(s), "reason", why, "failures",
			event_number(number, s->failures), "serving",
			s->until > time(NULL) ? "the one before" : "none",
			NULL);
	arm(s, ocsp_retry(s->failures));
}

static void succeeded(struct stapled *s, const uint8_t *der, size_t n,
	const struct ocsp_facts *f)
{
	static struct ipc_staple m;
	char until[32];
	time_t t = (time_t)f->until, now = time(NULL);
	struct tm tm;

	memcpy(m.leaf, s->leaf, sizeof(m.leaf));
	m.until = f->until;
	m.len = (uint32_t)n;
	memcpy(m.der, der, n);
	monitor_send(IPC_STAPLE, &m, IPC_STAPLE_HEAD + n);
	s->failures = s->looks = 0;
	s->until = f->until;
	monitor_staple_until(name_of(s), f->until);
	gmtime_r(&t, &tm);
	strftime(until, sizeof(until), "%Y-%m-%dT%H:%M:%SZ", &tm);
	event_log(EVENT_INFO, "staple-fetched", "certificate", name_of(s),
		"until", until, NULL);
	s->refresh =
		now + (int64_t)(ocsp_refresh(f, now) * (0.9 + 0.1 * drand48()));
	if (!too_early(s))
		arm(s, 1);
}

static void done(void *arg, const uint8_t *body, size_t n, const char *why)
{
	struct stapled *s = arg;
	struct ocsp_facts f;
	gnutls_x509_crt_t *crt;
	unsigned count;

	s->fetch = NULL; /* freed by its caller */
	ocsp.in_flight--;
	if (!why) {
		count = chain_read(s, &crt);
		why = count < 2
			? "the chain file is gone"
			: ocsp_judge(body, n, crt[0], crt[1], time(NULL), &f);
		chain_free(crt, count);
	}
	if (why)
		failed(s, why);
	else
		succeeded(s, body, n, &f);
}

/* ---- asking ---- */

/* 0: the name is still being resolved. */
static socklen_t address_of(const struct stapled *s, const struct ocsp_url *u,
	struct sockaddr_storage *to)
{
	uint16_t port = (uint16_t)atoi(u->port);
	socklen_t n = numeric_address(u->host, port, to);
	const char *lines, *one;
	char text[NUMERIC_TEXT];

	if (n)
		return n;
	lines = monitor_resolve_known(u->host);
	if (!lines) {
		monitor_resolve_host(u->host);
		return 0;
	}
	one = numeric_nth(lines, strlen(lines), s->address, text);
	return one ? numeric_address(one, port, to) : 0;
}

static void begin(struct stapled *s, const struct ocsp_url *u,
	const gnutls_x509_crt_t *crt)
{
	struct sockaddr_storage to;
	socklen_t len = address_of(s, u, &to);
	char *request;
	size_t n = 0;

	if (!len && ++s->looks < NAME_LOOKS) {
		arm(s, NAME_WAIT);
		return;
	}
	if (!len) {
		failed(s, "its responder's name does not resolve");
		return;
	}
	request = ocsp_request(u, crt[0], crt[1], &n);
	if (request)
		s->fetch = fetch_start(
			ocsp.loop, (const void *)&to, len, request, n, done, s);
	if (s->fetch)
		ocsp.in_flight++;
	else
		failed(s,
			request ? strerror(errno) : "cannot make the request");
}

static void tick(struct ev_loop *loop, ev_timer *w, int events)
{
	struct stapled *s = w->data;
	gnutls_x509_crt_t *crt;
	struct ocsp_url u;
	unsigned n;

	if (s->refresh && too_early(s))
		return;
	if (ocsp.in_flight >= IN_FLIGHT_MOST) {
		arm(s, 1 + drand48());
		return;
	}
	n = chain_read(s, &crt);
	if (n < 2)
		failed(s, "the chain file does not contain the issuer");
	else if (ocsp_url_of(crt[0], &u) < 0)
		failed(s, "the certificate names no http responder");
	else
		begin(s, &u, crt);
	chain_free(crt, n);
}

/* ---- which certificates ---- */

static int by_leaf(const void *a, const void *b)
{
	return memcmp((*(struct stapled *const *)a)->leaf,
		(*(struct stapled *const *)b)->leaf, 32);
}

static void release(struct stapled *s)
{
	if (s->fetch)
		ocsp.in_flight--;
	fetch_cancel(&s->fetch);
	ev_timer_stop(ocsp.loop, &s->timer);
	free(s);
}

static struct stapled *add(const struct generation *g, uint32_t cert,
	struct stapled **old, size_t count, size_t fresh)
{
	struct stapled *s = calloc(1, sizeof(*s)), **known;

	if (!s)
		abort();
	s->cert = cert;
	if (leaf_of(g, cert, s->leaf) < 0) {
		free(s);
		return NULL;
	}
	known = count ? bsearch(&s, old, count, sizeof(*old), by_leaf) : NULL;
	if (known && !(*known)->moved) {
		free(s);
		s = *known;
		s->cert = cert;
		s->moved = 1;
		return s;
	}
	ev_timer_init(&s->timer, tick, 0, 0);
	s->timer.data = s;
	arm(s, (double)fresh / A_SECOND);
	return s;
}

void monitor_ocsp_use(struct generation *g)
{
	struct stapled **old = ocsp.all;
	size_t count = ocsp.count, i;

	ocsp.all = calloc(g ? g->table.cert_count + 1u : 1, sizeof(*ocsp.all));
	ocsp.count = 0;
	if (!ocsp.all)
		abort();
	for (i = 0; g && i < g->table.cert_count; i++) {
		struct stapled *s = g->table.cert[i].staple == STAPLE_AUTO
			? add(g, (uint32_t)i, old, count, ocsp.count)
			: NULL;

		if (s)
			ocsp.all[ocsp.count++] = s;
	}
	for (i = 0; i < count; i++)
		if (!old[i]->moved)
			release(old[i]);
	free(old);
	for (i = 0; i < ocsp.count; i++)
		ocsp.all[i]->moved = 0;
	qsort(ocsp.all, ocsp.count, sizeof(*ocsp.all), by_leaf);
	generation_put(&ocsp.generation);
	ocsp.generation = g ? generation_get(g) : NULL;
	for (i = 0; g && i < ocsp.count; i++)
		if (ocsp.all[i]->until)
			monitor_staple_until(
				name_of(ocsp.all[i]), ocsp.all[i]->until);
}

void monitor_ocsp_start(struct ev_loop *loop)
{
	ocsp.loop = loop;
}

void monitor_ocsp_stop(void)
{
	monitor_ocsp_use(NULL);
	free(ocsp.all);
	ocsp.all = NULL;
}
