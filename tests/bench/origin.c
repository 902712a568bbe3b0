/*
 * The origin: answers the requests of wire.h.
 *
 *   bench origin ADDR:PORT [-t CHAIN KEY] [-r]
 *
 * -t speaks TLS (every handshake is a full one); -r expects a raw TLS record,
 * the ClientHello of a passthrough connection, and answers a ServerHello before
 * the request.  A thread for each connection.
 */
#include "wire.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

static SSL_CTX *context;
static int raw;
static char block[BLOCK];

/* A ServerHello of TLS 1.3, as a gateway that looks at the first answer (we
 * do, for a second ClientHello) expects one. */
static int greet(struct wire *w)
{
	uint8_t hello[5 + 4 + 2 + 32 + 1 + 2 + 1 + 2 + 6] = {
		22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3};
	uint8_t *rest = hello + 5 + 4 + 2 + 32;

	memcpy(rest, "\0\x13\1\0\0\6\0\x2b\0\2\3\4", 12);
	return wire_skip_record(w) < 0 ||
			wire_write_full(w, hello, sizeof(hello)) < 0
		? -1
		: 0;
}

static void send_octets(struct wire *w, unsigned long long n)
{
	while (n > 0) {
		size_t part = n < sizeof(block) ? (size_t)n : sizeof(block);

		if (wire_write_full(w, block, part) < 0)
			return;
		n -= part;
	}
}

static void read_octets(struct wire *w, unsigned long long n)
{
	char *room = malloc(BLOCK);

	while (room && n > 0) {
		long got = wire_read(w, room, n < BLOCK ? (size_t)n : BLOCK);

		if (got <= 0)
			break;
		n -= (unsigned long long)got;
	}
	free(room);
	if (n == 0)
		wire_write_full(w, "!", 1);
}

static void answer(struct wire *w)
{
	char request[REQUEST_SIZE + 1] = "";
	unsigned long long n;
	char end;

	if (wire_read_full(w, request, REQUEST_SIZE) < 0)
		return;
	n = strtoull(request + 1, NULL, 10);
	if (request[0] == 'S') {
		send_octets(w, n);
	} else if (request[0] == 'R') {
		read_octets(w, n);
	} else {
		wire_write_full(w, "!", 1);
		wire_read(w, &end, 1);
	}
	wire_end(w);
	while (wire_read(w, request, REQUEST_SIZE) > 0)
		;
}

static void *serve(void *arg)
{
	struct wire w = {.fd = (int)(intptr_t)arg};

	if (context) {
		w.ssl = SSL_new(context);
		SSL_set_fd(w.ssl, w.fd);
		if (SSL_accept(w.ssl) != 1) {
			wire_close(&w);
			return NULL;
		}
	}
	if (!raw || greet(&w) == 0)
		answer(&w);
	wire_close(&w);
	return NULL;
}

static SSL_CTX *server(const char *chain, const char *key)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());

	if (SSL_CTX_use_certificate_chain_file(c, chain) != 1 ||
		SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1)
		wire_fail(chain);
	SSL_CTX_set_ciphersuites(c, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set_num_tickets(c, 0);
	SSL_CTX_set_options(c, SSL_OP_NO_TICKET);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	return c;
}

int origin_main(int argc, char **argv)
{
	pthread_attr_t attr;
	int s, one = 1;

	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "-r") == 0) {
			raw = 1;
		} else if (strcmp(argv[i], "-t") == 0 && i + 2 < argc) {
			context = server(argv[i + 1], argv[i + 2]);
			i += 2;
		}
	}
	if (argc < 2)
		return 2;
	s = wire_listen(argv[1]);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	for (;;) {
		pthread_t t;
		int c = accept(s, NULL, NULL);

		if (c < 0)
			continue;
		setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		if (pthread_create(&t, &attr, serve, (void *)(intptr_t)c))
			close(c);
	}
}
