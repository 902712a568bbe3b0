/*
 * A connection with real sockets on both sides, for the tests of its life
 * (conn.c) and of the relay.  Table, loop and half-connections are real; what
 * is given back at the end, the log and TLS are stand-ins that take notes.  The
 * clock is ours: time passes when the test says so.
 */
#ifndef TESTS_CONN_PARTS_H
#define TESTS_CONN_PARTS_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runtime/table/wire.h"
#include "runtime/tls/tls.h"
#include "runtime/worker/backend.h"
#include "runtime/worker/bridge.h"
#include "runtime/worker/conn.h"
#include "runtime/worker/connect.h"
#include "runtime/worker/decide.h"
#include "runtime/worker/handshake.h"
#include "runtime/worker/inspect.h"
#include "runtime/worker/limits.h"
#include "runtime/worker/listener.h"
#include "runtime/worker/log.h"
#include "runtime/worker/queue.h"
#include "runtime/worker/relay.h"
#include "runtime/worker/tally.h"
#include "runtime/worker/worker_state.h"
#include "requests_none.h"
#include "table_fixture.h"

static struct arena *arena;
static struct model *model;
static struct generation gen;
static uint8_t *bytes;
static struct worker worker;
static struct listener listener;
static struct conn *c; /* the connection; NULL when it is freed */
static int had_leg;
static int far[2]; /* the peers of its two sockets */

/* ---- what was noted of the end ---- */

static struct {
	unsigned logged, tallied, freed;
	unsigned queue, backend, blamed, handshake, limits, hello;
	enum close_reason reason;
	int alert;
	char detail[80];
} end_of;

void log_close(struct conn *k)
{
	end_of.logged++;
	end_of.reason = (enum close_reason)k->reason;
	end_of.alert = k->alert;
	snprintf(end_of.detail, sizeof(end_of.detail), "%s",
		k->detail ? k->detail : "");
}
void tally(const struct conn *k)
{
	end_of.tallied++;
}
void queue_leave(struct leg *l)
{
	end_of.queue++;
	l->waiter = NULL;
}
void backend_release(struct leg *l)
{
	end_of.backend++;
	l->server = NULL;
}
void backend_failed(struct leg *l)
{
	end_of.blamed++;
}
void limits_handshake_end(struct conn *k)
{
	end_of.handshake++;
}
void limits_leave(struct conn *k)
{
	end_of.limits++;
	assert_null(k->pipe[0]);
	assert_null(k->pipe[1]);
	assert_null(k->client.in);
	assert_null(k->client.out);
	if (k->leg) {
		assert_null(k->leg->io.in);
		assert_null(k->leg->io.out);
	}
}
void limits_hello_end(struct conn *k)
{
	end_of.hello++;
}
void worker_conn_gone(struct worker *w)
{
	end_of.freed++;
	c = NULL;
}
struct generation *generation_get(struct generation *g)
{
	g->refs++;
	return g;
}
void generation_put(struct generation **g)
{
	assert_non_null(*g);
	(*g)->refs--;
	*g = NULL;
}

/* ---- TLS that does nothing but end as it is told ---- */

static char tls_there; /* its address is a session's */
static int tls_says;   /* an outcome of the next read; 0: what the wire says */
static int tls_has;    /* octets that no watcher announces */
static int tls_signs;  /* it waits for a signature */
static unsigned byes;

static inline void tls_on(enum side s)
{
	conn_io(c, s)->tls = (struct tls *)&tls_there;
}
void tls_free(struct tls **t)
{
	*t = NULL;
}
ssize_t tls_read(struct io *io, uint8_t *p, size_t cap)
{
	return tls_says ? tls_says : io_take(io, p, cap);
}
int tls_write(struct io *io, const uint8_t *p, size_t n)
{
	return io_raw(io, p, n);
}
int tls_pending(const struct io *io)
{
	return tls_has;
}
int tls_flushed(struct io *io)
{
	return IO_DONE;
}
void tls_bye(struct io *io)
{
	byes++;
}
int tls_waits(const struct io *io)
{
	return tls_signs;
}

static int guarded; /* a second hello of the client waits for its turn */

int inspect_waits(const struct conn *k, int d)
{
	return guarded && d == CLIENT;
}

/* ---- the clock ---- */

static double now;

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	t->tv_sec = (time_t)now;
	t->tv_nsec = (long)((now - (double)t->tv_sec) * 1e9);
	return 0;
}

/* Its timer fires. */
static inline void timer_fires(void)
{
	ev_timer_stop(worker.loop, &c->timer);
	ev_invoke(worker.loop, &c->timer, EV_TIMER);
}

/* In milliseconds. */
static inline int timer_left(void)
{
	assert_true(ev_is_active(&c->timer));
	return (int)(ev_timer_remaining(worker.loop, &c->timer) * 1e3 + .5);
}

/* ---- sockets ---- */

/* Over loopback, so that FIN and RST are real. */
static inline void tcp_pair(int fd[2])
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t n = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(l, (void *)&a, sizeof(a)), 0);
	assert_int_equal(listen(l, 1), 0);
	assert_int_equal(getsockname(l, (void *)&a, &n), 0);
	fd[1] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd[1], (void *)&a, sizeof(a)), 0);
	fd[0] = accept4(l, NULL, NULL, SOCK_NONBLOCK);
	assert_true(fd[0] >= 0);
	setsockopt(fd[1], IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	close(l);
}

/* One turn of the loop. */
static inline void turn(void)
{
	ev_run(worker.loop, EVRUN_NOWAIT);
	poll(NULL, 0, 1); /* the machine is not ours alone */
}

/* Sent and arrived, not yet used. */
static inline void says(enum side s, const char *text)
{
	int before = 0, waiting = 0, n = (int)strlen(text);

	ioctl(conn_io(c, s)->w.fd, FIONREAD, &before);
	assert_int_equal(send(far[s], text, (size_t)n, 0), n);
	while (waiting - before < n)
		ioctl(conn_io(c, s)->w.fd, FIONREAD, &waiting);
}

/* Until something has come from us: octets, 0 at the end, -1 at a reset. */
static inline ssize_t hears(enum side s, void *p, size_t n)
{
	ssize_t got;

	while ((got = recv(far[s], p, n, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		turn();
	return got;
}

static inline void heard(enum side s, const char *text)
{
	size_t n = strlen(text), have = 0;
	char got[100];
	ssize_t r;

	while (have < n) {
		r = hears(s, got + have, n - have);
		assert_true(r > 0);
		have += (size_t)r;
	}
	assert_memory_equal(got, text, n);
}

static inline void heard_end(enum side s)
{
	char p[16];

	assert_int_equal(hears(s, p, sizeof(p)), 0);
}

static inline void heard_reset(enum side s)
{
	char p[16];

	assert_int_equal(hears(s, p, sizeof(p)), -1);
	assert_int_equal(errno, ECONNRESET);
}

static inline void resets_now(enum side s)
{
	struct linger at_once = {1, 0};
	struct pollfd p = {conn_io(c, s)->w.fd, POLLRDHUP, 0};

	setsockopt(far[s], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(far[s]);
	far[s] = -1;
	while (!(p.revents & POLLERR))
		poll(&p, 1, 1);
}

/* ---- a connection ---- */

/* A test that waits for what does not come has failed. */
static inline void parts_setup(void)
{
	size_t len;

	alarm(20);
	signal(SIGPIPE, SIG_IGN); /* as the worker does */
	c = NULL;
	arena = arena_new();
	model = fix_model(arena);
	memset(&gen, 0, sizeof(gen));
	bytes = fix_table(model, &len, &gen.table);
	memset(&worker, 0, sizeof(worker));
	worker.loop = ev_loop_new(EVFLAG_AUTO);
	memset(&listener, 0, sizeof(listener));
	listener.gen = &gen;
	memset(&end_of, 0, sizeof(end_of));
	far[CLIENT] = far[SERVER] = -1;
	tls_says = tls_has = tls_signs = guarded = 0;
	byes = 0;
	now = 1000;
}

static inline void parts_teardown(void)
{
	ev_loop_destroy(worker.loop);
	free(bytes);
	arena_free(&arena);
}

/* Accepted; decide_start sets c. */
static inline void comes(void)
{
	struct sockaddr_in peer = {
		.sin_family = AF_INET, .sin_port = htons(4711)};
	int fd[2];

	assert_null(c);
	memset(&end_of, 0, sizeof(end_of));
	had_leg = 0;
	peer.sin_addr.s_addr = htonl(0xcb007101);
	tcp_pair(fd);
	far[CLIENT] = fd[1];
	conn_accept(&worker, &listener, fd[0], (void *)&peer);
}

/* ---- its leg, whose states are the connection's, as a tunnel's ---- */

static void leg_entered(struct leg *l)
{
	static const enum conn_state states[] = {[LEG_QUEUE] = CONN_QUEUE,
		[LEG_CONNECT] = CONN_CONNECT,
		[LEG_TLS] = CONN_LEG2};

	conn_enter(l->conn, states[l->state]);
}
static void leg_failed(struct leg *l, enum close_reason r, const char *detail)
{
	conn_close(l->conn, r, ALERT_INTERNAL_ERROR, detail);
}
static void leg_event(struct leg *l, int events)
{
	relay_event(l->conn, SERVER, events);
}
static void leg_settle(struct leg *l)
{
	conn_settle(l->conn);
}
static const struct leg_owner leg_owner = {.entered = leg_entered,
	.failed = leg_failed,
	.event = leg_event,
	.settle = leg_settle};

static inline void gets_leg(void)
{
	assert_null(c->leg);
	c->leg = leg_new(c, &leg_owner, 0);
	assert_non_null(c->leg);
	had_leg = 1;
}

/* It stands. */
static inline void gets_server(void)
{
	int fd[2];

	tcp_pair(fd);
	far[SERVER] = fd[1];
	io_open(&c->leg->io, fd[0]);
}

static inline void far_close(void)
{
	int s;

	for (s = 0; s < 2; s++)
		if (far[s] >= 0)
			close(far[s]);
	far[CLIENT] = far[SERVER] = -1;
}

/* It ended so, was told once, and has given everything back. */
static inline void ended(enum close_reason r, const char *detail)
{
	while (c)
		turn();
	assert_string_equal(words_close[end_of.reason], words_close[r]);
	assert_string_equal(end_of.detail, detail);
	assert_int_equal(end_of.logged, 1);
	assert_int_equal(end_of.tallied, 1);
	assert_int_equal(end_of.queue, had_leg);
	assert_int_equal(end_of.backend, had_leg);
	assert_int_equal(end_of.handshake, 1);
	assert_int_equal(end_of.limits, 1);
	assert_int_equal(end_of.freed, 1);
	assert_int_equal(gen.refs, 0);
	assert_int_equal(worker.conn_count, 0);
	assert_null(worker.conns);
}

#endif
