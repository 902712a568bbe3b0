/*
 * Single listening sockets (listen_socket.h).
 */
#include "listen_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "refuse.h"
#include "revive.h"
#include "runtime/common/ipc.h"
#include "runtime/common/keepalive.h"
#include "runtime/table/table.h"
#include "unixpath.h"

static int set_int(int fd, int level, int name)
{
	int one = 1;

	return setsockopt(fd, level, name, &one, sizeof(one));
}

static int new_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* SO_REUSEPORT would silently share the port with another process of this user:
 * a bind without it fails when there is one. */
int listen_socket_probe(const union address *s, socklen_t len)
{
	int r, e, fd = new_socket(s->sa.sa_family);

	if (fd < 0)
		return -1;
	set_int(fd, SOL_SOCKET, SO_REUSEADDR);
	if (s->sa.sa_family == AF_INET6)
		set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY);
	r = bind(fd, &s->sa, len);
	e = errno;
	close(fd);
	errno = e;
	return r;
}

/* Accepted sockets inherit TCP_NODELAY, which saves a call for each, and
 * keepalive, even those accepted before a worker is there. */
int listen_socket_inet(
	const union address *s, socklen_t len, uint32_t keepalive)
{
	int e, fd = new_socket(s->sa.sa_family);

	if (fd < 0)
		return -1;
	keepalive_set(fd, keepalive);
	if (set_int(fd, SOL_SOCKET, SO_REUSEADDR) == 0 &&
		set_int(fd, SOL_SOCKET, SO_REUSEPORT) == 0 &&
		set_int(fd, IPPROTO_TCP, TCP_NODELAY) == 0 &&
		(s->sa.sa_family != AF_INET6 ||
			set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0) &&
		bind(fd, &s->sa, len) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

int listen_socket_unix(const union address *s)
{
	int e, fd = new_socket(AF_UNIX);

	if (fd < 0)
		return -1;
	/* The directory decides who may connect, as with a port. */
	if (unixpath_bind(fd, &s->un, 0666) == 0 &&
		listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	e = errno;
	close(fd);
	errno = e;
	return -1;
}

void listen_socket_refuse(
	const struct ipc_listener *a, int e, struct refusal *why)
{
	char text[128];

	address_text(a, text);
	if (e == EADDRINUSE)
		refuse(why, "",
			"cannot listen on %s: the %s is in use by "
			"another process",
			text, a->family == TBL_UNIX ? "path" : "port");
	else if (e == EACCES && a->family != TBL_UNIX && a->port < 1024)
		refuse(why, "",
			"cannot listen on %s: no permission; start "
			"tlsd as root, give it CAP_NET_BIND_SERVICE, or "
			"use a port above 1023",
			text);
	else if (e == EADDRNOTAVAIL)
		refuse(why, "",
			"cannot listen on %s: no interface of this machine has "
			"this address",
			text);
	else if (e == EMFILE || e == ENFILE)
		refuse(why, "",
			"cannot listen on %s: too few descriptors; "
			"raise the limit (ulimit -n, LimitNOFILE=)",
			text);
	else
		refuse(why, "", "cannot listen on %s: %s", text, strerror(e));
}
