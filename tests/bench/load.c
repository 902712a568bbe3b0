/*
 * The load generator: COUNT connections over THREADS threads, each with one
 * request of wire.h and the answer read to its end.
 *
 *   bench load ADDR:PORT COUNT THREADS REQUEST OCTETS [options]
 *     REQUEST    S (from the origin), R (to the origin), H (hold: all COUNT
 *                connections open at once; a line says so; ends with stdin)
 *     -p FILE    send the octets of FILE first (a ClientHello, passthrough)
 *     -s NAME    speak TLS with SNI NAME
 *     -3 SUITES  TLS 1.3 with these suites     -2 SUITES  TLS 1.2
 *     -c         resume a session of the thread's first connection
 *
 * Prints one line: ok=N failed=N resumed=N octets=N seconds=S
 */
#include "wire.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

static const char *where, *sni, *suites12, *suites13;
static char request[REQUEST_SIZE];
static char letter;
static unsigned long long octets;
static char hello[1 << 15];
static size_t hello_size;
static int resume;
static SSL_CTX *context;
static char block[BLOCK];

static atomic_long left, ok, failed, resumed;
static atomic_ullong moved;

static SSL_CTX *client(void)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());
	int v = suites12 ? TLS1_2_VERSION : TLS1_3_VERSION;

	SSL_CTX_set_min_proto_version(c, v);
	SSL_CTX_set_max_proto_version(c, v);
	if (suites12 && SSL_CTX_set_cipher_list(c, suites12) != 1)
		wire_fail(suites12);
	if (suites13 && SSL_CTX_set_ciphersuites(c, suites13) != 1)
		wire_fail(suites13);
	SSL_CTX_set_session_cache_mode(
		c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	return c;
}

static int open_wire(struct wire *w, SSL_SESSION *session)
{
	w->ssl = NULL;
	w->fd = wire_connect(where);
	if (w->fd < 0)
		return -1;
	if (hello_size &&
		(wire_write_full(w, hello, hello_size) < 0 ||
			wire_skip_record(w) < 0))
		return -1;
	if (!sni)
		return 0;
	w->ssl = SSL_new(context);
	SSL_set_fd(w->ssl, w->fd);
	SSL_set_tlsext_host_name(w->ssl, sni);
	if (session)
		SSL_set_session(w->ssl, session);
	if (SSL_connect(w->ssl) != 1)
		return -1;
	if (SSL_session_reused(w->ssl))
		resumed++;
	return 0;
}

/* The answer to its orderly end. */
static int read_answer(struct wire *w, char *room)
{
	unsigned long long n = 0;
	long got;

	while ((got = wire_read(w, room, BLOCK)) > 0)
		n += (unsigned long long)got;
	if (got < 0 || n != (letter == 'S' ? octets : 1))
		return -1;
	moved += n;
	return 0;
}

static int send_octets(struct wire *w)
{
	unsigned long long n = octets;

	while (n > 0) {
		size_t part = n < sizeof(block) ? (size_t)n : sizeof(block);

		if (wire_write_full(w, block, part) < 0)
			return -1;
		n -= part;
	}
	moved += octets;
	return 0;
}

static int one(char *room, SSL_SESSION **session)
{
	struct wire w;
	int bad = open_wire(&w, resume ? *session : NULL);

	if (!bad)
		bad = wire_write_full(&w, request, sizeof(request)) < 0;
	if (!bad && letter == 'R')
		bad = send_octets(&w);
	if (!bad)
		bad = read_answer(&w, room);
	if (!bad && resume) {
		SSL_SESSION_free(*session);
		*session = SSL_get1_session(w.ssl);
	}
	if (w.fd >= 0) {
		if (!bad)
			wire_end(&w);
		wire_close(&w);
	}
	return bad ? -1 : 0;
}

static void *work(void *arg)
{
	char *room = malloc(BLOCK);
	SSL_SESSION *session = NULL;

	while (left-- > 0) {
		if (one(room, &session) == 0)
			ok++;
		else
			failed++;
	}
	SSL_SESSION_free(session);
	free(room);
	return arg;
}

static void hold(long count)
{
	struct wire *w = calloc((size_t)count, sizeof(*w));
	char c;

	for (long i = 0; i < count; i++) {
		if (open_wire(&w[i], NULL) == 0 &&
			wire_write_full(&w[i], request, sizeof(request)) > 0 &&
			wire_read_full(&w[i], &c, 1) == 1)
			ok++;
		else
			failed++;
	}
	printf("holding ok=%ld failed=%ld\n", (long)ok, (long)failed);
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	exit(0);
}

static void read_hello(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		wire_fail(path);
	hello_size = fread(hello, 1, sizeof(hello), f);
	fclose(f);
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "p:s:3:2:c")) != -1) {
		switch (c) {
		case 'p':
			read_hello(optarg);
			break;
		case 's':
			sni = optarg;
			break;
		case '3':
			suites13 = optarg;
			break;
		case '2':
			suites12 = optarg;
			break;
		case 'c':
			resume = 1;
			break;
		default:
			exit(2);
		}
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int load_main(int argc, char **argv)
{
	struct rlimit files;
	pthread_t threads[256];
	long count;
	int n;
	double began;

	if (argc < 6)
		return 2;
	where = argv[1];
	count = atol(argv[2]);
	n = atoi(argv[3]);
	letter = argv[4][0];
	octets = strtoull(argv[5], NULL, 10);
	options(argc - 5, argv + 5);
	snprintf(request, sizeof(request), "%c%-30llu", letter, octets);
	request[REQUEST_SIZE - 1] = '\n';
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (sni)
		context = client();
	if (letter == 'H')
		hold(count);

	left = count;
	began = now();
	if (n > 256)
		n = 256;
	for (int i = 0; i < n; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	printf("ok=%ld failed=%ld resumed=%ld octets=%llu seconds=%.6f\n",
		(long)ok, (long)failed, (long)resumed,
		(unsigned long long)moved, now() - began);
	return failed != 0;
}
