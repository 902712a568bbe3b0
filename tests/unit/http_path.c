/*
 * Readings of paths, one by one; tests/http.t compares them with a model of
 * their own over many.
 */
/* LINK: runtime/http/path.c runtime/http/octets.c */
#include "runtime/http/path.h"
#include "tests/unit/http_parts.h"

static struct http_readings r;

static enum http_reason read_path(const char *path)
{
	static char *copy;

	free(copy);
	copy = malloc(strlen(path) + 1);
	memcpy(copy, path, strlen(path));
	return http_path_read(&r, (struct http_slice){copy, strlen(path)});
}

static void reads(const char *path, size_t n, const char *const *want)
{
	size_t used = 0;

	assert_int_equal(read_path(path), HTTP_FINE);
	assert_int_equal(r.count, n);
	for (size_t i = 0; i < n; i++) {
		unsigned at = 0;

		while (at < r.count &&
			(r.of[at].n != strlen(want[i]) ||
				memcmp(r.of[at].at, want[i], r.of[at].n) != 0))
			at++;
		assert_int_not_equal(at, r.count);
	}
	assert_slice(r.of[0], path);
	for (size_t i = 1; i < n; i++)
		used += strlen(want[i]);
	assert_int_equal(r.used, used);
}

#define READS(path, ...)                                                       \
	do {                                                                   \
		const char *const w[] = {path, ##__VA_ARGS__};                 \
		reads(path, sizeof(w) / sizeof(*w), w);                        \
	} while (0)

static void plain_paths_have_one(void **state)
{
	/* One scan is all there is to it: nothing is hashed. */
	r.hash[0] = 7;
	READS("/");
	READS("/a/b-c_d~e.f/");
	READS("/a!$&'()*+,=:@b");
	READS("/a..b");
	assert_int_equal(r.hash[0], 7);
	READS("/.well-known/x");
	READS("/...");
	assert_int_equal(r.used, 0);
}

static void each_step(void **state)
{
	READS("/%61", "/a");                                  /* 2 */
	READS("/a%2fb", "/a/b");                              /* 5 */
	READS("/%252f", "/%2f", "//", "/");                   /* 6, e */
	READS("/a/%2e%2E/b", "/a/../b", "/b", "/a/%2e%2e/b"); /* 3, f, g */
	READS("/x%2e", "/x.");                                /* 3 */
	READS("/a%5cb", "/a\\b", "/a/b");                     /* a */
	READS("/a%3fb", "/a?b", "/a");                        /* b */
	READS("/a%23b", "/a#b", "/a");                        /* b */
	READS("/a;x/b", "/a/b", "/a");                        /* c, d */
	READS("/a//b", "/a/b");                               /* e */
	READS("/a/./b", "/a/b");                              /* f */
	READS("/../a", "/a");                                 /* f */
	READS("/a/..", "/");                                  /* f */
	READS("/a/b/.", "/a/b/");                             /* f */
	READS("/aZ", "/az");                                  /* g */
	READS("/Ab", "/ab");                                  /* g */
}

static void steps_together(void **state)
{
	READS("/a/..;/b", "/a/../b", "/a/..", "/b", "/");
	READS("/a//../b", "/a/../b", "/a/b", "/b");
	READS("/group%2Fproject", "/group/project", "/group%2fproject");
	READS("/a%25", "/a%");
	/* 7: dots first, and then a slash that was not one. */
	READS("/x/../b%2f..", "/b%2f..", "/b/..", "/x/../b/..", "/");
	/* 8: the parameter had the slash. */
	READS("/%40;x%2fb/c", "/@;x/b/c", "/@/c", "/@/b/c", "/@", "/%40/c",
		"/%40");
}

static void refusals(void **state)
{
	static const struct {
		const char *path;
		enum http_reason why;
	} bad[] = {
		{"", HTTP_REASON_PATH},
		{"a", HTTP_REASON_PATH},
		{"*", HTTP_REASON_PATH},
		{"/%", HTTP_REASON_PATH_PERCENT},
		{"/%4", HTTP_REASON_PATH_PERCENT},
		{"/%4g", HTTP_REASON_PATH_PERCENT},
		{"/%%41", HTTP_REASON_PATH_PERCENT},
		{"/%u0041", HTTP_REASON_PATH_PERCENT},
		{"/a%00", HTTP_REASON_PATH_NUL},
		{"/a%2500", HTTP_REASON_PATH_NUL},
		{"/a%25%30%30", HTTP_REASON_PATH_NUL},
		{"/a\\b", HTTP_REASON_PATH_OCTET},
		{"/a b", HTTP_REASON_PATH_OCTET},
		{"/a?b", HTTP_REASON_PATH_OCTET},
		{"/a#b", HTTP_REASON_PATH_OCTET},
		{"/a|", HTTP_REASON_PATH_OCTET},
		{"/[", HTTP_REASON_PATH_OCTET},
		{"/\x7f", HTTP_REASON_PATH_OCTET},
		{"/\xc3\xa9", HTTP_REASON_PATH_OCTET},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_path(bad[i].path), bad[i].why);
}

static void longest(void **state)
{
	static char s[HTTP_PATH_MAX + 2];

	memset(s, 'a', sizeof(s) - 1);
	s[0] = '/';
	assert_int_equal(read_path(s), HTTP_REASON_PATH_LONG);
	s[HTTP_PATH_MAX] = '\0';
	assert_int_equal(read_path(s), HTTP_FINE);
	s[1] = 'A';
	assert_int_equal(read_path(s), HTTP_FINE);
	assert_int_equal(r.count, 2);
}

/* More readings than there is room for are refused, and nothing is written
 * beyond it (ASan sees the copy of exact size). */
static void room_is_bounded(void **state)
{
	static const char hostile[] = "/%5C;A%3f%2f..%252E//%61/./%2e%2e/";
	static char s[HTTP_PATH_MAX + 1];
	struct http_readings *exact = malloc(sizeof(*exact));
	int refused = 0;

	for (size_t n = 0; n + sizeof(hostile) < sizeof(s);
		n += sizeof(hostile) - 1) {
		enum http_reason why;

		memcpy(s + n, hostile, sizeof(hostile));
		why = http_path_read(exact, slice(s));
		if (why == HTTP_FINE)
			assert_true(exact->used <= HTTP_PATH_ROOM);
		else
			assert_int_equal(why, HTTP_REASON_PATH_LONG);
		refused += why != HTTP_FINE;
	}
	assert_true(refused > 0);
	free(exact);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_paths_have_one),
		cmocka_unit_test(each_step),
		cmocka_unit_test(steps_together),
		cmocka_unit_test(refusals),
		cmocka_unit_test(longest),
		cmocka_unit_test(room_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
