/* From the octets of a client to the first step of each mode. */
/* LINK: grammar/words.c runtime/worker/decide.c runtime/tls/io.c runtime/tls/outcome.c runtime/common/buf.c runtime/table/hello.c runtime/table/hello_ext.c runtime/table/hello_judge.c runtime/common/proxyproto.c runtime/common/keepalive.c runtime/table/table.c runtime/table/check.c runtime/table/check_parts.c runtime/table/utf8.c runtime/table/check_rules.c runtime/table/check_names.c runtime/table/check_extra.c runtime/table/path.c runtime/table/check_sites.c runtime/table/check_content.c runtime/seal/hash.c runtime/table/siphash.c runtime/table/route.c compiler/base/arena.c compiler/table/emit.c compiler/table/emit_buf.c compiler/table/emit_parts.c compiler/table/emit_rules.c compiler/table/emit_names.c compiler/table/emit_extra.c compiler/table/emit_index.c compiler/table/emit_paths.c compiler/table/emit_content.c */
/* LIBS: -lev */
#include "decide_client.h"

static void decides(const char *from, const char *sni, enum mode mode)
{
	struct build m;

	named(&m, sni);
	send_all(from, m.b, m.n);
	is_forwarded(mode, m.b, m.n);
	assert_int_equal(c->hello_left, m.n);
	assert_int_equal(c->tls_version, 0x0304);
	assert_int_equal(c->hello_us, 7);
	assert_string_equal(conn_sni(c), sni);
	assert_string_equal(conn_sni(c) + strlen(sni) + 1, "h2,http/1.1");
	assert_int_equal(c->alpn, 1 << FIX_H2 | 1 << FIX_HTTP11);
	client_end();
}

/* Nothing has been allocated for it. */
static void refuses(const char *from, const char *sni, int a, int own)
{
	struct build m;

	named(&m, sni);
	send_all(from, m.b, m.n);
	is_closed(CLOSE_REJECTED, a);
	assert_false(had_kept);
	assert_int_equal(hellos, 0);
	assert_int_equal(c->own, own);
	assert_int_equal(c->mode, MODE_REJECT);
	client_end();
}

static void each_mode_has_its_step(void **state)
{
	decides(OUTSIDE, "shop.example.com", MODE_OFFLOAD);
	decides(OFFICE, "api.example.com", MODE_BRIDGE);
	decides(OUTSIDE, "api.example.com", MODE_PASSTHROUGH);
	decides(OUTSIDE, "any.example.com", MODE_PASSTHROUGH);
	refuses(OUTSIDE, "a.b.example.com", 49, 0);
	refuses(OUTSIDE, NULL, 49, 0);
	refuses(BOT, "shop.example.com", 0, 1);
}

/* Of an older version the clause that wants 1.3 is not for it. */
static void the_version_counts(void **state)
{
	struct build m;

	hello(&m, "api.example.com", NULL, 0, 0, 0);
	send_all(OFFICE, m.b, m.n);
	is_forwarded(MODE_OFFLOAD, m.b, m.n);
	assert_int_equal(c->tls_version, 0x0303);
	assert_int_equal(c->alpn, 0);
	client_end();
}

static void without_route_the_default(void **state)
{
	decides(OUTSIDE, "elsewhere.example.net", MODE_PASSTHROUGH);
	refuses(OFFICE, "elsewhere.example.net", 0, 0);
}

static void each_rejection_has_its_alert(void **state)
{
	static const int alerts[REJECT_WORDS - 1] = {0, 112, 40, 49};
	int i;

	for (i = 0; i < REJECT_WORDS - 1; i++) {
		model->actions.v[FIX_DENY].reject = (uint8_t)i;
		table_make();
		refuses(OUTSIDE, "a.b.example.com", alerts[i], 0);
	}
}

/* ---- pieces ---- */

static void pieces_change_nothing(void **state)
{
	struct build m;
	size_t cut;

	named(&m, "shop.example.com");
	for (cut = 0; cut < m.n; cut++) {
		send_cut(OUTSIDE, m.b, m.n, cut);
		is_forwarded(MODE_OFFLOAD, m.b, m.n);
		assert_int_equal(c->hello_left, m.n);
		assert_string_equal(conn_sni(c), "shop.example.com");
		assert_true(most_kept >= m.n);
		client_end();
	}
}

/* While it is not whole it is kept, counted and waited for. */
static void a_half_hello_waits(void **state)
{
	struct build m;

	named(&m, "shop.example.com");
	send_all(OUTSIDE, m.b, 20);
	assert_non_null(c->hello);
	assert_int_equal(c->hello->gather.need, m.n - 5); /* not read again */
	assert_int_equal(hellos, 1);
	assert_int_equal(buf_len(c->client.in), 20);
	assert_int_equal(c->client.w.events & EV_READ, EV_READ);
	assert_true(ev_is_active(&c->client.w));
	assert_int_equal(c->mode, MODE_NONE);
	client_end();
}

/* Early data and the like go on, but are no part of the hello. */
static void what_comes_behind_is_kept(void **state)
{
	struct build m;
	size_t n;

	named(&m, "shop.example.com");
	n = m.n;
	put_bytes(&m, "\x17\3\3\0\5early", 10);
	send_all(OUTSIDE, m.b, m.n);
	is_forwarded(MODE_OFFLOAD, m.b, m.n);
	assert_int_equal(c->hello_left, n);
	client_end();
}

/* ---- too long, malformed ---- */

static void too_long(const char *what, size_t n, int a)
{
	send_all(OUTSIDE, what, n);
	is_closed(CLOSE_HELLO_TOO_BIG, a);
	assert_int_equal(c->mode, MODE_NONE);
	client_end();
}

/* Never the arm's "passthrough"; and an alert only where it sends alerts. */
static void too_long_is_the_end(void **state)
{
	static const char head[] = "\x16\3\1\x40\0\1\1\0\0";
	int i;

	for (i = -1; i < REJECT_WORDS; i++) {
		malformed_arm(i);
		too_long(head, 9, i == REJECT_ALERT ? 47 : 0);
	}
	model->limits.v[0].hello_bytes = 40;
	table_make();
	too_long("\x16\3\1\0\x29\1\0\0\x25", 9, 47);
	send_all(OUTSIDE, "\x16\3\1\0\x28\1\0\0\x24", 9);
	assert_false(conn_over(c));
	client_end();
}

static void each_answer_to_what_is_malformed(void **state)
{
	/* "alert": the one that fits: unexpected_message. */
	static const int alerts[REJECT_WORDS] = {0, 112, 40, 49, 10};
	int i;

	for (i = 0; i < REJECT_WORDS; i++) {
		malformed_arm(i);
		send_all(OUTSIDE, "GET / HTTP/1.0\r\n", 16);
		is_closed(CLOSE_MALFORMED, alerts[i]);
		assert_string_equal(detail, "not-tls");
		assert_false(had_kept);
		client_end();
	}
	malformed_arm(-1);
	send_all(OUTSIDE, "GET / HTTP/1.0\r\n", 16);
	is_forwarded(MODE_PASSTHROUGH, "GET / HTTP/1.0\r\n", 16);
	assert_int_equal(c->hello_left, UINT32_MAX);
	assert_null(c->names);
	client_end();
}

static void each_fault_has_its_alert(void **state)
{
	static const struct {
		const char *p;
		size_t n;
		enum hello_fault fault;
		int alert;
	} v[] = {
		{"\x80\x2e\1\3\1", 5, HELLO_FAULT_SSLV2, 70},
		{"\x16\2", 2, HELLO_FAULT_RECORD_VERSION, 70},
		{"\x16\3\1\0\0", 5, HELLO_FAULT_RECORD_EMPTY, 10},
		{"\x16\3\1\x7f\0", 5, HELLO_FAULT_RECORD_LONG, 22},
		{"\x16\3\1\0\4\2", 6, HELLO_FAULT_NOT_HELLO, 10},
		{"\x16\3\1\0\4\1\0\0\0", 9, HELLO_FAULT_SHORT, 50},
	};
	size_t i;

	malformed_arm(REJECT_ALERT);
	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		send_all(OUTSIDE, v[i].p, v[i].n);
		is_closed(CLOSE_MALFORMED, v[i].alert);
		assert_string_equal(detail, hello_fault_word(v[i].fault));
		client_end();
		send_cut(OUTSIDE, (const uint8_t *)v[i].p, v[i].n, 0);
		is_closed(CLOSE_MALFORMED, v[i].alert);
		assert_string_equal(detail, hello_fault_word(v[i].fault));
		client_end();
	}
}

/* Its name decides nothing, and is told only where it is refused. */
static void a_malformed_name_is_for_the_log(void **state)
{
	struct build m;

	hello(&m, "shop.example.com", NULL, 0, 1, 1);
	malformed_arm(REJECT_CLOSE);
	send_all(OUTSIDE, m.b, m.n);
	is_closed(CLOSE_MALFORMED, 0);
	assert_string_equal(conn_sni(c), "shop.example.com");
	client_end();
	malformed_arm(-1);
	send_cut(OUTSIDE, m.b, m.n, 30);
	is_forwarded(MODE_PASSTHROUGH, m.b, m.n);
	assert_null(c->names);
	assert_int_equal(c->list, FIX_MALFORMED);
	assert_int_equal(c->tls_version, 0);
	client_end();
}

static void alpn_in_the_log_is_bounded(void **state)
{
	char list[520];
	struct build m;
	size_t i;

	for (i = 0; i < sizeof(list); i += 26) {
		list[i] = 25;
		memset(list + i + 1, 'a' + (int)(i / 26), 25);
	}
	list[3] = 0;
	hello(&m, "shop.example.com", list, sizeof(list), 1, 0);
	send_all(OUTSIDE, m.b, m.n);
	is_forwarded(MODE_OFFLOAD, m.b, m.n);
	/* Nine with their commas are 233 octets, ten would be 259. */
	assert_int_equal(strlen(c->names + 17), 9 * 26 - 1);
	assert_int_equal(c->names[17 + 2], 0x1a);
	assert_int_equal(c->names[17 + 25], ',');
	assert_int_equal(c->alpn, 0);
	client_end();
}

/* ---- a table beside ---- */

static void a_shadow_sees_every_decision(void **state)
{
	struct build m;

	worker.shadow = (void *)&compared;
	named(&m, "shop.example.com");
	send_cut(OUTSIDE, m.b, m.n, 0);
	assert_int_equal(compared, 1);
	assert_int_equal(compared_malformed, 0);
	client_end();
	send_all(OUTSIDE, "GET /", 5);
	assert_int_equal(compared, 1);
	assert_int_equal(compared_malformed, 1);
	client_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(each_mode_has_its_step),
		WITH(the_version_counts),
		WITH(without_route_the_default),
		WITH(each_rejection_has_its_alert),
		WITH(pieces_change_nothing),
		WITH(a_half_hello_waits),
		WITH(what_comes_behind_is_kept),
		WITH(too_long_is_the_end),
		WITH(each_answer_to_what_is_malformed),
		WITH(each_fault_has_its_alert),
		WITH(a_malformed_name_is_for_the_log),
		WITH(alpn_in_the_log_is_bounded),
		WITH(a_shadow_sees_every_decision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
