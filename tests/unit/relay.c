/* How much the relay moves for one connection, and for all, in a turn of the
 * loop, when there is always more to move. */
/* LINK: runtime/worker/relay.c runtime/worker/flow.c runtime/worker/turn.c runtime/common/buf.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <ev.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/tls/tls.h"
#include "runtime/worker/backend.h"
#include "runtime/worker/conn.h"
#include "runtime/worker/inspect.h"
#include "runtime/worker/limits.h"
#include "runtime/worker/relay.h"
#include "runtime/worker/splice.h"
#include "runtime/worker/turn.h"
#include "runtime/worker/worker_state.h"

#define MOST 300
#define TURNS 50
#define LITTLE (2 * 32768) /* what may come on top of a share */

static struct conn conn[MOST];
static struct leg leg[MOST];
static struct worker worker;
static size_t moved, most_of_one, most_of_turn, moved_in_turn;
static int in_hand; /* of each socket, without an end */

/* ---- sources without end, targets that take everything ---- */

ssize_t io_read(struct io *io, uint8_t *p, size_t cap)
{
	(void)p;
	if (io_is_quiet(io))
		return IO_AGAIN;
	moved += cap;
	return (ssize_t)cap;
}

ssize_t io_take(struct io *io, uint8_t *p, size_t cap)
{
	return io_read(io, p, cap);
}

int io_pending(const struct io *io)
{
	return in_hand && !io_is_quiet(io);
}

int io_write(struct io *io, const uint8_t *p, size_t n)
{
	(void)io, (void)p, (void)n;
	return IO_DONE;
}

int io_write_last(struct io *io, const uint8_t *p, size_t n)
{
	return io_write(io, p, n);
}

ssize_t splice_move(struct pipe_end **p, struct io *from, struct io *to,
	uint64_t *count, size_t most)
{
	(void)p, (void)from, (void)to;
	moved += most / TURN_SPLICED;
	*count += most;
	return (ssize_t)most;
}

int io_flush(struct io *io)
{
	(void)io;
	return IO_DONE;
}
void io_shutdown(struct io *io)
{
	(void)io;
}
void io_acknowledge(struct io *io)
{
	(void)io;
}
void io_watch(struct io *io, struct ev_loop *l, int e)
{
	(void)io, (void)l, (void)e;
}
int splice_push(struct pipe_end **p, struct io *to)
{
	(void)p, (void)to;
	return IO_DONE;
}
void splice_drop(struct pipe_end **p)
{
	*p = NULL;
}
void backend_answered(struct leg *l)
{
	(void)l;
}
void backend_asked(struct leg *l)
{
	(void)l;
}
double limits_pause(struct conn *c)
{
	(void)c;
	return 0;
}
size_t inspect_room(const struct conn *c, int d, size_t cap)
{
	(void)c, (void)d;
	return cap;
}
int inspect_waits(const struct conn *c, int d)
{
	(void)c, (void)d;
	return 0;
}

/* ---- what is not asked for ---- */

void inspect_start(struct conn *c)
{
	(void)c;
	fail();
}
int inspect_pass(struct conn *c, int d, const uint8_t *p, size_t n)
{
	(void)c, (void)d, (void)p, (void)n;
	fail();
	return -1;
}
int inspect_end(struct conn *c, int d)
{
	(void)c, (void)d;
	fail();
	return -1;
}
void inspect_free(struct inspect **i)
{
	(void)i;
}
void conn_close(
	struct conn *c, enum close_reason r, uint8_t alert, const char *detail)
{
	(void)c, (void)r, (void)alert, (void)detail;
	fail();
}
void conn_enter(struct conn *c, enum conn_state s)
{
	(void)c, (void)s;
	fail();
}
void conn_pause(struct conn *c, double s)
{
	(void)c, (void)s;
	fail();
}
void conn_unpause(struct conn *c)
{
	(void)c;
	fail();
}
void conn_touch(struct conn *c)
{
	(void)c;
	fail();
}
void tls_adopt(struct io *io)
{
	(void)io;
	fail();
}
const char *tls_error(const struct tls *t)
{
	(void)t;
	return NULL;
}
int tls_resumed(const struct tls *t)
{
	(void)t;
	return 0;
}

/* ---- turns ---- */

static void on_ready(struct ev_loop *loop, ev_io *w, int events)
{
	struct conn *c = w->data;

	(void)loop;
	moved = 0;
	io_heard(&c->leg->io);
	relay_event(c, SERVER, events);
	moved_in_turn += moved;
	if (moved > most_of_one)
		most_of_one = moved;
}

static void run(unsigned conns, int no_splice)
{
	unsigned i, turns;

	memset(conn, 0, sizeof(conn));
	worker.loop = ev_loop_new(EVFLAG_AUTO);
	worker.options.no_splice = (uint8_t)no_splice;
	for (i = 0; i < conns; i++) {
		struct conn *c = &conn[i];

		memset(&leg[i], 0, sizeof(leg[i]));
		c->leg = &leg[i];
		c->worker = &worker;
		c->state = CONN_RELAY;
		c->bytes[SERVER] = c->bytes[CLIENT] = 1 << 20;
		ev_io_init(&conn_io(c, SERVER)->w, on_ready, eventfd(1, 0),
			EV_READ);
		conn_io(c, SERVER)->w.data = c;
		ev_io_start(worker.loop, &conn_io(c, SERVER)->w);
	}
	for (turns = 0; turns < TURNS; turns++) {
		/* The first ones learn who is busy, and how many. */
		if (turns == 10)
			most_of_one = most_of_turn = 0;
		moved_in_turn = 0;
		ev_run(worker.loop, EVRUN_NOWAIT);
		if (moved_in_turn > most_of_turn)
			most_of_turn = moved_in_turn;
	}
	for (i = 0; i < conns; i++) {
		assert_true(conn[i].bytes[SERVER] > 1 << 20);
		ev_io_stop(worker.loop, &leg[i].io.w);
		close(leg[i].io.w.fd);
	}
	ev_loop_destroy(worker.loop);
}

static void many(void **state)
{
	int no_splice, hand;

	(void)state;
	for (no_splice = 0; no_splice < 2; no_splice++)
		for (hand = 0; hand < 2; hand++) {
			in_hand = hand;
			run(MOST, no_splice);
			assert_in_range(most_of_one, 1, TURN_SHARE + LITTLE);
			assert_in_range(most_of_turn, 1,
				TURN_OCTETS + TURN_SHARE + 2 * LITTLE);
		}
	in_hand = 0;
}

/* Alone it goes as fast as ever. */
static void alone(void **state)
{
	(void)state;
	run(1, 1);
	assert_true(most_of_one >= 1 << 20);
	run(1, 0);
	assert_true(most_of_one >= (8 << 20) / TURN_SPLICED);
	assert_true(most_of_one <= TURN_OCTETS + LITTLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many),
		cmocka_unit_test(alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
