/*
 * The board as a worker gone wrong leaves it: whatever it has written into the
 * shared memory, the others keep their feet, and what the monitor publishes is
 * lines of metrics.  Input: steps of (what, which, where, length, octets).
 */
/* LINK: runtime/table/hex.c runtime/common/board.c runtime/common/board_limit.c runtime/common/board_limit_find.c runtime/common/board_server.c runtime/common/board_register.c runtime/monitor/metrics.c runtime/tls/crls.c runtime/judge/crl.c runtime/judge/crl_scope.c runtime/judge/crl_follow.c runtime/judge/pem.c runtime/table/table.c runtime/table/siphash.c runtime/common/bundle.c */
/* LIBS: -lgnutls */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/common/board.h"
#include "runtime/common/board_limit.h"
#include "runtime/common/board_parts.h"
#include "runtime/common/board_register.h"
#include "runtime/monitor/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORKERS = 2, NOW = 5000000 };
enum { IN_SERVER, IN_METRIC, IN_LIMIT, IN_SOURCE, IN_COUNTERS, KINDS };

static struct board *board;
/* The entries that are written to, found by the names that are looked up. */
static struct {
	uint8_t *at;
	size_t n;
} part[KINDS];
static const char server_name[] = "web/127.0.0.1:8080";
static const char labels[] = "frontend=\"edge\",outcome=\"done\"";
static const uint8_t client[16] = {192, 0, 2, 1};
static const struct tbl_limit limit = {.conns = 10,
	.conns_source = 5,
	.conn_rate = 10,
	.conn_rate_source = 10,
	.hs_rate = 10,
	.hs_rate_source = 10,
	.hs_flight = 10,
	.bandwidth = 1000,
	.bandwidth_source = 1000};

static void use(struct board_hold *h)
{
	struct board_server *s = board_server(board, server_name);
	struct board_metric *m = board_metric(board, labels);

	if (board_enter(board, 0, &limit, "public", TBL_V4, client, NOW, h) ==
		BOARD_OK) {
		board_handshake(board, 0, &limit, NOW, h);
		board_bytes(board, &limit, NOW, h, 1000);
		board_move(board, 0, &limit, "other", TBL_V4, client, NOW, h);
	}
	if (m)
		m->count++;
	if (!s)
		return;
	board_server_count(board, 0, s, 1);
	board_server_worked(s, 100, 200, NOW);
	board_server_failed(s, NOW);
	board_server_health(s, BOARD_HEALTHY, NOW);
	if (board_server_warmth(s, 1000, NOW) > 256)
		abort();
	board_server_usable(s, NOW);
	board_server_live(board, s);
	board_server_count(board, 0, s, -1);
}

static void set_up(void)
{
	struct board_hold h;
	int fd = board_create(WORKERS);

	board = board_map(fd);
	close(fd);
	if (!board)
		abort();
	board_server_take(board, server_name);
	use(&h);
	part[IN_SERVER].at = (uint8_t *)board_server_take(board, server_name);
	part[IN_SERVER].n = 2 * sizeof(struct board_server);
	part[IN_METRIC].at = (uint8_t *)board_metric(board, labels);
	part[IN_METRIC].n = 2 * sizeof(struct board_metric);
	part[IN_LIMIT].at = h.limit;
	part[IN_LIMIT].n = sizeof(struct board_limit);
	part[IN_SOURCE].at = h.source;
	part[IN_SOURCE].n = BOARD_WAYS * sizeof(struct board_source);
	part[IN_COUNTERS].at = (uint8_t *)board->counters;
	part[IN_COUNTERS].n = 64;
	board_leave(board, 0, &h);
}

/* Every line is a metric's or about one. */
static void check_text(void)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	metrics_write(f, board, NULL);
	fclose(f);
	for (char *line = text, *end; *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end || end >= text + n ||
			(strncmp(line, "# ", 2) != 0 &&
				strncmp(line, "tlsd_", 5) != 0))
			abort();
	}
	free(text);
}

static void scribble(const uint8_t *data, size_t size)
{
	while (size >= 4) {
		unsigned kind = data[0] % KINDS;
		size_t at = (size_t)(data[1] << 8 | data[2]) % part[kind].n;
		size_t n = data[3] < size - 4 ? data[3] : size - 4;
		size_t room = part[kind].n - at;

		memcpy(part[kind].at + at, data + 4, n < room ? n : room);
		data += 4 + n, size -= 4 + n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board_hold h;

	if (!board)
		set_up();
	scribble(data, size);
	use(&h);
	check_text();
	board_leave(board, 0, &h);
	board_worker_gone(board, 0);
	board_worker_gone(board, 1);
	for (unsigned i = 0; i < KINDS; i++)
		memset(part[i].at, 0, part[i].n);
	return 0;
}
