/*
 * What a request of 500 octets costs before it is decided and after: parsed,
 * framed, its path read, its head written; beside a loop of memchr over the same
 * lines, which is what finding them alone costs.
 *
 *	request COUNT      prints nanoseconds of CPU, the least of nine rounds
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/http/path.h"
#include "runtime/http/write.h"

static const char text[] =
	"GET /api/v2/catalogue/items/48213/reviews?page=2&sort=newest "
	"HTTP/1.1\r\n"
	"Host: shop.example.com\r\n"
	"Connection: keep-alive\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
	"(KHTML, "
	"like Gecko) Chrome/124.0.0.0 Safari/537.36\r\n"
	"Accept: application/json, text/plain, */*\r\n"
	"Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
	"Accept-Encoding: gzip, deflate, br\r\n"
	"Referer: https://shop.example.com/catalogue/48213\r\n"
	"Cookie: session=0a1b2c3d4e5f60718293a4b5c6d7e8f9; theme=dark\r\n"
	"X-Requested-With: XMLHttpRequest\r\n"
	"\r\n";
enum { SIZE = sizeof(text) - 1, ROUNDS = 9 };

static struct http_head h;
static struct http_frame f;
static struct http_readings r;
static char out[4096];
static size_t sum;

static void lines(void)
{
	const char *p = text, *lf;

	while ((lf = memchr(p, '\n', (size_t)(text + SIZE - p)))) {
		sum += (size_t)(lf - p);
		p = lf + 1;
	}
}

static void parse(void)
{
	http_head_start(&h);
	if (http_request_parse(&h, text, SIZE, 16384) != HTTP_WHOLE)
		abort();
}

static void frame(void)
{
	if (http_frame_request(&f, &h, UINT64_MAX) != HTTP_FINE)
		abort();
}

static void path(void)
{
	if (http_path_read(&r, http_head_path(&h)) != HTTP_FINE)
		abort();
	sum += r.count;
}

static void rewrite(void)
{
	static const struct http_edit edits[] = {
		{HTTP_EDIT_SET, {"x-forwarded-for", 15}, {"192.0.2.1", 9}},
		{HTTP_EDIT_SET, {"x-forwarded-proto", 17}, {"https", 5}},
		{HTTP_EDIT_REMOVE, {"x-real-ip", 9}, {"", 0}},
	};
	struct http_rewrite w = {.edit = edits, .edits = 3, .body = f.body};
	struct http_out o = {out, sizeof(out), 0, 0};

	if (http_write_request(&o, &h, &f, &w) != HTTP_FINE)
		abort();
	sum += o.len;
}

static void all(void)
{
	parse();
	frame();
	path();
	rewrite();
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double least(void (*step)(void), long count)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double began = now(), took;

		for (long k = 0; k < count; k++)
			step();
		took = (now() - began) / (double)count;
		if (i == 0 || took < best)
			best = took;
	}
	return best;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*step)(void);
	} steps[] = {{"memchr", lines}, {"parse", parse}, {"frame", frame},
		{"path", path}, {"rewrite", rewrite}, {"all", all}};
	long count = argc > 1 ? atol(argv[1]) : 200000;

	printf("a request of %d octets over HTTP/1.1, ns of CPU:", SIZE);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		printf("%s %s %.0f", i ? "," : "", steps[i].name,
			least(steps[i].step, count));
	printf("\n");
	return sum == 0;
}
