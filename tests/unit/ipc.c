/* Messages between processes: what arrives is what was sent, descriptors
 * included, and nonsense is refused without leaking any. */
/* LINK: runtime/common/ipc.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/board.h"
#include "runtime/common/ipc.h"

static int pair[2];
static struct ipc_message m;

static int setup(void **state)
{
	return ipc_pair(pair);
}

static int teardown(void **state)
{
	close(pair[0]);
	close(pair[1]);
	return 0;
}

/* The lowest free descriptor: equal before and after means none leaked. */
static int lowest_free(void)
{
	int fd = dup(pair[0]);

	close(fd);
	return fd;
}

static void test_round_trip(void **state)
{
	struct ipc_generation g = {.number = 7};

	assert_int_equal(
		0, ipc_send(pair[0], IPC_COMMIT, &g, sizeof(g), NULL, 0));
	assert_int_equal(1, ipc_recv(pair[1], &m));
	assert_int_equal(IPC_COMMIT, m.head.type);
	assert_int_equal(sizeof(g), m.head.len);
	assert_int_equal(7, m.body.generation.number);
	assert_int_equal(-1, m.fd[0]);
}

static void test_descriptors(void **state)
{
	int p[2], before;
	char c = 0;

	assert_int_equal(0, pipe(p));
	before = lowest_free();
	assert_int_equal(0, ipc_send(pair[0], IPC_SHADOW, NULL, 0, &p[1], 1));
	assert_int_equal(1, ipc_recv(pair[1], &m));
	assert_int_equal(0, m.head.len);
	assert_true(m.fd[0] >= 0);
	assert_true(fcntl(m.fd[0], F_GETFD) & FD_CLOEXEC);
	assert_int_equal(1, write(m.fd[0], "x", 1));
	assert_int_equal(1, read(p[0], &c, 1));
	assert_int_equal('x', c);
	ipc_close(&m);
	assert_int_equal(before, lowest_free());
	close(p[0]);
	close(p[1]);
}

static void test_empty_and_end(void **state)
{
	assert_int_equal(-1, ipc_recv(pair[1], &m));
	assert_int_equal(EAGAIN, errno);
	shutdown(pair[0], SHUT_WR);
	assert_int_equal(0, ipc_recv(pair[1], &m));
}

static void test_stale_body_is_not_seen(void **state)
{
	struct ipc_ack ack = {.number = 3, .text = "left over"};

	ipc_send(pair[0], IPC_FAILED, &ack, sizeof(ack), NULL, 0);
	assert_int_equal(1, ipc_recv(pair[1], &m));
	ipc_send(pair[0], IPC_DRAINED, NULL, 0, NULL, 0);
	assert_int_equal(1, ipc_recv(pair[1], &m));
	assert_int_equal(0, m.body.ack.number);
	assert_string_equal("", m.body.ack.text);
}

static void send_raw(const void *bytes, size_t n, int fd)
{
	struct iovec iov = {(void *)bytes, n};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control;
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	assert_int_equal(n, sendmsg(pair[0], &msg, 0));
}

static void test_nonsense_is_refused(void **state)
{
	struct ipc_header h = {.type = IPC_COMMIT, .fds = 0, .len = 8};
	uint8_t big[sizeof(struct ipc_header) + IPC_BODY_MAX + 9] = {0};
	int before = lowest_free();

	send_raw("abc", 3, -1); /* shorter than a header */
	assert_int_equal(-1, ipc_recv(pair[1], &m));
	assert_int_equal(EBADMSG, errno);
	send_raw(&h, sizeof(h), -1); /* promises a body */
	assert_int_equal(-1, ipc_recv(pair[1], &m));
	assert_int_equal(EBADMSG, errno);
	h.len = 0;
	send_raw(&h, sizeof(h), pair[0]); /* an unannounced descriptor */
	assert_int_equal(-1, ipc_recv(pair[1], &m));
	assert_int_equal(EBADMSG, errno);
	h.fds = 2;
	send_raw(&h, sizeof(h), pair[0]); /* one too few */
	assert_int_equal(-1, ipc_recv(pair[1], &m));
	assert_int_equal(EBADMSG, errno);
	h.fds = 0;
	h.type = 0;
	send_raw(&h, sizeof(h), -1);
	assert_int_equal(-1, ipc_recv(pair[1], &m));
	assert_int_equal(EBADMSG, errno);
	h.type = IPC_STATUS;
	h.len = IPC_BODY_MAX + 9;
	memcpy(big, &h, sizeof(h));
	send_raw(big, sizeof(big), -1); /* larger than allowed */
	assert_int_equal(-1, ipc_recv(pair[1], &m));
	assert_int_equal(EBADMSG, errno);
	assert_int_equal(before, lowest_free());
}

static void test_too_much_is_not_sent(void **state)
{
	static uint8_t big[IPC_BODY_MAX + 1];

	assert_int_equal(
		-1, ipc_send(pair[0], IPC_STATUS, big, sizeof(big), NULL, 0));
	assert_int_equal(EMSGSIZE, errno);
}

static void test_queue_keeps_order(void **state)
{
	struct ipc_queue q = {0};
	uint64_t sent = 0, got = 0;
	int r, before = lowest_free();

	/* Until well after the pair is full; each with a descriptor. */
	while (q.cost < 20 * IPC_QUEUE_FD) {
		struct ipc_generation g = {.number = sent++};

		assert_int_equal(0,
			ipc_post(&q, pair[0], IPC_COMMIT, &g, sizeof(g),
				&pair[0], 1));
		assert_true(sent < 100000);
	}
	do {
		r = ipc_flush(&q, pair[0]);
		assert_true(r >= 0);
		while (ipc_recv(pair[1], &m) == 1) {
			assert_int_equal(got++, m.body.generation.number);
			assert_true(m.fd[0] >= 0);
			ipc_close(&m);
		}
	} while (r == 1);
	while (ipc_recv(pair[1], &m) == 1) {
		got++;
		ipc_close(&m);
	}
	assert_int_equal(sent, got);
	assert_int_equal(before, lowest_free());
}

static void test_queue_is_bounded(void **state)
{
	static uint8_t big[IPC_BODY_MAX];
	struct ipc_queue q = {0};
	long i;
	int r = 0;

	for (i = 0; i < 100000 && r == 0; i++)
		r = ipc_post(
			&q, pair[0], IPC_STATUS, big, sizeof(big), NULL, 0);
	assert_int_equal(-1, r);
	assert_int_equal(ENOBUFS, errno);
	ipc_queue_clear(&q);
	assert_int_equal(0, q.cost);
	assert_null(q.first);
}

/* A new worker is told of as many hosts as the board has entries for, before it
 * reads the first. */
static void test_queue_has_room_for_hosts(void **state)
{
	struct ipc_resolved host = {
		.addrs = "2001:db8:aaaa:bbbb:cccc:dddd:"
			 "eeee:ffff\n192.0.2.100\n192.0.2.101\n192.0.2.102\n"};
	struct ipc_queue q = {0};
	unsigned i;

	for (i = 0; i < BOARD_SERVERS; i++)
		assert_int_equal(0,
			ipc_post(&q, pair[0], IPC_RESOLVED, &host,
				ipc_resolved_len(&host), NULL, 0));
	ipc_queue_clear(&q);
	assert_null(q.first);
}

static void test_listener_equal(void **state)
{
	struct ipc_listener a = {.family = 4, .port = 443}, b = a;

	assert_true(ipc_listener_equal(&a, &b));
	b.addr[3] = 1;
	assert_false(ipc_listener_equal(&a, &b));
	b = a;
	b.port = 444;
	assert_false(ipc_listener_equal(&a, &b));
	b = a;
	strcpy(b.path, "/x");
	assert_false(ipc_listener_equal(&a, &b));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_round_trip),
		T(test_descriptors), T(test_empty_and_end),
		T(test_stale_body_is_not_seen), T(test_nonsense_is_refused),
		T(test_too_much_is_not_sent), T(test_queue_keeps_order),
		T(test_queue_is_bounded), T(test_queue_has_room_for_hosts),
		T(test_listener_equal)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
