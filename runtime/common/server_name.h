/*
 * What a server is called: its address as text, and its name on the board, in
 * metrics and in tlsctl.
 */
#ifndef RUNTIME_SERVER_NAME_H
#define RUNTIME_SERVER_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "runtime/table/table.h"

/* "192.0.2.1:443", "[2001:db8::1]:443", "unix:/run/x", "host:443". */
void server_text(const struct table *t, uint32_t server, char *out, size_t n);
/* "BACKEND/ADDRESS", padded with zeros. */
void server_name(const struct table *t, uint32_t backend, uint32_t server,
	char out[BOARD_NAME_MAX]);

#endif
