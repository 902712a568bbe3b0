/*
 * The clocks.  Durations are measured by the monotonic clock only: the wall
 * clock is set, steps and is corrected, which must not age a connection.  The
 * wall clock is for dates, as in the log or in a certificate.
 */
#ifndef RUNTIME_CLOCK_H
#define RUNTIME_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Microseconds since an arbitrary moment, the same for all processes. */
static inline uint64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

/* The same in seconds. */
static inline double clock_now(void)
{
	return (double)clock_us() / 1e6;
}

/* The date of a moment given by clock_now. */
static inline struct timespec clock_date(double moment)
{
	struct timespec t;
	double ns = (clock_now() - moment) * 1e9;
	int64_t ago = ns > 0 ? (int64_t)ns : 0;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_sec -= ago / 1000000000;
	t.tv_nsec -= ago % 1000000000;
	if (t.tv_nsec < 0) {
		t.tv_nsec += 1000000000;
		t.tv_sec--;
	}
	return t;
}

#endif
