/*
 * One HTTP exchange for an OCSP response: connect, send, read, within a
 * deadline and a number of octets.
 */
#ifndef RUNTIME_MONITOR_FETCH_H
#define RUNTIME_MONITOR_FETCH_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct fetch;
/* why: NULL if body is the answer's; otherwise what went wrong, in words. */
typedef void fetch_done(
	void *arg, const uint8_t *body, size_t n, const char *why);

/* Takes the request. done is called once, later, unless the fetch is cancelled
 * before; the fetch is already freed then.  NULL if it could not begin (errno;
 * the request is freed, too). */
struct fetch *fetch_start(struct ev_loop *loop, const struct sockaddr *to,
	socklen_t to_len, char *request, size_t n, fetch_done *done, void *arg);
void fetch_cancel(struct fetch **f);

#endif
