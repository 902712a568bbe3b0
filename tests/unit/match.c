/* tlsc match: queries as text and as JSON lines, captured hellos, and what an
 * answer looks like. */
/* LINK: tlsc */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "compiler/ask/match.h"
#include "table_fixture.h"

static struct arena *arena;
static struct table table;
static uint8_t *bytes;
static char err[512], name[256];

static int setup(void **state)
{
	size_t len;

	arena = arena_new();
	bytes = fix_table(fix_model(arena), &len, &table);
	return 0;
}

static int teardown(void **state)
{
	free(bytes);
	arena_free(&arena);
	return 0;
}

/* The answers to some lines; static. */
static const char *stream(const char *in, long bad)
{
	static char *out;
	size_t n;
	FILE *i = tmpfile(), *o;

	free(out);
	o = open_memstream(&out, &n);
	fputs(in, i);
	rewind(i);
	assert_int_equal(match_stream(&table, NULL, NULL, i, o), bad);
	fclose(i);
	fclose(o);
	return out;
}

/* A table alone does not say where a name stands. */
#define WHERE                                                                  \
	", \"name_file\": null, \"name_line\": null, "                         \
	"\"refused\": null}\n"
#define NAME(name) ", \"column\": 3, \"name\": \"" name "\"" WHERE
#define NOWHERE ", \"column\": 3, \"name\": null" WHERE
#define Q "{\"listener\": \"edge\", "

static void answers(void **state)
{
	assert_string_equal(
		stream(Q "\"sni\": \"api.example.com\", \"source\": "
			 "\"10.20.1.1\", \"alpn\": [\"h2\"], \"tls\": "
			 "\"1.3\"}\n",
			0),
		"{\"action\": \"bridge\", \"backend\": \"api\", \"reason\": "
		"null, \"route\": \"api\", \"file\": \"edge.tls\", \"line\": "
		"16" NAME("api.example.com"));
	assert_string_equal(stream(Q "\"sni\": null}\n", 0),
		"{\"action\": \"reject\", \"backend\": null, \"reason\": "
		"\"close\", \"route\": \"no-sni\", \"file\": \"edge.tls\", "
		"\"line\": 21" NOWHERE);
	/* The default source is one of the bots; order is kept. */
	assert_string_equal(
		stream(Q "\"sni\": \"x\", \"source\": \"::ffff:10.20.0.1\"}\n"
			 "\n" Q "\"sni\": \"X\"}",
			0),
		"{\"action\": \"offload\", \"backend\": \"web\", \"reason\": "
		"null, \"route\": \"shop\", \"file\": \"edge.tls\", \"line\": "
		"15" NAME("x") "{\"action\": \"reject\", \"backend\": null, "
			       "\"reason\": "
			       "\"close\", \"route\": \"shop\", \"file\": "
			       "\"edge.tls\", "
			       "\"line\": 21" NAME("x"));
}

static void impossible(void **state)
{
	static const char *const lines[] = {"nonsense", "[]", "{", "{}",
		"{\"sni\": \"x\"}", Q "\"sni\": 1}", Q "\"sni\": \"a..b\"}",
		Q "\"sni\": \"*.example.com\"}", Q "\"sni\": \"\"}",
		Q "\"sni\": \"1.2.3.4\"}", Q "\"tls\": \"1.4\"}",
		Q "\"tls\": 1.3}", Q "\"source\": \"10.0.0.0/8\"}",
		Q "\"source\": \"nobody\"}", Q "\"alpn\": \"h2\"}",
		Q "\"alpn\": [\"\"]}", Q "\"alpn\": [1]}",
		Q "\"sni\": \"x\", \"sni\": \"y\"}", Q "\"host\": \"x\"}",
		"{\"listener\": \"nobody\"}", Q "\"sni\": \"a\\u0000b\"}",
		"\"\xff\""};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *out = stream(lines[i], 1);

		if (strncmp(out, "{\"error\": \"", 11) ||
			strchr(out, '\n') != out + strlen(out) - 1)
			fail_msg("%s gives %s", lines[i], out);
	}
	assert_non_null(strstr(stream("{\"sni\": \"x\"}", 1), "2 frontends"));
}

/* What is wrong on one line does not hurt the next. */
static void goes_on(void **state)
{
	const char *out = stream("}\n" Q "\"sni\": \"x\"}\n{\n", 2);

	assert_non_null(strstr(out, "}\n{\"action\""));
}

static struct match_answer ask(const char *sni, const char *source)
{
	struct match_text x = {
		.listener = "edge", .sni = sni, .source = source};
	struct match_answer a;
	struct route_query q;

	assert_int_equal(
		match_query(&table, &x, &q, name, err, sizeof(err)), 0);
	match_decide(&table, &q, &a, NULL);
	return a;
}

static const char *printed(const struct match_answer *a)
{
	static char *out;
	size_t n;
	FILE *f;

	free(out);
	f = open_memstream(&out, &n);
	match_print(a, f);
	fclose(f);
	return out;
}

static void for_people(void **state)
{
	struct match_answer a = ask("x", "203.0.113.1");

	assert_string_equal(
		printed(&a), "offload to web (route shop, edge.tls:15)\n");
	a = ask("x", NULL);
	assert_string_equal(
		printed(&a), "reject close (frontend edge, edge.tls:21)\n");
	a = ask("b\xc3\xbc"
		"cher.example.com",
		"203.0.113.1");
	assert_string_equal(printed(&a),
		"passthrough to web enforcing "
		"intermediate (route wild, edge.tls:19)\n");
}

static void expectations(void **state)
{
	struct match_answer pass = ask("y.example.com", "203.0.113.1");
	struct match_answer no = ask("x", NULL);

	assert_int_equal(match_expected(&pass, "passthrough", err, 9), 1);
	assert_int_equal(
		match_expected(&pass, "passthrough to web", err, 9), 1);
	assert_int_equal(
		match_expected(&pass,
			"passthrough to web enforcing intermediate", err, 9),
		1);
	assert_int_equal(match_expected(&pass,
				 "passthrough to web enforcing modern", err, 9),
		0);
	assert_int_equal(
		match_expected(&pass, "passthrough to api", err, 9), 0);
	assert_int_equal(match_expected(&pass, "reject", err, 9), 0);
	assert_int_equal(match_expected(&no, "reject", err, 9), 1);
	assert_int_equal(match_expected(&no, "reject close", err, 9), 1);
	assert_int_equal(
		match_expected(&no, "reject access-denied", err, 9), 0);
	assert_int_equal(match_expected(&no, "refuse", err, 9), -1);
	assert_int_equal(match_expected(&no, "reject web", err, 9), -1);
	assert_int_equal(match_expected(&no, "offload web", err, 9), -1);
	assert_int_equal(match_expected(&no, "offload at web", err, 9), -1);
	assert_int_equal(match_expected(&no, "", err, 9), -1);
}

static void trace(void **state)
{
	struct match_text x = {.listener = "edge",
		.sni = "api.example.com",
		.source = "203.0.113.1"};
	struct match_answer a;
	struct route_query q;
	char *out;
	size_t n;
	FILE *f = open_memstream(&out, &n);

	assert_int_equal(
		match_query(&table, &x, &q, name, err, sizeof(err)), 0);
	match_decide(&table, &q, &a, f);
	fclose(f);
	assert_string_equal(out,
		"frontend edge: \"api.example.com\" matches "
		"\"api.example.com\" of route api\n"
		"edge.tls:21:3: reject close: no: another source address\n"
		"edge.tls:16:3: bridge to api: no: another source address\n"
		"edge.tls:17:3: passthrough to web: no: other ALPN protocols\n"
		"edge.tls:18:3: offload to web: applies\n");
	free(out);
}

/* The hello of a real client. */
static size_t captured(const char *which, uint8_t *buf, size_t size)
{
	char path[100];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/hello/%s", which);
	f = fopen(path, "rb");
	if (!f)
		return 0;
	n = fread(buf, 1, size, f);
	fclose(f);
	return n;
}

static void hellos(void **state)
{
	static const char *const clients[] = {
		"curl", "gnutls", "openssl-12", "openssl-13", "openssl-nosni"};
	struct match_text x = {.listener = "edge"};
	struct route_query q;
	uint8_t buf[8192];
	size_t i, n;
	int offers;

	for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		n = captured(clients[i], buf, sizeof(buf));
		if (!n)
			return; /* cmocka 1.1.5 calls a skipped test "not ok" */
		match_query(&table, &x, &q, name, err, sizeof(err));
		assert_int_equal(match_hello(&table, buf, n, &q, name, &offers,
					 err, sizeof(err)),
			0);
		assert_int_equal(q.sni_kind,
			strstr(clients[i], "nosni") ? ROUTE_SNI_NONE
						    : ROUTE_SNI_NAME);
		assert_int_equal(
			q.tls_bit, strstr(clients[i], "-12") ? 0x04 : 0x08);
		/* Without its record header, and cut off. */
		assert_int_equal(match_hello(&table, buf + 5, n - 5, &q, name,
					 &offers, err, sizeof(err)),
			0);
		assert_int_equal(match_hello(&table, buf, n - 1, &q, name,
					 &offers, err, sizeof(err)),
			-1);
	}
	assert_int_equal(match_hello(&table, (const uint8_t *)"GET / HTTP", 10,
				 &q, name, &offers, err, sizeof(err)),
		1);
	assert_int_equal(q.sni_kind, ROUTE_SNI_MALFORMED);
	assert_int_equal(match_hello(&table, buf, 0, &q, name, &offers, err,
				 sizeof(err)),
		-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(answers),
		cmocka_unit_test(impossible), cmocka_unit_test(goes_on),
		cmocka_unit_test(for_people), cmocka_unit_test(expectations),
		cmocka_unit_test(trace), cmocka_unit_test(hellos)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
