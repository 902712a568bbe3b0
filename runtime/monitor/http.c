/*
 * A small HTTP/1.1 server for metrics (RFC 9112): one request per connection,
 * limited in octets, time and number, so that a misbehaving scraper does no
 * harm.  If there are too many connections, the one that has been without a
 * request for longest is closed: a client that asks at once is answered.
 */
#include "http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS_MAX = 64, REQUEST_MAX = 4096 };
#define CLIENT_SECONDS 10.0

struct client {
	ev_io io;
	ev_timer timer;
	char request[REQUEST_MAX + 1];
	size_t have;
	char *answer; /* NULL while the request is being read */
	size_t size, sent;
	struct client *next;
};

static struct {
	struct ev_loop *loop;
	struct board *board;
	const struct metrics_facts *facts;
	ev_io accept;
	struct client *clients;
	unsigned count;
} http;

static void client_free(struct client *c)
{
	struct client **at = &http.clients;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	ev_io_stop(http.loop, &c->io);
	ev_timer_stop(http.loop, &c->timer);
	close(c->io.fd);
	free(c->answer);
	free(c);
	http.count--;
}

/* The list begins with the newest. */
static struct client *oldest(void)
{
	struct client *c, *last = NULL, *silent = NULL;

	for (c = http.clients; c; c = c->next) {
		last = c;
		if (!c->answer)
			silent = c;
	}
	return silent ? silent : last;
}

static void on_timeout(struct ev_loop *loop, ev_timer *t, int events)
{
	(void)loop, (void)events;
	client_free(t->data);
}

/* --- answers ------------------------------------------------------------ */

static char *metrics_body(size_t *n)
{
	char *body = NULL;
	FILE *f = open_memstream(&body, n);

	if (!f)
		return NULL;
	metrics_write(f, http.board, http.facts);
	if (fclose(f) != 0) {
		free(body);
		return NULL;
	}
	return body;
}

enum extent { WHOLE, HEAD_ONLY };

static void answer(struct client *c, const char *status, const char *type,
	const char *body, size_t n, enum extent extent)
{
	FILE *f = open_memstream(&c->answer, &c->size);

	if (!f)
		return;
	fprintf(f,
		"HTTP/1.1 %s\r\nContent-Type: %s\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n%s\r\n",
		status, type, n,
		strncmp(status, "405", 3) == 0 ? "Allow: GET, HEAD\r\n" : "");
	if (extent == WHOLE)
		fwrite(body, 1, n, f);
	fclose(f);
}

static void answer_text(
	struct client *c, const char *status, enum extent extent)
{
	char body[64];
	int n = snprintf(body, sizeof(body), "%s\n", status);

	answer(c, status, "text/plain; charset=utf-8", body, (size_t)n, extent);
}

static void answer_metrics(struct client *c, enum extent extent)
{
	size_t n = 0;
	char *body = metrics_body(&n);

	if (body)
		answer(c, "200 OK", "text/plain; version=0.0.4; charset=utf-8",
			body, n, extent);
	else
		answer_text(c, "500 Internal Server Error", extent);
	free(body);
}

/* Only the request line matters (RFC 9112 3). */
static void choose_answer(struct client *c)
{
	char method[8], path[128], version[16];
	enum extent extent;

	if (sscanf(c->request, "%7s %127s %15s", method, path, version) != 3 ||
		strncmp(version, "HTTP/1.", 7) != 0) {
		answer_text(c, "400 Bad Request", WHOLE);
		return;
	}
	extent = strcmp(method, "HEAD") == 0 ? HEAD_ONLY : WHOLE;
	path[strcspn(path, "?")] = 0;
	if (extent == WHOLE && strcmp(method, "GET") != 0)
		answer_text(c, "405 Method Not Allowed", WHOLE);
	else if (strcmp(path, "/metrics") == 0)
		answer_metrics(c, extent);
	else if (strcmp(path, "/healthz") == 0)
		answer_text(c,
			http.facts ? "200 OK" : "503 Service Unavailable",
			extent);
	else
		answer_text(c, "404 Not Found", extent);
}

/* --- connections -------------------------------------------------------- */

static void send_answer(struct client *c)
{
	ssize_t n = send(
		c->io.fd, c->answer + c->sent, c->size - c->sent, MSG_NOSIGNAL);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0)
		c->sent += (size_t)n;
	if (n <= 0 || c->sent == c->size) {
		shutdown(c->io.fd, SHUT_WR);
		client_free(c);
	}
}

static void read_request(struct client *c)
{
	ssize_t n =
		recv(c->io.fd, c->request + c->have, REQUEST_MAX - c->have, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_free(c);
		return;
	}
	c->have += (size_t)n;
	c->request[c->have] = 0;
	if (strstr(c->request, "\r\n\r\n"))
		choose_answer(c);
	else if (c->have == REQUEST_MAX)
		answer_text(c, "431 Request Header Fields Too Large", WHOLE);
	else
		return;
	if (!c->answer) {
		client_free(c); /* no memory */
		return;
	}
	ev_io_stop(http.loop, &c->io);
	ev_io_set(&c->io, c->io.fd, EV_WRITE);
	ev_io_start(http.loop, &c->io);
	send_answer(c);
}

static void on_client(struct ev_loop *loop, ev_io *io, int events)
{
	struct client *c = io->data;

	(void)loop, (void)events;
	if (c->answer)
		send_answer(c);
	else
		read_request(c);
}

static void on_accept(struct ev_loop *loop, ev_io *io, int events)
{
	int fd = accept4(io->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct client *c;

	(void)events;
	if (fd < 0)
		return;
	if (http.count == CLIENTS_MAX)
		client_free(oldest());
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}
	ev_io_init(&c->io, on_client, fd, EV_READ);
	ev_timer_init(&c->timer, on_timeout, CLIENT_SECONDS, 0);
	c->io.data = c->timer.data = c;
	c->next = http.clients;
	http.clients = c;
	ev_io_start(loop, &c->io);
	ev_timer_start(loop, &c->timer);
	http.count++;
}

void monitor_http_start(struct ev_loop *loop, int listen_fd, struct board *b)
{
	http.loop = loop;
	http.board = b;
	ev_io_init(&http.accept, on_accept, listen_fd, EV_READ);
	ev_io_start(loop, &http.accept);
}

void monitor_http_facts(const struct metrics_facts *f)
{
	http.facts = f;
}

void monitor_http_stop(void)
{
	if (!http.loop)
		return;
	while (http.clients)
		client_free(http.clients);
	ev_io_stop(http.loop, &http.accept);
	close(http.accept.fd);
	http.loop = NULL;
}
