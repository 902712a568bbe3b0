/*
 * The servers on the board, by name.
 */
#ifndef RUNTIME_BOARD_REGISTER_H
#define RUNTIME_BOARD_REGISTER_H

#include <stdint.h>

#include "board_server.h"

/* The entry of a name; NULL: there is none. */
struct board_server *board_server(struct board *b, const char *name);
/* For a master that holds the board's lock: the entry of a name, created if
 * necessary, and kept until it is given back.  NULL: the board is full. */
struct board_server *board_server_take(struct board *b, const char *name);
void board_server_give(struct board *b, struct board_server *s);
/* A worker may have damaged it: writes the name into the entry again. */
void board_server_restore(struct board *b, unsigned entry, const char *name);
unsigned board_servers_used(const struct board *b);
/* Entries are numbered from this one on, below BOARD_SERVERS. */
struct board_server *board_server_first(struct board *b);
/* The next entry; NULL at the end. */
struct board_server *board_server_next(struct board *b, unsigned *at);

#endif
