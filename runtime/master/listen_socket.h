/*
 * Single listening sockets, and why one cannot be opened.  They are nonblocking
 * and close on exec.
 */
#ifndef RUNTIME_MASTER_LISTEN_SOCKET_H
#define RUNTIME_MASTER_LISTEN_SOCKET_H

#include <stdint.h>
#include <sys/socket.h>

#include "runtime/common/address.h"

struct ipc_listener;
struct refusal;

/* 0: the port is free; -1 with errno. */
int listen_socket_probe(const union address *s, socklen_t len);
/* One of several on that port (SO_REUSEPORT); keepalive in seconds.  -1 with
 * errno. */
int listen_socket_inet(
	const union address *s, socklen_t len, uint32_t keepalive);
/* At a path; everybody may connect.  -1 with errno. */
int listen_socket_unix(const union address *s);
/* Says in *why what to do about errno e. */
void listen_socket_refuse(
	const struct ipc_listener *a, int e, struct refusal *why);

#endif
