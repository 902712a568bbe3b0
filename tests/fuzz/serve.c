/*
 * Whatever table_check calls sound is served: the octets are sealed again, and
 * all that log, report, shadow, metrics, limits, backends, credentials, health
 * checks and the master do with a table is done with it, and all that match,
 * dump and test do.  What the gateway says of a connection it says, whatever
 * the strings of the table are.
 */
/* LINK: tlsc tlsd tests/example_tables.c */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "compiler/ask/match.h"
#include "compiler/base/arena.h"
#include "compiler/table/dump.h"
#include "compiler/table/emit.h"
#include "compiler/table/undump.h"
#include "compiler/verify/deep.h"
#include "compiler/verify/verify.h"
#include "runtime/common/bundle_make.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/common/server_name.h"
#include "runtime/master/ca_files.h"
#include "runtime/master/certs.h"
#include "runtime/master/crl_files.h"
#include "runtime/master/facts.h"
#include "runtime/master/listen.h"
#include "runtime/master/load.h"
#include "runtime/master/refuse.h"
#include "runtime/master/renew_fits.h"
#include "runtime/monitor/backend_use.h"
#include "runtime/monitor/metrics.h"
#include "runtime/table/route.h"
#include "runtime/table/table.h"
#include "runtime/seal/trust.h"
#include "runtime/table/utf8.h"
#include "runtime/tls/credentials.h"
#include "runtime/tls/crls.h"
#include "runtime/tls/priority.h"
#include "runtime/worker/backend.h"
#include "runtime/worker/conn.h"
#include "runtime/worker/log.h"
#include "runtime/worker/report.h"
#include "runtime/worker/shadow.h"
#include "runtime/worker/tally.h"
#include "runtime/worker/worker_state.h"
#include "runtime/worker/worst.h"
#include "serve_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define QUERIES 24
#define SEALS (F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL)

static struct worker worker;
static int master = -1; /* the other end of the worker's pair */
static int before = -1; /* the table before this, as the shadow */
static FILE *nowhere;
static uint64_t state;

#define must(truth) must_at(truth, #truth)
static void must_at(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static uint64_t draw(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % below;
}

static void set_up(void)
{
	int pair[2];

	if (nowhere)
		return;
	nowhere = fopen("/dev/null", "w");
	must(nowhere &&
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) ==
			0);
	worker.ipc = pair[0];
	master = pair[1];
	worker.loop = ev_default_loop(EVFLAG_AUTO);
	worker.board = board_map(board_create(1));
	must(worker.board != NULL);
	backend_use_board(worker.board, 0);
	log_open(open("/dev/null", O_WRONLY), LOG_JSON, 0);
}

/* ---- what is said of a connection ---- */

/* The worker's answer; it fits in the pair. */
static void told(char *text, size_t room)
{
	static struct ipc_message m;
	size_t n = 0;

	while (ipc_recv(master, &m) == 1) {
		must(m.head.type == IPC_REPORT);
		must(n + m.body.report.len < room);
		memcpy(text + n, m.body.report.text, m.body.report.len);
		n += m.body.report.len;
	}
	text[n] = 0;
}

static void say(struct conn *c)
{
	static char text[1 << 16];
	struct ipc_report_ask ask = {.kind = REPORT_CONNECTIONS, .tag = 1};

	log_close(c);
	tally(c);
	worker.conns = c;
	report(&worker, &ask);
	told(text, sizeof(text));
	must(strstr(text, "\"conn\":\"0-7\"") != NULL);
	ask.kind = REPORT_SHADOW;
	report(&worker, &ask);
	told(text, sizeof(text));
	must(strstr(text, "\"decisions\":") != NULL);
	if (shadow_different(worker.shadow))
		must(strstr(text, "\"live\":") != NULL);
	worker.conns = NULL;
}

/* ---- what is done with it ---- */

static void count(const struct conn *c)
{
	const struct tbl_limit *l = conn_limit(c);
	struct board_hold h = {0};
	const char *name = table_str(&c->gen->table, l->name_str);

	if (board_enter(worker.board, 0, l, name, c->family, c->addr,
		    board_now(), &h) == BOARD_OK) {
		board_handshake(worker.board, 0, l, board_now(), &h);
		board_bytes(worker.board, l, board_now(), &h, 1000);
		board_handshake_end(worker.board, 0, &h);
	}
	board_leave(worker.board, 0, &h);
}

static void connect_to(struct conn *c)
{
	struct backend_choice q = {.backend = conn_action(c)->backend,
		.family = c->family,
		.addr = c->addr};
	const struct tbl_backend *b;
	struct sockaddr_storage to;
	socklen_t len;
	int i;

	if (q.backend == TBL_NONE)
		return;
	b = &c->gen->table.backend[q.backend];
	i = backend_pick(c->gen->backends, &q);
	if (i < 0)
		return;
	must((uint32_t)i >= b->server_first &&
		(uint32_t)i - b->server_first < b->server_count);
	if (backend_hold(c->leg, (uint32_t)i) < 0)
		return;
	c->leg->server_index = (uint32_t)i;
	backend_address(c->leg, &to, &len);
	backend_source_turn(c->gen->backends, q.backend);
	backend_release(c->leg);
}

/* What TLS towards the client, or the guard of "enforcing", asks. */
static void negotiate(const struct conn *c)
{
	static const uint8_t suites[] = {0x13, 0x01, 0xc0, 0x2b, 0xc0, 0x2f};
	const struct table *t = &c->gen->table;
	const struct tbl_action *a = conn_action(c);
	struct credentials *all = c->gen->credentials;

	if (a->profile != TBL_NONE) {
		priority_choose(t, a->profile, 0x0303, suites, sizeof(suites),
			KEY_RSA | KEY_EC);
		priority_common13(t, a->profile, suites, sizeof(suites));
		credentials_priority(all,
			&(struct priority_wish){
				.profile = a->profile, .server = 1});
		credentials_key_types(all, c->action, conn_sni(c));
		credentials_server(all, c->action);
		credentials_ticket_key(all, c->frontend, c->action, suites, 0);
	}
	if (a->enforce != TBL_NONE)
		priority_has_suite(t, a->enforce, 0x1301);
	if (a->backend != TBL_NONE &&
		t->backend[a->backend].profile != TBL_NONE)
		credentials_client(all, a->backend);
}

static void decide(struct conn *c, const struct route_query *q)
{
	struct route_decision d;

	route_decide(&c->gen->table, q, &d, NULL, NULL);
	c->list = d.list;
	c->clause = d.clause;
	c->action = d.action;
	c->own = d.own;
	c->mode = conn_action(c)->mode;
	c->limit = conn_action(c)->limit;
	c->alpn = q->alpn;
	shadow_compare(worker.shadow, c, q, NULL);
}

/* A name from the table under a label more, or noise. */
static size_t name(const struct table *t, char *buf)
{
	uint32_t off = 0;
	size_t skip = draw(8), len;
	const struct tbl_namerec *r = NULL, *n;

	while (skip-- && (n = table_name_next(t, &off)))
		r = n;
	len = draw(3) ? 0 : 2;
	memcpy(buf, "a.", 2);
	if (!r) {
		memcpy(buf, "none.example", 12);
		return 12;
	}
	memcpy(buf + len, table_name_key(r), r->len);
	return len + r->len;
}

static void ask(const struct table *t, struct route_query *q, char *buf)
{
	size_t i;

	memset(q, 0, sizeof(*q));
	q->frontend = (uint32_t)draw(t->frontend_count);
	q->sni_kind = (enum route_sni)draw(3);
	q->family = draw(2) ? TBL_V4 : TBL_V6;
	q->tls_bit = (uint8_t)(1 << draw(5));
	q->alpn = draw(4) ? draw(256) : ~0ull;
	for (i = 0; i < (q->family == TBL_V4 ? 4 : 16); i++)
		q->addr[i] = (uint8_t)draw(256);
	if (t->src_count && draw(2)) {
		const struct tbl_prefix *p = &t->src[draw(t->src_count)];

		q->family = p->family;
		memcpy(q->addr, p->addr, sizeof(q->addr));
	}
	q->sni = buf;
	q->sni_len = (uint8_t)name(t, buf);
}

static void match(const struct table *t, const struct route_query *q)
{
	struct match_answer a;

	match_decide(t, q, &a, nowhere);
	match_print(&a, nowhere);
	match_json(&a, nowhere);
}

static void client(struct generation *g)
{
	struct leg leg = {0};
	struct conn c = {.worker = &worker,
		.gen = g,
		.id = 7,
		.state = CONN_RELAY,
		.tls_version = 0x0304,
		.reason = CLOSE_DONE};
	struct route_query q;
	char names[600];

	ask(&g->table, &q, names);
	names[q.sni_len] = 0;
	strcpy(names + q.sni_len + 1, "h2,http/1.1");
	c.names = names;
	c.frontend = q.frontend;
	c.family = q.family;
	leg.server_index = TBL_NONE;
	leg.conn = &c;
	c.leg = &leg;
	c.client.alert_got = leg.io.alert_got = -1;
	memcpy(c.addr, q.addr, sizeof(c.addr));
	c.limit = g->table.frontend[c.frontend].limit;
	count(&c);
	decide(&c, &q);
	count(&c);
	connect_to(&c);
	negotiate(&c);
	say(&c);
	match(&g->table, &q);
}

/* ---- what is done with a table ---- */

static void servers(const struct table *t)
{
	char text[BOARD_NAME_MAX];
	uint32_t i, k;

	for (i = 0; i < t->backend_count; i++)
		for (k = 0; k < t->backend[i].server_count; k++)
			server_name(t, i, t->backend[i].server_first + k, text);
	for (i = 0; i < t->clause_count; i++)
		table_place(t, i, text, sizeof(text));
	for (i = 0; i < t->limit_count; i++)
		table_keepalive(t, i);
}

static void monitor(const struct generation *g)
{
	const struct table *t = &g->table;
	struct metrics_facts f;
	struct backend_use *w = backend_uses_new(t);

	must(w != NULL);
	backend_uses_free(&w, t->backend_count);
	must(metrics_facts_make(&f, 1, t, g->bundle) == 0);
	metrics_write(nowhere, worker.board, &f);
	metrics_facts_free(&f);
}

/* Prometheus takes none of it when an octet is no UTF-8. */
static void labels(void)
{
	const struct board_metric *m;
	unsigned at = 0;
	uint32_t cp;
	size_t i, n;

	while ((m = board_metric_next(worker.board, &at)))
		for (i = 0, n = strlen(m->labels); i < n;) {
			i += utf8_next(m->labels + i, n - i, &cp);
			must(cp != UTF8_BAD && cp >= ' ');
		}
}

static void master_does(struct generation *g)
{
	struct loaded l = {.view = g};
	struct listeners none = {0};
	struct ipc_listener addr = {.family = TBL_V4, .port = 443};
	struct refusal why;
	struct crl_end *e;
	struct worst w;
	char err[600];
	size_t n;

	worst_case(&g->table, &w);
	facts_drain(&l);
	facts_have_unix(&l);
	facts_want_monitor(&l);
	facts_have_tokens(&l);
	listen_wanted(&g->table, &addr);
	listen_close(&none);
	e = crl_files_ends(&l, &n);
	free(e);
	crl_files_check(&g->table, g->bundle, err, sizeof(err));
	ca_files_check(&g->table, g->bundle, err, sizeof(err));
	seal_trust_unbound(&g->table);
	certs_check(&g->table, g->bundle, CERTS_FIRST, err, sizeof(err));
	renew_fits(&l, &l, &why);
	credentials_check(&g->table, g->bundle, err, sizeof(err));
}

static void compiler(const struct table *t)
{
	struct arena *a = arena_new();
	struct model *m = undump_model(a, t);
	struct deep_report r;
	const char *err;

	if (deep_check(t, m, &r)) {
		fprintf(stderr, "%s\n", r.fault);
		abort();
	}
	verify_semantic(m);
	dump_tls(nowhere, m, &err);
	dump_json(nowhere, t, m);
	dump_inventory(nowhere, m, "", 0);
	arena_free(&a);
}

/* ---- */

static int sealed(const uint8_t *b, size_t len)
{
	int fd = memfd_create("table", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	must(fd >= 0 && write(fd, b, len) == (ssize_t)len &&
		fcntl(fd, F_ADD_SEALS, SEALS) == 0);
	return fd;
}

/* Every file it names is there, and nothing in it is of use. */
static int bundle(const struct table *t)
{
	struct bundle_files files = {0};
	const char **paths = bundle_paths(t);
	char err[300];
	size_t i;
	int fd;

	must(paths != NULL);
	for (i = 0; paths[i]; i++)
		bundle_add(&files, paths[i], "x", 1);
	free(paths);
	fd = bundle_seal(&files, err, sizeof(err));
	must(fd >= 0);
	bundle_files_free(&files);
	return fd;
}

static void serve(const struct table *t)
{
	int i, fd = sealed(t->base, t->size), files = bundle(t);
	char err[300];
	struct generation *g = generation_map(1, fd, files, err, sizeof(err));

	must(g != NULL);
	g->backends = backend_new(&g->table, g->bundle);
	g->credentials = credentials_new(&g->table, g->bundle);
	worker.shadow = shadow_new(before >= 0 ? before : fd);
	must(g->backends && g->credentials && worker.shadow);
	servers(&g->table);
	master_does(g);
	monitor(g);
	for (i = 0; i < QUERIES; i++)
		client(g);
	labels();
	shadow_free(&worker.shadow);
	backend_free(&g->backends);
	credentials_free(&g->credentials);
	generation_put(&g);
	log_flush();
	close(files);
	if (before >= 0)
		close(before);
	before = fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct table_fault why;
	struct table t;
	size_t len;
	uint8_t *b = serve_table(data, size, &len);

	set_up();
	state = 88172645463325252u + size;
	if (table_check(b, len, &t, &why) == TABLE_OK) {
		table_seal_hashes(b, len);
		must(table_check_hashes(&t, &why) == TABLE_OK);
		serve(&t);
		compiler(&t);
	}
	free(b);
	return 0;
}
