/* Moving octets through pipes: all of them, and again after there was none. */
/* LINK: runtime/worker/splice.c runtime/tls/outcome.c */
/* LIBS: -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/tls/io.h"
#include "runtime/worker/splice.h"

struct way {
	struct io from, to;
	int source, sink; /* the far ends */
	uint64_t count;
	struct pipe_end *pipe;
};

static void way_open(struct way *w)
{
	int a[2], b[2];

	memset(w, 0, sizeof(*w));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	w->source = a[1];
	w->sink = b[1];
	w->from.w.fd = a[0];
	w->to.w.fd = b[0];
}

static void way_close(struct way *w)
{
	splice_drop(&w->pipe);
	splice_finish();
	close(w->source);
	close(w->sink);
	close(w->from.w.fd);
	close(w->to.w.fd);
}

static ssize_t way_move(struct way *w, size_t most)
{
	return splice_move(&w->pipe, &w->from, &w->to, &w->count, most);
}

static void arrives(struct way *w, const char *text, size_t most)
{
	char got[64];
	size_t n = strlen(text);

	assert_int_equal(write(w->source, text, n), n);
	assert_int_equal(way_move(w, most), n);
	assert_false(splice_waiting(w->pipe));
	assert_int_equal(read(w->sink, got, sizeof(got)), n);
	assert_memory_equal(got, text, n);
}

static void octets_arrive(void **state)
{
	struct way w;

	(void)state;
	way_open(&w);
	arrives(&w, "one", SPLICE_PIPE);
	arrives(&w, "and another", 8 * SPLICE_PIPE);
	assert_int_equal(w.count, 14);
	close(w.source);
	assert_int_equal(way_move(&w, 8 * SPLICE_PIPE), IO_EOF);
	w.source = dup(w.sink);
	way_close(&w);
}

/* What a turn gives is not exceeded, however much there is. */
static void no_more_than(void **state)
{
	struct way w;

	(void)state;
	way_open(&w);
	assert_int_equal(write(w.source, "0123456789", 10), 10);
	assert_int_equal(way_move(&w, 4), 4);
	assert_int_equal(way_move(&w, 5), 5);
	assert_int_equal(way_move(&w, 5), 1);
	assert_int_equal(w.count, 10);
	way_close(&w);
}

/* No descriptor was left for the first pipe; that is no reason never to ask
 * again. */
static void asks_again(void **state)
{
	struct rlimit limit, none;
	struct way w;

	(void)state;
	way_open(&w);
	assert_int_equal(write(w.source, "x", 1), 1);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(way_move(&w, SPLICE_PIPE), SPLICE_NO_PIPE);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(way_move(&w, SPLICE_PIPE), 1);
	way_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_arrive),
		cmocka_unit_test(no_more_than),
		cmocka_unit_test(asks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
