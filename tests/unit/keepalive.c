/* Who does not answer is given up after twice the time, whatever the machine's
 * own number of questions is. */
/* LINK: runtime/common/keepalive.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/keepalive.h"

#define PROBES "/proc/sys/net/ipv4/tcp_keepalive_probes"

static int option(int fd, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	assert_int_equal(getsockopt(fd, IPPROTO_TCP, name, &value, &n), 0);
	return value;
}

static void twice(uint32_t seconds)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), given_up;

	keepalive_set(fd, seconds);
	given_up = option(fd, TCP_KEEPIDLE) +
		option(fd, TCP_KEEPINTVL) * option(fd, TCP_KEEPCNT);
	assert_int_equal(option(fd, TCP_KEEPIDLE), seconds);
	assert_in_range(given_up, 2 * seconds, 2 * seconds + 9);
	close(fd);
}

static void given_up_after_twice_the_time(void **state)
{
	static const uint32_t seconds[] = {1, 2, 10, 60, 100, 7200, 32767};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		twice(seconds[i]);
}

/* In a network of its own, where two questions are usual; without the right to
 * make one the machine's own number is tried. */
static int set_up(void **state)
{
	int fd;

	(void)state;
	if (unshare(CLONE_NEWNET) < 0)
		return 0;
	fd = open(PROBES, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (write(fd, "2", 1) != 1)
		return -1;
	return close(fd);
}

static void off(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = -1;
	socklen_t n = sizeof(on);

	(void)state;
	keepalive_set(fd, 60);
	keepalive_set(fd, 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &n), 0);
	assert_int_equal(on, 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(given_up_after_twice_the_time),
		cmocka_unit_test(off),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
