/* A sink of lines: what it cannot write it counts, line by line, and no line is
 * ever written into another. */
/* LINK: runtime/common/logsink.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "runtime/common/logsink.h"

static struct logsink sink;

/* A line, which tells of those lost as log.c's do. */
static void put(const char *word, unsigned width)
{
	uint64_t lost = logsink_untold(&sink);
	char line[512];
	int n = snprintf(line, sizeof(line), "%-*s lost=%llu\n", (int)width,
		word, (unsigned long long)lost);

	logsink_put(&sink, line, (size_t)n, lost);
}

static void begin(int fd, int datagrams)
{
	memset(&sink, 0, sizeof(sink));
	sink.fd = -1;
	logsink_use(&sink, fd, datagrams);
}

/* Every line read is whole; how many, and how many they say were lost. */
static unsigned count(const char *text, size_t n, unsigned long long *lost)
{
	unsigned lines = 0;
	const char *end, *at;

	for (; n > 0; lines++) {
		end = memchr(text, '\n', n);
		assert_non_null(end);
		assert_int_equal(0, memcmp(text, "line ", 5));
		at = memmem(text, (size_t)(end - text), " lost=", 6);
		assert_non_null(at);
		*lost += strtoull(at + 6, NULL, 10);
		n -= (size_t)(end + 1 - text);
		text = end + 1;
	}
	return lines;
}

static void lines_are_counted(void **state)
{
	static char text[1 << 20];
	unsigned long long lost = 0;
	size_t n = 0;
	ssize_t r;
	int p[2];

	(void)state;
	assert_int_equal(0, pipe2(p, O_NONBLOCK));
	begin(p[1], 0);
	for (int i = 0; i < 5000; i++)
		put("line x", 200);
	/* The reader comes back; the first line then tells. */
	do {
		r = read(p[0], text + n, sizeof(text) - n);
		n += r > 0 ? (size_t)r : 0;
		logsink_flush(&sink);
	} while (r > 0);
	put("line last", 20);
	logsink_flush(&sink);
	n += (size_t)read(p[0], text + n, sizeof(text) - n);
	assert_int_equal(5001, count(text, n, &lost) + lost);
	assert_true(lost > 1000);
	close(p[0]);
	close(p[1]);
}

/* A disk that is full in the middle of a line, and has space again later. */
static void no_line_in_another(void **state)
{
	char path[] = "/tmp/logsink.XXXXXX", text[4096];
	unsigned long long lost = 0;
	struct rlimit before, small;
	unsigned whole = 0, half = 0;
	int fd = mkstemp(path);
	char *line, *rest = text;
	ssize_t n;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	signal(SIGXFSZ, SIG_IGN);
	begin(fd, 0);
	getrlimit(RLIMIT_FSIZE, &before);
	small = before;
	small.rlim_cur = 250;
	setrlimit(RLIMIT_FSIZE, &small);
	for (int i = 0; i < 10; i++)
		put("line x", 90);
	logsink_flush(&sink);
	setrlimit(RLIMIT_FSIZE, &before);
	for (int i = 0; i < 2; i++)
		put("line y", 90);
	logsink_flush(&sink);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = 0;
	while ((line = strsep(&rest, "\n")) && *line) {
		char *at = strstr(line, " lost=");

		assert_int_equal(0, strncmp(line, "line ", 5));
		assert_null(strstr(line + 5, "line "));
		whole += at != NULL;
		half += at == NULL;
		lost += at ? strtoull(at + 6, NULL, 10) : 0;
	}
	assert_int_equal(1, half);
	assert_int_equal(12, whole + lost);
	close(fd);
}

static int listener(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	assert_int_equal(0, bind(fd, (const void *)at, sizeof(*at)));
	return fd;
}

/* Nobody there yet, there, gone, there again: nothing is lost. */
static void datagrams_wait(void **state)
{
	char dir[] = "/tmp/logsink.XXXXXX", text[256];
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0), there;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/log", dir);
	begin(fd, 1);
	for (int i = 0; i < 2; i++) {
		put("line 1", 10);
		logsink_flush(&sink);
		there = listener(&at);
		assert_int_equal(0, connect(fd, (void *)&at, sizeof(at)));
		put("line 2", 10);
		logsink_flush(&sink);
		for (char want = '1'; want <= '2'; want++) {
			ssize_t n = read(there, text, sizeof(text));

			assert_true(n > 0);
			assert_int_equal(want, text[5]);
			assert_null(memchr(text, '\n', (size_t)n));
		}
		close(there);
		unlink(at.sun_path);
	}
	assert_int_equal(0, sink.lost);
	rmdir(dir);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines_are_counted),
		cmocka_unit_test(no_line_in_another),
		cmocka_unit_test(datagrams_wait)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
