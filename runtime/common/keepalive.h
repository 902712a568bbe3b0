/*
 * TCP keepalive (RFC 9293 3.8.4): a peer that vanished without a word, its
 * power or a firewall's state gone, is noticed while nothing moves.
 */
#ifndef RUNTIME_KEEPALIVE_H
#define RUNTIME_KEEPALIVE_H

#include <stdint.h>

/* After so many seconds of silence TCP asks, then every ninth part of them, and
 * gives the connection up after nine questions: after twice the time.  0: never.
 * A listener's accepted sockets inherit it. */
void keepalive_set(int fd, uint32_t seconds);
/* How often it is asked before it is given up: for a listening socket, where a
 * worker before us may have left another number. */
void keepalive_count(int fd);

#endif
