/*
 * tlsctl top: the status again and again, as rates (top.h).
 */
#include "top.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"

struct sums {
	double accepted, rejected, failed, in, out, live;
};

static double number(const json_t *o, const char *key)
{
	return (double)json_integer_value(json_object_get(o, key));
}

static struct sums add_up(const json_t *status)
{
	const json_t *workers = json_object_get(status, "workers"), *w;
	struct sums s = {0};
	size_t i;

	json_array_foreach((json_t *)workers, i, w)
	{
		s.accepted += number(w, "accepted");
		s.rejected += number(w, "rejected");
		s.failed += number(w, "failed");
		s.in += number(w, "bytes_in");
		s.out += number(w, "bytes_out");
		s.live += number(w, "connections");
	}
	return s;
}

/* The counters of a replaced worker begin at zero: no negative rates. */
static double rate(double now, double before, double seconds)
{
	return now > before ? (now - before) / seconds : 0;
}

static void show(const json_t *o, const struct sums *now,
	const struct sums *before, double seconds)
{
	printf("%10.0f %11.1f %11.1f %11.1f %11.2f %11.2f   %lld\n", now->live,
		rate(now->accepted, before->accepted, seconds),
		rate(now->rejected, before->rejected, seconds),
		rate(now->failed, before->failed, seconds),
		rate(now->in, before->in, seconds) / 1e6,
		rate(now->out, before->out, seconds) / 1e6,
		(long long)number(json_object_get(o, "live"), "generation"));
	fflush(stdout);
}

static json_t *status(const char *control)
{
	char *answer = ask_tlsd(control, "status\n");
	json_t *o = answer ? json_loads(answer, 0, NULL) : NULL;

	free(answer);
	return o;
}

/* Digits and at most one point; -1 for anything else. */
static double seconds_of(const char *text)
{
	char *end;
	double d = strtod(text, &end);

	return end == text || *end || !(d >= 0.01 && d <= 3600) ? -1 : d;
}

int top_run(const char *control, int argc, char **argv)
{
	double seconds = argc > 0 ? seconds_of(argv[0]) : 1;
	long i, count = argc > 1 ? atol(argv[1]) : 0;
	struct sums before = {0}, now;
	json_t *o;

	if (seconds < 0 || count < 0) {
		fprintf(stderr, "tlsctl: top [SECONDS [COUNT]]\n");
		return 2;
	}
	for (i = 0; count == 0 || i <= count; i++) {
		o = status(control);
		if (!o)
			return 3;
		now = add_up(o);
		if (i % 20 == 0)
			printf("%10s %11s %11s %11s %11s %11s   %s\n",
				"CONNECTIONS", "ACCEPTED/s", "REJECTED/s",
				"FAILED/s", "IN MB/s", "OUT MB/s",
				"GENERATION");
		if (i > 0)
			show(o, &now, &before, seconds);
		before = now;
		json_decref(o);
		if (count == 0 || i < count)
			usleep((useconds_t)(seconds * 1e6));
	}
	return 0;
}
