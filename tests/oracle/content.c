/*
 * Requests decided by the runtime's own functions, for tests/content-oracle.t.
 * content TABLE SITE, then a request a line: the client's IPv4 address and the
 * request, both in hexadecimal.  Answers, a line each: "served LINE" with the line
 * of the clause, "ambiguous", or "refused".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/content/content.h"

static int digit(int c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

static size_t unhex(const char *s, char *to)
{
	size_t n = 0;

	for (; s[0] > ' ' && s[1] > ' '; s += 2)
		to[n++] = (char)(digit(s[0]) << 4 | digit(s[1]));
	return n;
}

static void *load(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *p = malloc(1 << 24);

	if (!f || !p)
		exit(2);
	*len = fread(p, 1, 1 << 24, f);
	fclose(f);
	return p;
}

static void answer(const struct table *t, uint32_t site, const char *line)
{
	static struct http_readings readings;
	static char request[65536];
	struct content_query q = {.site = site, .family = TBL_V4};
	struct content_answer a;
	struct http_head h;
	char source[16];
	size_t n = unhex(line + 9, request);

	unhex(line, source);
	memcpy(q.addr, source, 4);
	q.head = &h;
	http_head_start(&h);
	if (http_request_parse(&h, request, n, 65535) != HTTP_WHOLE) {
		puts("refused");
		return;
	}
	content_decide(t, &q, &readings, &a);
	if (a.verdict == CONTENT_REFUSED)
		puts("refused");
	else if (a.verdict != CONTENT_DECIDED)
		puts("ambiguous");
	else
		printf("served %u\n", content_source(t, a.clause)->line);
}

int main(int argc, char **argv)
{
	static char line[1 << 17];
	struct table_fault why;
	struct table t;
	size_t len;
	void *bytes;

	if (argc != 3)
		return 2;
	bytes = load(argv[1], &len);
	if (table_check(bytes, len, &t, &why))
		return 2;
	while (fgets(line, sizeof(line), stdin))
		answer(&t, (uint32_t)strtoul(argv[2], NULL, 10), line);
	free(bytes);
	return 0;
}
