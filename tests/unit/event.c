/* Lines about events: whatever a value contains, a line is one line, and JSON
 * is JSON; a destination that takes nothing stops nothing. */
/* LINK: runtime/common/event.c runtime/common/logline.c runtime/common/logsink.c runtime/table/utf8.c */
/* LIBS: -ljansson */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/event.h"

static int in[2];
static char line[4096];

static int setup(void **state)
{
	return pipe2(in, O_NONBLOCK);
}

static int teardown(void **state)
{
	event_use(STDERR_FILENO, (struct ipc_log){0, 0}); /* closes in[1] */
	close(in[0]);
	return 0;
}

static const char *said(void)
{
	ssize_t n = read(in[0], line, sizeof(line) - 1);

	line[n > 0 ? n : 0] = 0;
	return line;
}

static void test_logfmt(void **state)
{
	event_use(in[1], (struct ipc_log){0, 0});
	event_log(EVENT_NOTICE, "loaded", "policy", "a b", "none", NULL,
		"empty", "", "n", "7", NULL);
	assert_int_equal(0, strncmp(said(), "time=20", 7));
	assert_non_null(strstr(
		line, "Z level=notice event=loaded policy=\"a b\" n=7\n"));
}

static void test_one_line(void **state)
{
	event_use(in[1], (struct ipc_log){0, 0});
	event_log(EVENT_ERROR, "x", "v", "a\nlevel=info \"q\"\\\x1b\x7f", NULL);
	said();
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_non_null(strstr(line,
		"v=\"a\\u000alevel=info \\\"q\\\"\\\\"
		"\\u001b\\u007f\""));
}

static void test_json(void **state)
{
	json_t *o;

	event_use(in[1], (struct ipc_log){1, 0});
	event_log(EVENT_ERROR, "x", "v", "a\n\"q\"\\\x01", "k", "=", NULL);
	o = json_loads(said(), 0, NULL);
	assert_non_null(o);
	assert_string_equal(
		"a\n\"q\"\\\x01", json_string_value(json_object_get(o, "v")));
	assert_string_equal(
		"error", json_string_value(json_object_get(o, "level")));
	json_decref(o);
}

/* As the lines of connections have them. */
static void test_numbers(void **state)
{
	json_t *o;

	event_use(in[1], (struct ipc_log){1, 0});
	event_log(EVENT_ERROR, "x", "generation", "17", "ms", "0.3", "pid",
		"010", "serial", "1e", "reason", "7", "seconds", "", "uid",
		"5.", NULL);
	o = json_loads(said(), 0, NULL);
	assert_non_null(o);
	assert_int_equal(
		17, json_integer_value(json_object_get(o, "generation")));
	assert_true(json_real_value(json_object_get(o, "ms")) > 0.29);
	/* What is none stays text, or the line would be no JSON. */
	assert_string_equal(
		"010", json_string_value(json_object_get(o, "pid")));
	assert_string_equal(
		"1e", json_string_value(json_object_get(o, "serial")));
	assert_string_equal("5.", json_string_value(json_object_get(o, "uid")));
	assert_string_equal(
		"7", json_string_value(json_object_get(o, "reason")));
	assert_null(json_object_get(o, "seconds"));
	json_decref(o);
	event_use(in[1], (struct ipc_log){0, 0});
	event_log(EVENT_ERROR, "x", "pid", "17", "ms", "0.3", NULL);
	assert_non_null(strstr(said(), " pid=17 ms=0.3\n"));
}

static void test_too_long(void **state)
{
	char *big = malloc(10001);
	int json;

	memset(big, '"', 10000);
	big[10000] = 0;
	for (json = 0; json < 2; json++) {
		json_t *o;

		event_use(in[1], (struct ipc_log){(uint8_t)json, 0});
		event_log(EVENT_INFO, "x", "big", big, "after", "1", NULL);
		assert_non_null(strstr(said(), "after"));
		assert_null(strstr(line, "big"));
		if (!json)
			continue;
		o = json_loads(line, 0, NULL);
		assert_non_null(o);
		json_decref(o);
	}
	free(big);
}

static void test_syslog(void **state)
{
	int pair[2];
	char want[64];

	assert_int_equal(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	event_use(pair[0], (struct ipc_log){0, 1});
	event_log(EVENT_WARNING, "x", NULL);
	line[read(pair[1], line, sizeof(line) - 1)] = 0;
	snprintf(want, sizeof(want), "<28>tlsd[%d]: level=warning event=x\n",
		(int)getpid());
	assert_string_equal(want, line);
	close(pair[1]);
}

static void test_full(void **state)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd < 0)
		skip();
	event_use(fd, (struct ipc_log){0, 0});
	event_log(EVENT_INFO, "x", NULL); /* lost, and that is all */
	/* A pipe that nobody reads fills up and is not waited for. */
	event_use(in[1], (struct ipc_log){0, 0});
	fcntl(in[1], F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 5000; i++)
		event_log(EVENT_INFO, "x", NULL);
	event_use(open("/dev/null", O_WRONLY), (struct ipc_log){0, 0});
}

/* File names are octets: no UTF-8, controls of C1, text that runs backwards. */
static void test_octets(void **state)
{
	json_t *o;

	for (int json = 0; json < 2; json++) {
		event_use(in[1], (struct ipc_log){(uint8_t)json, 0});
		event_log(EVENT_ERROR, "x", "v",
			"a\xff/\xc2\x9b"
			"31m/\xe2\x80\xae/\xc3\xa4/"
			"\xf0\x9f\x8c\x8d/\xf3\xa0\x80\x81",
			NULL);
		assert_non_null(strstr(said(),
			json ? "\"v\":\"a\\u00ff/\\u009b"
			       "31m/\\u202e/\xc3\xa4/\xf0\x9f\x8c\x8d/"
			       "\\udb40\\udc01\""
			     : "v=\"a\\u00ff/\\u009b31m/"
			       "\\u202e/\xc3\xa4/\xf0\x9f\x8c\x8d/"
			       "\\udb40\\udc01\""));
		if (!json)
			continue;
		o = json_loads(line, 0, NULL);
		assert_non_null(o);
		assert_string_equal(
			"a\xc3\xbf/\xc2\x9b"
			"31m/\xe2\x80\xae/"
			"\xc3\xa4/\xf0\x9f\x8c\x8d/\xf3\xa0\x80\x81",
			json_string_value(json_object_get(o, "v")));
		json_decref(o);
	}
}

static void test_files(void **state)
{
	char dir[] = "/tmp/event.XXXXXX", path[64], old[64], err[256];
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(old, sizeof(old), "%s/log.1", dir);
	assert_int_equal(0, event_open(path, 0, err, sizeof(err)));
	event_log(EVENT_INFO, "one", NULL);
	assert_int_equal(0, rename(path, old));
	event_log(EVENT_INFO, "two", NULL);
	assert_int_equal(0, event_reopen(err, sizeof(err)));
	event_log(EVENT_INFO, "three", NULL);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(strstr(line, "event=three"));
	assert_null(fgets(line, sizeof(line), f));
	fclose(f);
	/* A place that cannot be opened leaves the old one in use. */
	unlink(path);
	unlink(old);
	rmdir(dir);
	assert_int_equal(-1, event_reopen(err, sizeof(err)));
	assert_non_null(strstr(err, path));
	assert_int_equal(-1, event_open("/nowhere/log", 0, err, sizeof(err)));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {T(test_logfmt), T(test_one_line),
		T(test_json), T(test_numbers), T(test_too_long), T(test_syslog),
		T(test_full), T(test_octets), T(test_files)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
