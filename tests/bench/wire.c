/*
 * Blocking connections for the bench, and its entry: `bench origin ...` and
 * `bench load ...`.
 */
#include "wire.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

_Noreturn void wire_fail(const char *what)
{
	perror(what);
	exit(1);
}

long wire_read(struct wire *w, void *buf, size_t n)
{
	int got;

	if (!w->ssl)
		return read(w->fd, buf, n);
	got = SSL_read(w->ssl, buf, (int)n);
	if (got > 0)
		return got;
	return SSL_get_error(w->ssl, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

long wire_read_full(struct wire *w, void *buf, size_t n)
{
	size_t have = 0;

	while (have < n) {
		long got = wire_read(w, (char *)buf + have, n - have);

		if (got <= 0)
			return -1;
		have += (size_t)got;
	}
	return (long)have;
}

long wire_write_full(struct wire *w, const void *buf, size_t n)
{
	size_t done = 0;

	while (done < n) {
		const char *at = (const char *)buf + done;
		long put = w->ssl ? SSL_write(w->ssl, at, (int)(n - done))
				  : write(w->fd, at, n - done);

		if (put <= 0)
			return -1;
		done += (size_t)put;
	}
	return (long)done;
}

int wire_skip_record(struct wire *w)
{
	uint8_t head[5], body[1 << 14];
	size_t len;

	if (wire_read_full(w, head, sizeof(head)) < 0)
		return -1;
	len = (size_t)head[3] << 8 | head[4];
	if (len > sizeof(body))
		return -1;
	return wire_read_full(w, body, len) < 0 ? -1 : 0;
}

void wire_end(struct wire *w)
{
	if (w->ssl)
		SSL_shutdown(w->ssl);
	shutdown(w->fd, SHUT_WR);
}

void wire_close(struct wire *w)
{
	if (w->ssl)
		SSL_free(w->ssl);
	close(w->fd);
}

static struct sockaddr_in address(const char *where)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	const char *colon = strrchr(where, ':');
	char host[64];

	if (!colon || (size_t)(colon - where) >= sizeof(host)) {
		fprintf(stderr, "bench: not ADDR:PORT: %s\n", where);
		exit(2);
	}
	snprintf(host, sizeof(host), "%.*s", (int)(colon - where), where);
	inet_pton(AF_INET, host, &a.sin_addr);
	a.sin_port = htons((uint16_t)atoi(colon + 1));
	return a;
}

int wire_listen(const char *where)
{
	struct sockaddr_in a = address(where);
	int one = 1;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(s, (struct sockaddr *)&a, sizeof(a)) || listen(s, 4096))
		wire_fail(where);
	return s;
}

int wire_connect(const char *where)
{
	struct sockaddr_in a = address(where);
	int one = 1;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (s < 0)
		return -1;
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(s, (struct sockaddr *)&a, sizeof(a)) == 0)
		return s;
	close(s);
	return -1;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], "origin") == 0)
		return origin_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "load") == 0)
		return load_main(argc - 1, argv + 1);
	fprintf(stderr, "usage: bench origin|load ...\n");
	return 2;
}
