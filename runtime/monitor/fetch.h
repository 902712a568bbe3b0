/*
 * One HTTP exchange for an OCSP response: connect, send, read, all within a
 * deadline and a number of octets.
 */
#ifndef RUNTIME_MONITOR_FETCH_H
#define RUNTIME_MONITOR_FETCH_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct fetch;
/* why: NULL when body is the answer's, else what went wrong, in words. */
typedef void fetch_done(
	void *arg, const uint8_t *body, size_t n, const char *why);

/* Takes the request over.  done is called once, later, unless the fetch is
 * cancelled first; the fetch is freed by then.  NULL when it could not begin
 * (errno; the request is freed, too). */
struct fetch *fetch_start(struct ev_loop *loop, const struct sockaddr *to,
	socklen_t to_len, char *request, size_t n, fetch_done *done, void *arg);
void fetch_cancel(struct fetch **f);

#endif
