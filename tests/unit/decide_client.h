/*
 * A client of decide.c and what becomes of it, for the tests of that.  The
 * sockets, the table and all readers are real; the life around them (conn.c),
 * the limits and the steps themselves are stand-ins that take notes.
 */
#ifndef TESTS_DECIDE_CLIENT_H
#define TESTS_DECIDE_CLIENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/proxyproto.h"
#include "runtime/table/hello.h"
#include "runtime/tls/tls.h"
#include "runtime/worker/conn.h"
#include "runtime/worker/decide.h"
#include "runtime/worker/handshake.h"
#include "runtime/worker/limits.h"
#include "runtime/worker/requests.h"
#include "runtime/worker/shadow.h"
#include "runtime/worker/tunnel.h"
#include "runtime/worker/worker_state.h"
#include "table_fixture.h"

enum { MALFORMED_CLAUSE = 3 }; /* of the fixture */
enum { REJECT_WORDS = 5 };
#define OUTSIDE "203.0.113.1"
#define OFFICE "10.20.1.1"
#define BOT "192.0.2.1"
#define BALANCER "127.0.0.1"

static struct arena *arena;
static struct model *model;
static struct generation gen;
static uint8_t *bytes;
static struct worker worker;
static uint8_t hello_scratch[65536];
static struct conn *c;
static int far;

/* What the stand-ins have seen. */
static enum close_reason reason;
static int alert, had_kept; /* at the end */
static char detail[100];
static unsigned steps, entered, compared, compared_malformed;
static size_t most_kept;
static int source_known[4];
/* Which call is refused, from 1; 0: none. */
static unsigned refuse_admit, refuse_enter, refuse_hello;
static unsigned hellos;

/* ---- stand-ins ---- */

void conn_enter(struct conn *k, enum conn_state state)
{
	if (state == CONN_PROXY)
		assert_int_equal(k->state, CONN_NEW);
	else
		assert_int_equal(state, CONN_HELLO);
	assert_true(k->state < CONN_HELLO);
	k->state = (uint8_t)state;
}

void conn_close(struct conn *k, enum close_reason r, uint8_t a, const char *d)
{
	assert_false(conn_over(k));
	assert_int_equal(steps, 0);
	reason = r;
	alert = a;
	had_kept = k->client.in != NULL;
	snprintf(detail, sizeof(detail), "%s",
		d                   ? d
			: k->detail ? k->detail
				    : "");
	k->state = CONN_CLOSED;
}

uint32_t conn_age_us(const struct conn *k)
{
	return 7;
}

void tunnel_start(struct conn *k)
{
	assert_false(conn_over(k));
	assert_int_equal(k->state, CONN_HELLO);
	assert_false(ev_is_active(&k->client.w));
	steps++;
}

/* The fixture has no sites. */
int requests_new(struct conn *k, uint32_t site)
{
	fail();
	return -1;
}
void requests_start(struct conn *k)
{
	fail();
}
void handshake_start(struct conn *k)
{
	fail();
}

static inline int verdict(struct conn *k, int refused)
{
	if (!refused)
		return 0;
	conn_close(k, CLOSE_LIMIT, NO_ALERT, "full");
	return -1;
}

int limits_admit(struct conn *k)
{
	assert_int_equal(entered, 0);
	return verdict(k, refuse_admit);
}

int limits_enter(struct conn *k, enum limits_source source)
{
	assert_true(entered < 4);
	source_known[entered++] = source;
	return verdict(k, entered == refuse_enter);
}

int limits_hello(struct conn *k, size_t kept)
{
	assert_true(kept >= buf_len(k->client.in));
	if (kept > most_kept)
		most_kept = kept;
	return verdict(k, ++hellos == refuse_hello);
}

void shadow_compare(struct shadow *s, const struct conn *k,
	const struct route_query *q, const struct hello *h)
{
	assert_ptr_equal(s, &compared);
	assert_memory_equal(q->addr, k->addr, 16);
	compared++;
	compared_malformed += !h;
}

/* There is no TLS yet. */
void tls_free(struct tls **t)
{
	assert_null(*t);
}
ssize_t tls_read(struct io *io, uint8_t *p, size_t cap)
{
	fail();
	return 0;
}
int tls_write(struct io *io, const uint8_t *p, size_t n)
{
	fail();
	return 0;
}
int tls_pending(const struct io *io)
{
	fail();
	return 0;
}
int tls_flushed(struct io *io)
{
	fail();
	return 0;
}
void tls_bye(struct io *io)
{
	fail();
}

/* ---- a client ---- */

static inline void on_io(struct ev_loop *loop, ev_io *w, int events)
{
	io_heard(&c->client);
	decide_event(c);
}

/* A connection over loopback, so that resets are real. */
static inline void tcp_pair(int fd[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(l, (void *)&a, sizeof(a)), 0);
	assert_int_equal(listen(l, 1), 0);
	assert_int_equal(getsockname(l, (void *)&a, &n), 0);
	fd[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd[1], (void *)&a, sizeof(a)), 0);
	fd[0] = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fd[0] >= 0);
	close(l);
}

static inline void notes_clear(void)
{
	reason = CLOSE_NONE;
	alert = -1;
	detail[0] = 0;
	steps = entered = compared = compared_malformed = hellos = 0;
	most_kept = 0;
	memset(source_known, -1, sizeof(source_known));
}

/* Accepted, as conn.c does it, but not yet begun. */
static inline void client(const char *from)
{
	int fd[2], one = 1;

	tcp_pair(fd);
	far = fd[1];
	setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	notes_clear();
	c = calloc(1, sizeof(*c));
	c->worker = &worker;
	c->gen = &gen;
	c->list = c->clause = c->action = TBL_NONE;
	c->limit = gen.table.frontend[0].limit;
	c->family = TBL_V4;
	assert_int_equal(inet_pton(AF_INET, from, c->addr), 1);
	c->port = 1000;
	io_init(&c->client, on_io, c);
	io_open(&c->client, fd[0]);
}

static inline void client_end(void)
{
	io_close(&c->client, worker.loop, IO_FIN);
	free(c->hello);
	free(c->names);
	free(c->proxied);
	free(c);
	close(far);
}

/* Sent and arrived. */
static inline void say(const void *p, size_t n)
{
	int waiting = 0, before = 0;

	ioctl(c->client.w.fd, FIONREAD, &before);
	assert_int_equal(send(far, p, n, 0), n);
	while (waiting - before < (int)n)
		assert_int_equal(ioctl(c->client.w.fd, FIONREAD, &waiting), 0);
}

/* What has arrived, or the end, is announced and used.  One that has been
 * decided or closed is announced nothing. */
static inline void turn(void)
{
	assert_true(ev_is_active(&c->client.w));
	ev_run(worker.loop, EVRUN_ONCE);
}

static inline void send_all(const char *from, const void *p, size_t n)
{
	client(from);
	say(p, n);
	decide_start(c);
}

/* The same in two pieces, or octet for octet with cut 0. */
static inline void send_cut(
	const char *from, const uint8_t *p, size_t n, size_t cut)
{
	size_t at = 0, step = cut ? cut : 1;

	client(from);
	decide_start(c);
	while (at < n && !conn_over(c)) {
		assert_int_equal(steps, 0);
		say(p + at, step);
		turn();
		at += step;
		step = cut ? n - at : 1;
	}
}

/* ---- hellos ---- */

struct build {
	uint8_t b[70100];
	size_t n;
};

static inline void put(struct build *m, unsigned octets, uint32_t value)
{
	while (octets--)
		m->b[m->n++] = (uint8_t)(value >> 8 * octets);
}

static inline void put_bytes(struct build *m, const void *p, size_t n)
{
	memcpy(m->b + m->n, p, n);
	m->n += n;
}

static inline void put_ext(
	struct build *m, unsigned type, const void *p, size_t n)
{
	put(m, 2, type);
	put(m, 2, (uint32_t)n);
	put_bytes(m, p, n);
}

static inline void put_sni(struct build *m, const char *name)
{
	uint32_t n = (uint32_t)strlen(name);

	put(m, 2, 0);
	put(m, 2, n + 5);
	put(m, 2, n + 3);
	put(m, 1, 0);
	put(m, 2, n);
	put_bytes(m, name, n);
}

/* alpn: entries with their lengths.  twice: an extension that stands twice,
 * behind the name. */
static inline void hello(struct build *m, const char *sni, const char *alpn,
	size_t n, int tls13, int twice)
{
	struct build x = {.n = 0};

	if (sni)
		put_sni(&x, sni);
	if (alpn) {
		put(&x, 2, 16);
		put(&x, 2, (uint32_t)n + 2);
		put(&x, 2, (uint32_t)n);
		put_bytes(&x, alpn, n);
	}
	if (tls13)
		put_ext(&x, 43, "\4\3\4\3\3", 5);
	for (; twice; twice--) {
		put_ext(&x, 23, "", 0);
		put_ext(&x, 23, "", 0);
	}
	m->n = 0;
	put(m, 1, 22);
	put(m, 2, 0x0301);
	put(m, 2, (uint32_t)(4 + 2 + 32 + 1 + 4 + 2 + 2 + x.n));
	put(m, 1, 1);
	put(m, 3, (uint32_t)(2 + 32 + 1 + 4 + 2 + 2 + x.n));
	put(m, 2, 0x0303);
	put_bytes(m, "01234567890123456789012345678901", 32);
	put(m, 1, 0);
	put(m, 4, 0x00021301);
	put(m, 2, 0x0100);
	put(m, 2, (uint32_t)x.n);
	put_bytes(m, x.b, x.n);
}

static inline void named(struct build *m, const char *sni)
{
	hello(m, sni, "\2h2\10http/1.1", 12, 1, 0);
}

/* ---- the table ---- */

static inline void table_make(void)
{
	size_t len;

	free(bytes);
	bytes = fix_table(model, &len, &gen.table);
}

static inline int setup(void **state)
{
	arena = arena_new();
	model = fix_model(arena);
	table_make();
	memset(&worker, 0, sizeof(worker));
	worker.loop = ev_loop_new(EVFLAG_AUTO);
	worker.hello_scratch = hello_scratch;
	refuse_admit = refuse_enter = refuse_hello = 0;
	return 0;
}

static inline int teardown(void **state)
{
	ev_loop_destroy(worker.loop);
	free(bytes);
	bytes = NULL;
	arena_free(&arena);
	return 0;
}

/* The malformed arm's answer. */
static inline void malformed_arm(int reject)
{
	if (reject >= 0) {
		model->clauses.v[MALFORMED_CLAUSE].action = FIX_DENY;
		model->actions.v[FIX_DENY].reject = (uint8_t)reject;
	} else {
		model->clauses.v[MALFORMED_CLAUSE].action = FIX_PASS;
		model->actions.v[FIX_PASS].enforce = MODEL_NONE;
	}
	table_make();
}

/* ---- what came out ---- */

static inline void is_closed(enum close_reason r, int a)
{
	assert_int_equal(reason, r);
	assert_int_equal(alert, a);
	assert_int_equal(steps, 0);
	assert_null(c->hello);
}

static inline void is_forwarded(enum mode mode, const void *p, size_t n)
{
	assert_int_equal(reason, CLOSE_NONE);
	assert_int_equal(steps, 1);
	assert_int_equal(c->mode, mode);
	assert_null(c->hello);
	assert_int_equal(buf_len(c->client.in), n);
	assert_memory_equal(buf_data(c->client.in), p, n);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
