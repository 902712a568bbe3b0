/*
 * A half-connection as the transport of a TLS library: what is gathered goes
 * where each end of an operation says, and the buffers have one user at a time.
 */
/* LINK: runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c */
/* LIBS: -lev */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/tls/io.h"
#include "runtime/tls/tls.h"

static struct io io, other;
static int far;

/* ---- TLS is not asked for ---- */

void tls_free(struct tls **t)
{
	assert_null(*t);
}
ssize_t tls_read(struct io *x, uint8_t *p, size_t cap)
{
	fail();
	return -1;
}
int tls_write(struct io *x, const uint8_t *p, size_t n)
{
	fail();
	return -1;
}
int tls_pending(const struct io *x)
{
	fail();
	return -1;
}
int tls_flushed(struct io *x)
{
	fail();
	return -1;
}
void tls_bye(struct io *x)
{
	fail();
}

/* ---- a socket and its peer ---- */

static int setup(void **state)
{
	int fd[2];

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	io_init(&io, NULL, NULL);
	io_init(&other, NULL, NULL);
	io_open(&io, fd[0]);
	far = fd[1];
	return 0;
}

static int teardown(void **state)
{
	io_close(&io, NULL, IO_FIN);
	close(far);
	return 0;
}

static void heard(const char *text)
{
	char got[64] = "";
	ssize_t n = recv(far, got, sizeof(got) - 1, MSG_DONTWAIT);

	assert_int_equal(n, *text ? (ssize_t)strlen(text) : -1);
	assert_string_equal(got, text);
}

static void pushes(const char *text)
{
	size_t n = strlen(text);

	assert_int_equal(io_push(&io, text, n), n);
}

/* ---- the four ends of an operation ---- */

static void settle_sends(void **state)
{
	io_begin(&io);
	pushes("a");
	pushes("bc");
	heard("");
	assert_int_equal(io_settle(&io), IO_DONE);
	heard("abc");
}

static void keep_puts_it_elsewhere(void **state)
{
	struct buf *kept = NULL;

	io_begin(&io);
	pushes("ticket");
	assert_int_equal(io_keep(&io, &kept), IO_DONE);
	heard("");
	assert_int_equal(buf_len(kept), 6);
	assert_memory_equal(buf_data(kept), "ticket", 6);
	buf_free(&kept);
}

static void park_waits_for_a_flush(void **state)
{
	io_begin(&io);
	pushes("half ");
	assert_int_equal(io_park(&io), IO_DONE);
	heard("");
	io_begin(&io);
	pushes("a flight");
	assert_int_equal(io_settle(&io), IO_DONE);
	heard("");
	assert_int_equal(io_flush(&io), IO_DONE);
	heard("half a flight");
}

static void drop_forgets(void **state)
{
	io_begin(&io);
	pushes("nothing");
	io_drop(&io);
	heard("");
	io_begin(&io);
	assert_int_equal(io_settle(&io), IO_DONE);
	heard("");
}

/* What was read ahead and not pulled is the connection's. */
static void the_rest_is_kept(void **state)
{
	char got[8];

	assert_int_equal(send(far, "abcdef", 6, 0), 6);
	io_begin(&io);
	assert_int_equal(io_pull(&io, got, 2), 2);
	assert_int_equal(io_ahead(&io), 4);
	assert_int_equal(io_settle(&io), IO_DONE);
	assert_int_equal(buf_len(io.in), 4);
	io_begin(&io);
	assert_int_equal(io_pull(&io, got, sizeof(got)), 4);
	assert_memory_equal(got, "cdef", 4);
	assert_int_equal(io_pull(&io, got, sizeof(got)), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(io_settle(&io), IO_DONE);
}

/* ---- one user at a time ---- */

static void second_begins(void)
{
	io_begin(&io);
	io_begin(&other);
}
static void another_pulls(void)
{
	char p;

	io_begin(&io);
	io_pull(&other, &p, 1);
}
static void another_pushes(void)
{
	io_begin(&io);
	io_push(&other, "x", 1);
}
static void another_ends(void)
{
	io_begin(&io);
	io_settle(&other);
}
static void none_has_begun(void)
{
	io_push(&io, "x", 1);
}

/* In a process of its own. */
static int aborts(void (*act)(void))
{
	struct rlimit none = {0, 0};
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), 2);
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGABRT, SIG_DFL);
		act();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void one_user_at_a_time(void **state)
{
	assert_true(aborts(second_begins));
	assert_true(aborts(another_pulls));
	assert_true(aborts(another_pushes));
	assert_true(aborts(another_ends));
	assert_true(aborts(none_has_begun));
}

/* ---- what a quiet one asks ---- */

static void quiet_until_heard(void **state)
{
	uint8_t p[8];

	assert_int_equal(io_take(&io, p, sizeof(p)), IO_AGAIN);
	assert_true(io_is_quiet(&io));
	assert_int_equal(send(far, "x", 1, 0), 1);
	assert_int_equal(io_take(&io, p, sizeof(p)), IO_AGAIN);
	io_heard(&io);
	assert_int_equal(io_take(&io, p, sizeof(p)), 1);
	assert_true(io_is_quiet(&io)); /* a short read */
	assert_int_equal(io_ended(&io), IO_DONE);
	shutdown(far, SHUT_WR);
	io_heard(&io);
	assert_int_equal(io_take(&io, p, sizeof(p)), IO_EOF);
	assert_int_equal(io_ended(&io), IO_EOF);
	assert_false(io_is_dead(&io));
}

/* ---- errno as an outcome ---- */

static int read_says(int error)
{
	struct io x = {0};

	errno = error;
	return outcome_of_read(&x, error ? -1 : 0);
}

static int write_says(int error, int *dead)
{
	struct io x = {0};
	int r;

	errno = error;
	r = outcome_of_write(&x);
	*dead = io_is_dead(&x);
	return r;
}

static void outcomes(void **state)
{
	int dead;

	assert_int_equal(read_says(0), IO_EOF);
	assert_int_equal(read_says(EAGAIN), IO_AGAIN);
	assert_int_equal(read_says(EPIPE), IO_EOF);
	assert_int_equal(read_says(ECONNRESET), IO_RESET);
	assert_int_equal(read_says(ETIMEDOUT), IO_RESET);
	assert_int_equal(write_says(EAGAIN, &dead), IO_AGAIN);
	assert_false(dead);
	assert_int_equal(write_says(EPIPE, &dead), IO_RESET);
	assert_false(dead); /* the octets before a genuine end count */
	assert_int_equal(write_says(ECONNRESET, &dead), IO_RESET);
	assert_true(dead);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(settle_sends),
		WITH(keep_puts_it_elsewhere),
		WITH(park_waits_for_a_flush),
		WITH(drop_forgets),
		WITH(the_rest_is_kept),
		WITH(one_user_at_a_time),
		WITH(quiet_until_heard),
		cmocka_unit_test(outcomes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
