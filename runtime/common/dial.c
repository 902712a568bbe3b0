/*
 * Sockets to servers (dial.h).
 */
#include "dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "keepalive.h"

static int give_up(int fd)
{
	int e = errno;

	close(fd);
	errno = e;
	return -1;
}

/* connect chooses the port, for the pair of addresses.  So each server has all
 * ports of each address; bind would use one up for all servers. */
static int bind_to(int fd, const struct tbl_extra *s)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	int one = 1;

	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	memcpy(&v4.sin_addr, s->addr, 4);
	memcpy(&v6.sin6_addr, s->addr, 16);
	return s->family == TBL_V4
		? bind(fd, (struct sockaddr *)&v4, sizeof(v4))
		: bind(fd, (struct sockaddr *)&v6, sizeof(v6));
}

/* The acknowledgement that ends TCP's handshake may be sent together with our
 * first data, which mostly follows soon; see io_acknowledge for when it does
 * not. */
static int from(const struct tbl_extra *source, const struct sockaddr *to,
	socklen_t len, struct dial *d)
{
	int one = 1, zero = 0;
	int fd = socket(
		to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (to->sa_family != AF_UNIX) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &zero, sizeof(zero));
		if (d->keepalive)
			keepalive_set(fd, d->keepalive);
	}
	if (source && bind_to(fd, source) < 0) {
		/* No port is needed yet. */
		if (errno == EADDRNOTAVAIL)
			d->none = source;
		return give_up(fd);
	}
	if (connect(fd, to, len) < 0 && errno != EINPROGRESS)
		return give_up(fd);
	return fd;
}

int dial_source_is_here(const struct tbl_extra *source)
{
	int fd = socket(source->family == TBL_V4 ? AF_INET : AF_INET6,
		SOCK_STREAM | SOCK_CLOEXEC, 0);
	int here = fd < 0 || bind_to(fd, source) == 0 || errno != EADDRNOTAVAIL;

	if (fd >= 0)
		close(fd);
	return here;
}

static int same_family(const struct tbl_extra *s, const struct sockaddr *to)
{
	return to->sa_family == (s->family == TBL_V4 ? AF_INET : AF_INET6);
}

/* Uses the source whose turn it is, or the next one that has a port. */
static int try_sources(const struct sockaddr *to, socklen_t len, struct dial *d)
{
	const struct tbl_extra *s;
	uint32_t i, tried = 0, ours = 0;
	int fd;

	for (i = 0; i < d->sources; i++) {
		const struct tbl_extra *none = d->none;

		s = &d->source[(d->turn + i) % d->sources];
		if (!same_family(s, to))
			continue;
		fd = from(s, to, len, d);
		if (fd >= 0 || errno != EADDRNOTAVAIL)
			return fd;
		tried++;
		ours += d->none == none;
	}
	if (!tried)
		return from(NULL, to, len, d);
	d->fault = ours ? DIAL_PORT : DIAL_SOURCE;
	return -1;
}

static enum dial_fault fault_of(int error, sa_family_t family)
{
	switch (error) {
	case EADDRNOTAVAIL:
		return DIAL_PORT;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return DIAL_MEMORY;
	case EAGAIN: /* for a Unix socket: its queue is full (connect(2)) */
		return family == AF_UNIX ? DIAL_SERVERS : DIAL_MEMORY;
	default:
		return DIAL_SERVERS;
	}
}

int dial(const struct sockaddr *to, socklen_t len, struct dial *d)
{
	int fd;

	d->none = NULL;
	d->fault = DIAL_SERVERS;
	fd = try_sources(to, len, d);
	if (fd < 0 && d->fault != DIAL_SOURCE)
		d->fault = fault_of(errno, to->sa_family);
	return fd;
}
