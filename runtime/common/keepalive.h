/*
 * TCP keepalive (RFC 9293 3.8.4): notices, while no data moves, that a peer has
 * vanished silently because its power or a firewall's state is gone.
 */
#ifndef RUNTIME_KEEPALIVE_H
#define RUNTIME_KEEPALIVE_H

#include <stdint.h>

/* After that many seconds of silence TCP probes, then every ninth part of them,
 * and gives up after nine probes: after twice the time.  0: never.  Accepted
 * sockets inherit it from the listener. */
void keepalive_set(int fd, uint32_t seconds);
/* The number of probes, for a listening socket: an earlier worker may have set
 * another one. */
void keepalive_count(int fd);

#endif
