/*
 * One probe of one server (probe.h).  It goes through steps: connected,
 * handshake done, answered.  After the caller has its result comes the end:
 * close_notify and FIN are sent, and what the server still sends is read,
 * because closing earlier would send it an RST.
 */
#include "probe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe_tls.h"
#include "runtime/common/proxyproto.h"

#define END_SECONDS 1.
#define END_OCTETS 1048576

enum step { STEP_CONNECT, STEP_HANDSHAKE, STEP_ASK, STEP_ANSWER, STEP_END };

struct probe {
	struct probe *next, **link; /* the list of probes that are ending */
	struct ev_loop *loop;
	struct probe_plan plan;
	probe_done *done;
	void *arg;
	enum step step;
	ev_io io;
	ev_timer deadline;
	struct probe_tls tls;
	int error;       /* of the handshake; 0: not our own */
	char text[1024]; /* the request, then the beginning of the answer */
	size_t n, off;
};

static struct probe *ending;

static void probe_free(struct probe *p)
{
	if (p->link) {
		*p->link = p->next;
		if (p->next)
			p->next->link = p->link;
	}
	ev_io_stop(p->loop, &p->io);
	ev_timer_stop(p->loop, &p->deadline);
	if (p->tls.session)
		gnutls_deinit(p->tls.session);
	close(p->io.fd);
	free(p);
}

void probe_end_all(void)
{
	while (ending)
		probe_free(ending);
}

/* From here on the plan's pointers are not used. */
static void close_down(struct probe *p)
{
	if (p->tls.session && p->step > STEP_HANDSHAKE)
		gnutls_bye(p->tls.session, GNUTLS_SHUT_WR);
	else if (p->tls.session && p->error)
		gnutls_alert_send_appropriate(p->tls.session, p->error);
	if (p->tls.session)
		gnutls_deinit(p->tls.session);
	p->tls.session = NULL;
	if (p->step == STEP_CONNECT || shutdown(p->io.fd, SHUT_WR) < 0) {
		probe_free(p);
		return;
	}
	p->step = STEP_END;
	p->n = 0;
	p->next = ending;
	p->link = &ending;
	if (p->next)
		p->next->link = &p->next;
	ending = p;
	ev_io_stop(p->loop, &p->io);
	ev_io_set(&p->io, p->io.fd, EV_READ);
	ev_io_start(p->loop, &p->io);
	ev_timer_stop(p->loop, &p->deadline);
	ev_timer_set(&p->deadline, END_SECONDS, 0);
	ev_timer_start(p->loop, &p->deadline);
}

/* Reads until the server has ended, too. */
static void read_end(struct probe *p)
{
	char waste[4096];
	ssize_t r;

	while ((r = read(p->io.fd, waste, sizeof(waste))) > 0 &&
		p->n < END_OCTETS)
		p->n += (size_t)r;
	if (r >= 0 || errno != EAGAIN)
		probe_free(p);
}

void probe_cancel(struct probe **p)
{
	if (*p)
		close_down(*p);
	*p = NULL;
}

static void finish(struct probe *p, const char *failure)
{
	probe_done *done = p->done;
	void *arg = p->arg;
	char text[160];

	snprintf(text, sizeof(text), "%s", failure ? failure : "");
	close_down(p);
	done(arg, failure ? text : NULL);
}

static void wait_for(struct probe *p, int events)
{
	ev_io_stop(p->loop, &p->io);
	ev_io_set(&p->io, p->io.fd, events);
	ev_io_start(p->loop, &p->io);
}

static void on_deadline(struct ev_loop *loop, ev_timer *w, int events)
{
	static const char *const what[] = {"no connection in time",
		"no TLS handshake in time", "no answer in time",
		"no answer in time"};
	struct probe *p = w->data;

	if (p->step == STEP_END)
		probe_free(p);
	else
		finish(p, what[p->step]);
}

/* -1: would block; otherwise the number of octets, 0 at the end. */
static ssize_t get(struct probe *p, char *to, size_t n)
{
	ssize_t r;

	if (!p->tls.session) {
		r = read(p->io.fd, to, n);
		return r < 0 && errno == EAGAIN ? -1 : r < 0 ? 0 : r;
	}
	r = gnutls_record_recv(p->tls.session, to, n);
	if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED)
		return -1;
	return r < 0 ? 0 : r;
}

static ssize_t put(struct probe *p, const char *from, size_t n)
{
	ssize_t r;

	if (!p->tls.session) {
		r = send(p->io.fd, from, n, MSG_NOSIGNAL);
		return r < 0 && errno == EAGAIN ? -1 : r < 0 ? 0 : r;
	}
	r = gnutls_record_send(p->tls.session, from, n);
	if (r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED)
		return -1;
	return r < 0 ? 0 : r;
}

/* RFC 9112 4: "HTTP/1.1 200", followed by a space or the end of the line.  -1:
 * anything else. */
static int status_of(const char *line)
{
	static const char head[] = "HTTP/1.";
	const char *p = line + sizeof(head) - 1;

	if (strncmp(line, head, sizeof(head) - 1) != 0 ||
		(*p != '0' && *p != '1') || p[1] != ' ' ||
		strspn(p + 2, "0123456789") != 3 ||
		(p[5] && !strchr(" \r\n", p[5])))
		return -1;
	return atoi(p + 2);
}

static void judge(struct probe *p)
{
	char reason[64];
	int code;

	p->text[p->n] = 0;
	code = status_of(p->text);
	if (code < 0) {
		finish(p, "not an HTTP answer");
		return;
	}
	snprintf(reason, sizeof(reason), "HTTP status %d", code);
	finish(p, code >= 200 && code < 400 ? NULL : reason);
}

static void read_answer(struct probe *p)
{
	while (p->n < sizeof(p->text) - 1) {
		ssize_t r = get(p, p->text + p->n, sizeof(p->text) - 1 - p->n);

		if (r < 0)
			return;
		p->n += (size_t)r;
		if (r == 0 || memchr(p->text, '\n', p->n))
			break;
	}
	judge(p);
}

static void ask(struct probe *p)
{
	while (p->off < p->n) {
		ssize_t r = put(p, p->text + p->off, p->n - p->off);

		if (r < 0) {
			wait_for(p, EV_WRITE);
			return;
		}
		if (r == 0) {
			finish(p, "connection lost");
			return;
		}
		p->off += (size_t)r;
	}
	p->step = STEP_ANSWER;
	p->n = 0;
	wait_for(p, EV_READ);
	read_answer(p); /* TLS may have it buffered */
}

static void after_handshake(struct probe *p)
{
	if (!p->plan.path) {
		finish(p, NULL);
		return;
	}
	p->step = STEP_ASK;
	p->n = (size_t)snprintf(p->text, sizeof(p->text),
		"GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: tlsd-check\r\n"
		"Connection: close\r\n\r\n",
		p->plan.path, p->plan.host);
	if (p->n >= sizeof(p->text)) {
		finish(p, "the request is too long");
		return;
	}
	ask(p);
}

static void handshake(struct probe *p)
{
	int r = gnutls_handshake(p->tls.session);

	if (r == GNUTLS_E_SUCCESS) {
		p->step = STEP_ASK;
		if (probe_tls_suite_allowed(&p->tls))
			after_handshake(p);
		else
			finish(p, "suite outside the profile");
		return;
	}
	if (!gnutls_error_is_fatal(r)) {
		wait_for(p,
			gnutls_record_get_direction(p->tls.session) ? EV_WRITE
								    : EV_READ);
		return;
	}
	p->error = r == GNUTLS_E_FATAL_ALERT_RECEIVED ? 0 : r;
	if (p->tls.why)
		finish(p, p->tls.why);
	else if (r == GNUTLS_E_FATAL_ALERT_RECEIVED)
		finish(p,
			gnutls_alert_get_name(
				gnutls_alert_get(p->tls.session)));
	else
		finish(p, gnutls_strerror(r));
}

/* For a connection without a client (LOCAL, UNKNOWN).  A new socket takes it
 * whole. */
static int send_proxy(struct probe *p)
{
	struct proxy_facts nobody = {0};
	uint8_t out[PROXY_OUT_MAX];
	size_t n;

	if (!p->plan.proxy)
		return 0;
	n = p->plan.proxy == 1 ? proxyproto_write_v1(out, sizeof(out), &nobody)
			       : proxyproto_write_v2(out, sizeof(out), &nobody);
	return send(p->io.fd, out, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
}

static void connected(struct probe *p)
{
	int e = 0;
	socklen_t n = sizeof(e);

	getsockopt(p->io.fd, SOL_SOCKET, SO_ERROR, &e, &n);
	if (e) {
		finish(p, strerror(e));
		return;
	}
	p->step = p->plan.tls ? STEP_HANDSHAKE : STEP_ASK;
	if (send_proxy(p) < 0) {
		finish(p, "connection lost");
		return;
	}
	if (!p->plan.tls) {
		after_handshake(p);
		return;
	}
	if (probe_tls_begin(&p->tls, &p->plan, p->io.fd) < 0)
		finish(p, "out of memory");
	else
		handshake(p);
}

static void on_io(struct ev_loop *loop, ev_io *w, int events)
{
	struct probe *p = w->data;

	switch (p->step) {
	case STEP_CONNECT:
		connected(p);
		break;
	case STEP_HANDSHAKE:
		handshake(p);
		break;
	case STEP_ASK:
		ask(p);
		break;
	case STEP_ANSWER:
		read_answer(p);
		break;
	case STEP_END:
		read_end(p);
		break;
	}
}

struct probe *probe_start(struct ev_loop *loop, struct probe_plan *plan,
	probe_done *done, void *arg)
{
	int fd = dial(
		(const struct sockaddr *)&plan->to, plan->to_len, &plan->from);
	struct probe *p = fd < 0 ? NULL : calloc(1, sizeof(*p));

	if (!p) {
		if (fd >= 0) {
			close(fd);
			plan->from.fault = DIAL_MEMORY;
		}
		return NULL;
	}
	p->loop = loop;
	p->plan = *plan;
	p->done = done;
	p->arg = arg;
	ev_io_init(&p->io, on_io, fd, EV_WRITE);
	ev_timer_init(&p->deadline, on_deadline, plan->timeout, 0);
	p->io.data = p->deadline.data = p;
	ev_io_start(loop, &p->io);
	ev_timer_start(loop, &p->deadline);
	return p;
}
