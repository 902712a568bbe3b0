/*
 * The generations of a worker: prepared, live, retired.  One reference each for
 * being prepared, being live, and for every listener and connection that uses
 * them.
 */
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend.h"
#include "conn.h"
#include "listener.h"
#include "log.h"
#include "retire.h"
#include "runtime/tls/credentials.h"
#include "runtime/tls/sessions.h"
#include "runtime/tls/signer.h"
#include "runtime/tls/tls.h"
#include "slack.h"
#include "worker_state.h"

static void acknowledge(
	struct worker *w, enum ipc_type type, uint64_t number, const char *text)
{
	struct ipc_ack a = {.number = number};

	snprintf(a.text, sizeof(a.text), "%s", text);
	worker_post(w, type, &a, sizeof(a));
}

/* The last reference of a generation is gone. */
static void retired(struct generation *g, void *arg)
{
	struct worker *w = arg;
	struct generation **at;

	for (at = &w->all; *at != g; at = &(*at)->next)
		;
	*at = g->next;
	retire_end(w, g);
	slack_ask(w);
	credentials_free(&g->credentials);
	backend_free(&g->backends);
	sessions_free(&g->sessions);
	acknowledge(w, IPC_RETIRED, g->number, "");
}

static struct generation *find(struct worker *w, uint64_t number)
{
	struct generation *g;

	for (g = w->all; g; g = g->next)
		if (g->number == number)
			return g;
	return NULL;
}

/* Make the scratch buffer as large as the largest hello that any limit of the
 * table allows. */
static int grow_scratch(struct worker *w, const struct table *t)
{
	uint32_t max = w->hello_limit, i;
	uint8_t *grown;

	for (i = 0; i < t->limit_count; i++)
		if (t->limit[i].hello_bytes > max)
			max = t->limit[i].hello_bytes;
	if (max == w->hello_limit)
		return 0;
	grown = realloc(w->hello_scratch, max);
	if (!grown)
		return -1;
	w->hello_scratch = grown;
	w->hello_limit = max;
	return 0;
}

void worker_prepare(struct worker *w, struct ipc_message *m)
{
	uint64_t number = m->body.generation.number;
	char err[512] = "out of memory";
	struct generation *g;

	/* A generation that still has connections can come back (rollback). */
	g = find(w, number);
	if (g) {
		generation_get(g);
		acknowledge(w, IPC_READY, number, "");
		return;
	}
	g = generation_map(number, m->fd[0], m->fd[1], err, sizeof(err));
	if (!g) {
		acknowledge(w, IPC_FAILED, number, err);
		return;
	}
	g->next = w->all;
	w->all = g;
	g->retired = retired;
	g->retired_arg = w;
	g->credentials = credentials_new(&g->table, g->bundle);
	g->backends = backend_new(&g->table, g->bundle);
	g->sessions = sessions_new();
	if (!g->credentials || !g->backends || !g->sessions ||
		grow_scratch(w, &g->table) < 0) {
		acknowledge(w, IPC_FAILED, number, "out of memory");
		generation_put(&g);
		return;
	}
	credentials_use_signer(g->credentials, w->signer, number);
	acknowledge(w, IPC_READY, number, "");
}

static void on_signer(struct ev_loop *loop, ev_io *watch, int events)
{
	struct worker *w = watch->data;

	/* It is gone: the master starts another keys process and sends its
	 * socket. */
	if (signer_read(w->signer) < 0)
		ev_io_stop(loop, watch);
}

/* The keys process: before the first generation, and after each of its
 * restarts. */
void worker_use_signer(struct worker *w, int fd)
{
	struct generation *g;

	if (!w->signer) {
		w->signer = signer_new(fd, conn_wake);
		if (!w->signer) {
			close(fd);
			log_note("out of memory: no keys", NULL);
			return;
		}
		tls_use_signer(w->signer);
	} else {
		signer_reconnect(w->signer, fd);
	}
	for (g = w->all; g; g = g->next)
		credentials_use_signer(g->credentials, w->signer, g->number);
	ev_io_stop(w->loop, &w->signer_watch);
	ev_io_init(&w->signer_watch, on_signer, signer_fd(w->signer), EV_READ);
	w->signer_watch.data = w;
	ev_io_start(w->loop, &w->signer_watch);
}

void worker_commit(struct worker *w, uint64_t number)
{
	struct generation *g = find(w, number), *before = w->live;

	if (!g)
		return;
	/* The preparation's reference becomes that of being live. */
	w->live = g;
	listener_commit(w, g);
	generation_put(&before);
	acknowledge(w, IPC_COMMITTED, number, "");
}

void worker_abandon(struct worker *w, uint64_t number)
{
	struct generation *g = find(w, number);

	if (g)
		generation_put(&g);
}

void worker_retire(struct worker *w, uint64_t number)
{
	struct generation *g = find(w, number);

	if (g && g != w->live)
		retire_begin(w, g);
}
