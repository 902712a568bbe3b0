/*
 * Numeric addresses of a host, as the monitor knows them: one per line.
 */
#ifndef RUNTIME_MONITOR_NUMERIC_H
#define RUNTIME_MONITOR_NUMERIC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Copies the nth line, starting over at the end; NULL: there is none. */
#define NUMERIC_TEXT 64
const char *numeric_nth(
	const char *lines, size_t len, unsigned n, char out[NUMERIC_TEXT]);
/* The address for connect; its length, 0: text is not a numeric address. */
socklen_t numeric_address(
	const char *text, uint16_t port, struct sockaddr_storage *to);

#endif
