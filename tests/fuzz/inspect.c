/*
 * The guard of a passthrough between a client and a server that say anything:
 * what comes out of it is what went in, in order and whole, and nothing passes
 * that the guard is there to hold: with "enforcing" no ServerHello outside the
 * profile, and never a second ClientHello with another name.  Input: flags,
 * the octets of the first hello, then steps of (what, how much, octets).
 */
/* LINK: runtime/worker/inspect.c runtime/table/hello.c runtime/table/hello_ext.c runtime/table/hello_judge.c runtime/common/buf.c */
#include <stdlib.h>
#include <string.h>

#include "runtime/table/hello.h"
#include "runtime/tls/priority.h"
#include "runtime/worker/conn.h"
#include "runtime/worker/decide.h"
#include "runtime/worker/inspect.h"
#include "runtime/worker/worker_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LIMIT = 16384, ROOM = 1 << 17, SUITE = 0x1301 };
enum { IS_ENFORCING = 1, IS_TLS13 = 2 };              /* flags */
enum { FROM_SERVER = 0x80, END = 0x40, LONG = 0x20 }; /* what */

/* By direction: what was given to the guard, and what came out. */
static struct stream {
	uint8_t b[ROOM];
	size_t n;
} in[2], out[2];
static size_t first_hello;
static struct leg leg;
static struct conn conn;
static int is_enforcing;

static void put(struct stream *s, const uint8_t *p, size_t n)
{
	if (n > sizeof(s->b) - s->n)
		abort();
	memcpy(s->b + s->n, p, n);
	s->n += n;
}

int io_write(struct io *io, const uint8_t *p, size_t n)
{
	put(&out[io == &conn.client ? SERVER : CLIENT], p, n);
	return IO_DONE;
}

void conn_close(struct conn *c, enum close_reason reason, uint8_t alert,
	const char *detail)
{
	if (reason == CLOSE_NONE || reason == CLOSE_NO_MEMORY)
		abort();
	c->state = CONN_LINGER;
}

/* The offer of these tables' policies: none. */
uint64_t decide_alpn(const struct table *t, const struct hello *h)
{
	return 0;
}

int priority_has_suite(const struct table *t, uint32_t profile, uint16_t suite)
{
	return suite == SUITE;
}

/* The size of the record at p, or 0: it is not there whole. */
static size_t record(const uint8_t *p, size_t n)
{
	size_t len = n < 5 ? 0 : 5 + (size_t)(p[3] << 8 | p[4]);

	return len > n ? 0 : len;
}

/* Octets of the records that hold the message at p; 0: not there whole. */
static size_t message(const uint8_t *p, size_t n)
{
	size_t at = 0, have = 0, need = 0, len;
	uint8_t head[4];

	while ((len = record(p + at, n - at)) > 0) {
		for (size_t k = 5; k < len && have + k - 5 < 4; k++)
			head[have + k - 5] = p[at + k];
		have += len - 5;
		at += len;
		if (have >= 4)
			need = 4 +
				((size_t)head[1] << 16 | (size_t)head[2] << 8 |
					head[3]);
		if (need && have >= need)
			return at;
	}
	return 0;
}

/* What the client got from the server may be seen by one who must not get
 * anything outside the profile. */
static void check_server(const uint8_t *p, size_t n, int again)
{
	struct server_hello h = {0};
	static uint8_t scratch[LIMIT];
	size_t len;

	while (n && (*p == 21 || (*p == 20 && again))) {
		len = record(p, n);
		if (!len)
			return;
		p += len, n -= len;
	}
	if (!n)
		return;
	if (hello_parse_server(&h, p, n, LIMIT, scratch) != HELLO_OK ||
		h.version < 0x0303 || h.suite != SUITE || (again && h.is_hrr))
		abort();
	len = message(p, n);
	if (h.is_hrr && len)
		check_server(p + len, n - len, 1);
}

/* While the guard stands, a handshake record towards the server is a hello
 * with the same name. */
static void check_client(const uint8_t *p, size_t n)
{
	struct hello h = {0};
	static uint8_t scratch[LIMIT];
	size_t len;

	while (n && *p != 22) {
		len = record(p, n);
		if (!len)
			return;
		p += len, n -= len;
	}
	if (n && !conn.flow[CLIENT].ended &&
		(hello_parse(&h, p, n, LIMIT, scratch) != HELLO_OK ||
			strcmp(h.sni, conn_sni(&conn)) != 0))
		abort();
}

static void check(void)
{
	for (int d = 0; d < 2; d++) {
		size_t rest = buf_len(conn_io(&conn, d)->in);

		if (out[d].n > in[d].n ||
			memcmp(out[d].b, in[d].b, out[d].n) != 0)
			abort();
		if (!conn.inspect && !conn_over(&conn) &&
			out[d].n + rest != in[d].n)
			abort();
	}
	if (is_enforcing)
		check_server(out[SERVER].b, out[SERVER].n, 0);
	if (conn.inspect && out[CLIENT].n > first_hello)
		check_client(out[CLIENT].b + first_hello,
			out[CLIENT].n - first_hello);
}

static void pass(int d, const uint8_t *p, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1); /* exact: ASan sees overreads */

	memcpy(copy, p, n);
	conn.bytes[d] += n;
	if (inspect_pass(&conn, d, copy, n) != IO_DONE)
		abort();
	free(copy);
}

/* As relay.c does it: octets that were put back come first. */
static void pump(int d)
{
	struct buf **b = &conn_io(&conn, d)->in;

	while (*b && conn.inspect && !conn_over(&conn) &&
		!inspect_waits(&conn, d)) {
		static uint8_t chunk[ROOM];
		size_t n = inspect_room(&conn, d, buf_len(*b));

		if (n == 0 || n > buf_len(*b))
			abort();
		memcpy(chunk, buf_data(*b), n);
		buf_consume(b, n);
		pass(d, chunk, n);
		check();
	}
}

static void give(int d, const uint8_t *p, size_t n)
{
	if (n == 0 || conn.flow[d].ended)
		return;
	put(&in[d], p, n);
	if (buf_append(&conn_io(&conn, d)->in, p, n) != 0)
		abort();
	pump(d);
}

static void end(int d)
{
	/* What waits is read first. */
	if (conn.flow[d].ended || conn_io(&conn, d)->in)
		return;
	conn.flow[d].ended = 1;
	if (inspect_end(&conn, d) < 0 && !conn_over(&conn))
		abort();
}

static void steps(const uint8_t *p, size_t n)
{
	while (n >= 2 && conn.inspect && !conn_over(&conn)) {
		int d = *p & FROM_SERVER ? SERVER : CLIENT;
		size_t len = p[1] * (*p & LONG ? 64u : 1u);

		if (len > n - 2)
			len = n - 2;
		if (*p & END)
			end(d);
		else
			give(d, p + 2, len);
		len = *p & END ? 2 : 2 + len;
		p += len, n -= len;
		check();
		if (conn.inspect && !conn_over(&conn))
			pump(CLIENT);
		check();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tbl_profile profile = {
		.tls_min = 0x0303, .tls_max = 0x0304};
	static struct tbl_limit limit = {.hello_bytes = LIMIT};
	static struct tbl_action action;
	static struct generation gen = {.table = {.profile = &profile,
						.limit = &limit,
						.action = &action}};
	static struct worker worker;
	static char name[] = "a.example.com";

	if (size < 2 || size > ROOM / 2)
		return 0;
	is_enforcing = data[0] & IS_ENFORCING;
	action.enforce = is_enforcing ? 0 : TBL_NONE;
	memset(&conn, 0, sizeof(conn));
	memset(&leg, 0, sizeof(leg));
	conn.leg = &leg;
	worker.hello_scratch = malloc(LIMIT);
	conn.worker = &worker;
	conn.gen = &gen;
	conn.state = CONN_RELAY;
	conn.names = name;
	conn.tls_version = data[0] & IS_TLS13 ? 0x0304 : 0x0303;
	conn.hello_left = (uint32_t)(first_hello = data[1]);
	in[0].n = in[1].n = out[0].n = out[1].n = 0;
	inspect_start(&conn);
	steps(data + 2, size - 2);
	inspect_free(&conn.inspect);
	buf_free(&conn.client.in);
	buf_free(&conn_io(&conn, SERVER)->in);
	free(worker.hello_scratch);
	return 0;
}
