/* The metrics listener: answers, refusals, and clients that misbehave. */
/* LINK: runtime/table/hex.c runtime/monitor/http.c runtime/monitor/metrics.c runtime/tls/crls.c runtime/judge/crl.c runtime/judge/crl_scope.c runtime/judge/crl_follow.c runtime/judge/pem.c runtime/table/table.c runtime/common/board.c runtime/common/board_limit.c runtime/common/board_limit_find.c runtime/common/board_server.c runtime/common/board_register.c runtime/table/siphash.c runtime/common/bundle.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <ev.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/board_register.h"
#include "runtime/monitor/http.h"

static struct ev_loop *loop;
static struct board *board;
static struct sockaddr_in where;

static int set_up(void **state)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	int memory = board_create(1);
	socklen_t n = sizeof(where);

	(void)state;
	where.sin_family = AF_INET;
	where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&where, n), 0);
	assert_int_equal(listen(fd, 64), 0);
	getsockname(fd, (struct sockaddr *)&where, &n);
	board = board_map(memory);
	close(memory);
	loop = ev_loop_new(0);
	monitor_http_start(loop, fd, board);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	monitor_http_stop();
	ev_loop_destroy(loop);
	board_unmap(&board);
	return 0;
}

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(
		connect(fd, (struct sockaddr *)&where, sizeof(where)), 0);
	return fd;
}

static char answer[65536];

/* Runs the loop until the other side has closed. */
static const char *read_all(int fd)
{
	size_t have = 0;

	for (;;) {
		ssize_t n;

		ev_run(loop, EVRUN_NOWAIT);
		n = recv(fd, answer + have, sizeof(answer) - 1 - have,
			MSG_DONTWAIT);
		if (n == 0)
			break;
		if (n > 0)
			have += (size_t)n;
	}
	answer[have] = 0;
	close(fd);
	return answer;
}

static const char *ask(const char *request)
{
	int fd = dial();

	assert_int_equal(
		send(fd, request, strlen(request), 0), strlen(request));
	return read_all(fd);
}

static void starts(const char *text, const char *with)
{
	assert_int_equal(strncmp(text, with, strlen(with)), 0);
}

/* A worker gone wrong cannot make lines of its own. */
static void a_label_is_one_line(void **state)
{
	struct board_metric *m = board_metric(board, "mode=\"odd\"");
	const char *text;

	(void)state;
	strcpy(m->labels, "mode=\"odd\"} 1\nforged{x=\"y\"");
	text = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_null(strstr(text, "forged"));
	strcpy(m->labels, "mode=\"odd\"");
	text = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_non_null(strstr(text, "mode=\"odd\""));
}

static void metrics_are_there(void **state)
{
	struct metrics_cert cert = {.name = "shop\"x", .not_after = 1800000000};
	struct metrics_facts facts = {.root = "abc",
		.semantic = "def",
		.generation = 7,
		.cert = &cert,
		.cert_count = 1};
	struct board_server *s = board_server_take(board, "pay/192.0.2.1:443");
	const char *text;

	(void)state;
	board_server_count(board, 0, s, 1);
	atomic_fetch_add(&board_metric(board, "route=\"api\"")->count, 3);
	atomic_fetch_add(
		&board_metric(board, "site=\"shop\",class=\"2xx\"")->count, 2);
	monitor_http_facts(&facts);
	text = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
	starts(text, "HTTP/1.1 200 OK\r\n");
	assert_non_null(
		strstr(text, "\ntlsd_connections_total{route=\"api\"} 3\n"));
	assert_non_null(strstr(text,
		"\ntlsd_requests_total{site=\"shop\",class=\"2xx\"} 2\n"));
	assert_null(strstr(text, "tlsd_connections_total{site"));
	assert_non_null(strstr(text,
		"\ntlsd_server_connections{"
		"backend=\"pay\",server=\"192.0.2.1:443\"} 1\n"));
	assert_non_null(strstr(text, "\ntlsd_table_generation 7\n"));
	assert_non_null(
		strstr(text, "{certificate=\"shop\\\"x\"} 1800000000\n"));
	assert_non_null(strstr(text, "# TYPE tlsd_server_up gauge\n"));
	monitor_http_facts(NULL);
}

static void other_requests_are_told_so(void **state)
{
	static char big[6000];

	(void)state;
	starts(ask("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 404 ");
	starts(ask("POST /metrics HTTP/1.1\r\n\r\n"), "HTTP/1.1 405 ");
	starts(ask("GET /healthz HTTP/1.0\r\n\r\n"), "HTTP/1.1 503 ");
	starts(ask("nonsense\r\n\r\n"), "HTTP/1.1 400 ");
	starts(ask("\x16\3\1\r\n\r\n"), "HTTP/1.1 400 ");
	memset(big, 'x', 4096);
	starts(ask(big), "HTTP/1.1 431 ");
	assert_null(strstr(ask("HEAD /metrics HTTP/1.1\r\n\r\n"), "# HELP"));
}

/* Silent clients block nobody: a client that asks is answered at once, and the
 * silent ones are closed. */
static void silent_clients_make_room(void **state)
{
	enum { SILENT = 200 };
	int silent[SILENT], last, open = 0;
	char octet;

	(void)state;
	for (int i = 0; i < SILENT; i++) {
		silent[i] = dial();
		ev_run(loop, EVRUN_NOWAIT);
	}
	last = dial();
	assert_int_equal(
		send(last, "GET /metrics HTTP/1.1\r\n\r\n", 25, 0), 25);
	starts(read_all(last), "HTTP/1.1 200 ");
	/* The newest stay, and no more than there are places. */
	for (int i = 0; i < SILENT; i++) {
		open += recv(silent[i], &octet, 1, MSG_DONTWAIT) == -1;
		assert_true(open == 0 ||
			recv(silent[i], &octet, 1, MSG_DONTWAIT) == -1);
	}
	assert_in_range(open, 16, 64);
	for (int i = 0; i < SILENT; i++)
		close(silent[i]);
	for (int i = 0; i < SILENT; i++)
		ev_run(loop, EVRUN_NOWAIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_is_one_line),
		cmocka_unit_test(metrics_are_there),
		cmocka_unit_test(other_requests_are_told_so),
		cmocka_unit_test(silent_clients_make_room),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
