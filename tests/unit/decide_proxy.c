/* Who a client is before it is decided: PROXY headers, limits, and those that
 * leave. */
/* LINK: grammar/words.c runtime/worker/decide.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/table/hello.c runtime/table/hello_ext.c runtime/table/hello_judge.c runtime/common/proxyproto.c runtime/common/keepalive.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
/* LIBS: -lev */
#include "decide_client.h"

/* ---- PROXY headers ---- */

#define V1 "PROXY TCP4 198.51.100.9 192.0.2.77 4711 443\r\n"

static size_t header_v2(uint8_t *out)
{
	static const uint8_t from[4] = {198, 51, 100, 9};
	static const uint8_t to[4] = {192, 0, 2, 77};
	struct proxy_facts f = {.family = TBL_V4,
		.source = from,
		.dest = to,
		.source_port = 4711,
		.dest_port = 443};

	return proxyproto_write_v2(out, PROXY_OUT_MAX, &f);
}

static void is_proxied(void)
{
	assert_memory_equal(c->addr, "\xc6\x33\x64\x09", 4);
	assert_int_equal(c->family, TBL_V4);
	assert_int_equal(c->port, 4711);
	assert_non_null(c->proxied);
	assert_memory_equal(c->proxied->addr, "\xc0\x00\x02\x4d", 4);
	assert_int_equal(c->proxied->port, 443);
	assert_int_equal(c->proxied->family, TBL_V4);
	/* Counted once as nobody's, once as the client's. */
	assert_int_equal(entered, 2);
	assert_int_equal(source_known[0], LIMITS_BALANCER);
	assert_int_equal(source_known[1], LIMITS_CLIENT);
}

static void proxied_hello(const uint8_t *header, size_t n)
{
	struct build m, all = {.n = 0};
	size_t cut;

	named(&m, "shop.example.com");
	put_bytes(&all, header, n);
	put_bytes(&all, m.b, m.n);
	send_all(BALANCER, all.b, all.n);
	is_forwarded(MODE_OFFLOAD, m.b, m.n);
	is_proxied();
	client_end();
	for (cut = 0; cut < all.n; cut++) {
		send_cut(BALANCER, all.b, all.n, cut);
		is_forwarded(MODE_OFFLOAD, m.b, m.n);
		assert_int_equal(c->hello_left, m.n);
		is_proxied();
		client_end();
	}
}

static void a_header_says_who_it_is(void **state)
{
	uint8_t v2[PROXY_OUT_MAX];

	proxied_hello((const uint8_t *)V1, strlen(V1));
	proxied_hello(v2, header_v2(v2));
}

/* Whom the header names is who is judged. */
static void the_named_source_decides(void **state)
{
	struct build m = {.n = 0}, h;

	named(&h, "shop.example.com");
	put_bytes(&m, "PROXY TCP4 192.0.2.1 192.0.2.77 1 2\r\n", 37);
	put_bytes(&m, h.b, h.n);
	send_all(BALANCER, m.b, m.n);
	is_closed(CLOSE_REJECTED, 0);
	assert_int_equal(c->own, 1);
	client_end();
}

static void a_header_may_say_nothing(void **state)
{
	struct build m;

	named(&m, "shop.example.com");
	client(BALANCER);
	say("PROXY UNKNOWN\r\n", 15);
	decide_start(c);
	assert_int_equal(c->state, CONN_HELLO);
	assert_null(c->client.in);
	assert_null(c->hello);
	assert_null(c->proxied);
	assert_int_equal(c->addr[0], 127);
	assert_int_equal(c->port, 1000);
	assert_int_equal(entered, 2);
	say(m.b, m.n);
	turn();
	is_forwarded(MODE_OFFLOAD, m.b, m.n);
	client_end();
}

static void where_one_is_due_nothing_else_is_taken(void **state)
{
	struct build m;

	named(&m, "shop.example.com");
	send_all(BALANCER, m.b, m.n);
	is_closed(CLOSE_PROXY_HEADER, 0);
	assert_true(detail[0]);
	assert_int_equal(entered, 1);
	client_end();
	send_cut(BALANCER, (const uint8_t *)"PROXY NONE\r\n", 12, 8);
	is_closed(CLOSE_PROXY_HEADER, 0);
	assert_true(detail[0]);
	assert_int_equal(c->state, CONN_CLOSED);
	client_end();
}

/* Also where the arm forwards what is malformed, and in pieces. */
static void a_header_from_others_is_forged(void **state)
{
	uint8_t v2[PROXY_OUT_MAX];
	size_t n = header_v2(v2), cut;

	malformed_arm(-1);
	send_all(OUTSIDE, V1, strlen(V1));
	is_closed(CLOSE_PROXY_HEADER, 0);
	assert_string_equal(detail, "not accepted from this source");
	assert_int_equal(entered, 1);
	assert_int_equal(source_known[0], LIMITS_CLIENT);
	client_end();
	send_all(OUTSIDE, v2, n);
	is_closed(CLOSE_PROXY_HEADER, 0);
	client_end();
	for (cut = 1; cut < 6; cut++) {
		send_cut(OUTSIDE, (const uint8_t *)V1, 6, cut);
		is_closed(CLOSE_PROXY_HEADER, 0);
		client_end();
	}
	/* It only began like one. */
	send_cut(OUTSIDE, (const uint8_t *)"PRI * HTTP/2.0", 14, 2);
	is_forwarded(MODE_PASSTHROUGH, "PRI * HTTP/2.0", 14);
	client_end();
}

/* ---- ends ---- */

static void reset(void)
{
	struct linger now = {1, 0};

	setsockopt(far, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(far);
	far = -1;
}

static void client_leaves(const char *first, int with_reset,
	enum close_reason r, const char *what)
{
	client(OUTSIDE);
	if (first)
		say(first, strlen(first));
	decide_start(c);
	if (with_reset)
		reset();
	else
		shutdown(far, SHUT_WR);
	turn();
	assert_int_equal(reason, r);
	assert_int_equal(alert, 0);
	assert_string_equal(detail, what);
	assert_int_equal(steps, 0);
	client_end();
}

static void it_may_leave(void **state)
{
	client_leaves(NULL, 0, CLOSE_HELLO_EOF, "");
	client_leaves("\x16\3", 0, CLOSE_HELLO_EOF, "");
	client_leaves(NULL, 1, CLOSE_HELLO_EOF, "reset");
	client_leaves("\x16\3", 1, CLOSE_CLIENT_RESET, "");
}

/* ---- limits ---- */

/* The n-th question is refused: nothing happens behind it. */
static void refused_at(
	unsigned n, const char *from, const char *text, enum conn_state before)
{
	struct build m = {.n = 0}, h;

	named(&h, "shop.example.com");
	put_bytes(&m, text, strlen(text));
	put_bytes(&m, h.b, h.n);
	refuse_enter = n;
	send_all(from, m.b, m.n);
	refuse_enter = 0;
	is_closed(CLOSE_LIMIT, 0);
	assert_int_equal(entered, n);
	assert_int_equal(compared, before == CONN_QUEUE);
	assert_false(ev_is_active(&c->client.w));
	client_end();
}

static void second_limit(unsigned seconds)
{
	struct m_limit *l = ADD(arena, model->limits);

	*l = model->limits.v[0];
	l->name.text = "second";
	l->keepalive_s = seconds;
	model->actions.v[FIX_OFFLOAD].limit = 1;
	table_make();
}

static void limits_refuse(void **state)
{
	struct build m;

	worker.shadow = (void *)&compared;
	refused_at(1, OUTSIDE, "", CONN_NEW);
	refused_at(1, BALANCER, V1, CONN_NEW);
	refused_at(2, BALANCER, V1, CONN_PROXY);
	second_limit(7);
	refused_at(2, OUTSIDE, "", CONN_QUEUE);
	refused_at(3, BALANCER, V1, CONN_QUEUE);
	named(&m, "shop.example.com");
	refuse_admit = 1;
	send_all(OUTSIDE, m.b, m.n);
	is_closed(CLOSE_LIMIT, 0);
	assert_int_equal(entered, 0);
	client_end();
}

/* Of a hello that is kept: half, whole, and behind half a header. */
static void kept_hellos_are_limited(void **state)
{
	struct build m;

	named(&m, "shop.example.com");
	refuse_hello = 1;
	send_all(OUTSIDE, m.b, 20);
	is_closed(CLOSE_LIMIT, 0);
	assert_false(ev_is_active(&c->client.w));
	client_end();
	send_all(OUTSIDE, m.b, m.n);
	is_closed(CLOSE_LIMIT, 0);
	client_end();
	send_all(BALANCER, V1, 20);
	is_closed(CLOSE_LIMIT, 0);
	assert_false(ev_is_active(&c->client.w));
	client_end();
	send_all(OUTSIDE, "PRO", 3);
	is_closed(CLOSE_LIMIT, 0);
	assert_false(ev_is_active(&c->client.w));
	client_end();
	refuse_hello = 2;
	client(OUTSIDE);
	say(m.b, 20);
	decide_start(c);
	say(m.b + 20, 10);
	turn();
	assert_int_equal(reason, CLOSE_LIMIT);
	client_end();
}

static int keepalive_of(int fd)
{
	int on = 0, idle = 0;
	socklen_t n = sizeof(on);

	getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, &n);
	getsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, &n);
	return on ? idle : 0;
}

/* A route has limits of its own: counted there, too, and its keepalive. */
static void a_route_has_its_limits(void **state)
{
	struct build m;

	second_limit(7);
	named(&m, "shop.example.com");
	send_all(OUTSIDE, m.b, m.n);
	is_forwarded(MODE_OFFLOAD, m.b, m.n);
	assert_int_equal(c->limit, 1);
	assert_int_equal(entered, 2);
	assert_int_equal(source_known[1], LIMITS_CLIENT);
	assert_int_equal(keepalive_of(c->client.w.fd), 7);
	client_end();
	named(&m, "any.example.com");
	send_all(OUTSIDE, m.b, m.n);
	is_forwarded(MODE_PASSTHROUGH, m.b, m.n);
	assert_int_equal(c->limit, 0);
	assert_int_equal(entered, 1);
	assert_int_equal(keepalive_of(c->client.w.fd), 0);
	client_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(a_header_says_who_it_is),
		WITH(the_named_source_decides),
		WITH(a_header_may_say_nothing),
		WITH(where_one_is_due_nothing_else_is_taken),
		WITH(a_header_from_others_is_forged),
		WITH(it_may_leave),
		WITH(limits_refuse),
		WITH(kept_hellos_are_limited),
		WITH(a_route_has_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
