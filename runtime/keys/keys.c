/*
 * The keys process (keys.h): an event loop over the master's socket and one
 * socket per worker.  A key is read from its generation's bundle at its first
 * use.
 */
#include "keys.h"

#include <errno.h>
#include <ev.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/bundle.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/common/keys_proto.h"
#include "sign_key.h"

enum {
	KEYS_MAX = 10000, /* loaded keys in all; the oldest is replaced */
	/* Requests of one worker before the next one's turn.  With 256 workers
	 * and RSA-4096, the master still gets an answer within two seconds. */
	TURN = 2,
};

/* The keys of one generation, by index of CERT. */
struct ring {
	struct generation *generation;
	struct sign_key **key;
	struct ring *next;
};

struct held { /* a loaded key, in order of loading */
	struct ring *ring;
	uint32_t cert;
};

struct key_user {
	ev_io io; /* reads requests, or waits until an answer can be sent */
	int waits;
	struct keys_answer answer; /* the answer that did not fit yet */
	uint32_t number;
	struct keys *keys;
	struct key_user *next;
};

struct keys {
	struct ev_loop *loop;
	ev_io ipc;
	struct ring *rings;
	struct key_user *users;
	struct held held[KEYS_MAX];
	unsigned oldest;
};

/* --- keys --------------------------------------------------------------- */

static struct ring *find_ring(struct keys *k, uint64_t number)
{
	struct ring *r = k->rings;

	while (r && r->generation->number != number)
		r = r->next;
	return r;
}

static int in_token(const struct table *t, uint32_t cert)
{
	return strncmp(table_str(t, t->cert[cert].key_str), BUNDLE_PKCS11,
		       strlen(BUNDLE_PKCS11)) == 0;
}

static struct sign_key *load(const struct ring *r, uint32_t cert)
{
	const struct table *t = &r->generation->table;
	const char *path = table_str(t, t->cert[cert].key_str);
	const uint8_t *pem;
	size_t n;

	if (in_token(t, cert))
		return sign_key_uri(path);
	if (bundle_cert_get_key(r->generation->bundle, cert, path, &pem, &n) !=
		0)
		return NULL;
	return sign_key_pem(pem, n);
}

/* Replaces the key that was loaded longest ago. */
static void hold(struct keys *k, struct ring *r, uint32_t cert)
{
	struct held *h = &k->held[k->oldest];

	k->oldest = (k->oldest + 1) % KEYS_MAX;
	if (h->ring)
		sign_key_free(&h->ring->key[h->cert]);
	h->ring = r;
	h->cert = cert;
}

static struct sign_key *find_key(struct keys *k, const struct keys_request *q)
{
	struct ring *r = find_ring(k, q->generation);

	if (!r || q->cert >= r->generation->table.cert_count)
		return NULL;
	if (!r->key[q->cert]) {
		r->key[q->cert] = load(r, q->cert);
		if (r->key[q->cert])
			hold(k, r, q->cert);
	}
	return r->key[q->cert];
}

static void forget(struct keys *k, uint64_t number)
{
	struct ring **at = &k->rings, *r;

	while (*at && (*at)->generation->number != number)
		at = &(*at)->next;
	r = *at;
	if (!r)
		return;
	*at = r->next;
	for (unsigned i = 0; i < KEYS_MAX; i++) {
		if (k->held[i].ring != r)
			continue;
		sign_key_free(&r->key[k->held[i].cert]);
		k->held[i].ring = NULL;
	}
	generation_put(&r->generation);
	free(r->key);
	free(r);
}

/* --- users ------------------------------------------------------------ */

static void work(
	struct keys *k, const struct keys_request *q, struct keys_answer *a)
{
	struct sign_key *key = find_key(k, q);

	a->id = q->id;
	a->len = 0;
	a->error = GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	if (key)
		sign_key_use(key, q, a);
}

/* 0: sent; 1: its socket is full, so no request is read until this answer is
 * sent; -1: it has ended. */
static int send_answer(struct key_user *w)
{
	const struct keys_answer *a = &w->answer;

	if (send(w->io.fd, a, KEYS_ANSWER_HEAD + a->len,
		    MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	return errno == EAGAIN || errno == ENOBUFS ? 1 : -1;
}

static void watch(struct key_user *w, int events)
{
	struct ev_loop *loop = w->keys->loop;

	w->waits = events == EV_WRITE;
	ev_io_stop(loop, &w->io);
	ev_io_set(&w->io, w->io.fd, events);
	ev_io_start(loop, &w->io);
}

static void key_user_free(struct key_user *w)
{
	struct key_user **at = &w->keys->users;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	ev_io_stop(w->keys->loop, &w->io);
	close(w->io.fd);
	gnutls_memset(w, 0, sizeof(*w));
	free(w);
}

/* One request.  0: continue; 1: enough for now; -1: it has ended, or is not a
 * worker. */
static int serve(struct key_user *w)
{
	static struct keys_request q;
	ssize_t n = recv(w->io.fd, &q, sizeof(q), MSG_DONTWAIT);
	int rc;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n < (ssize_t)KEYS_REQUEST_HEAD || q.len > KEYS_INPUT_MAX ||
		(size_t)n != KEYS_REQUEST_HEAD + q.len)
		return -1;
	work(w->keys, &q, &w->answer);
	rc = send_answer(w);
	if (rc == 1)
		watch(w, EV_WRITE);
	return rc;
}

static void worker_event(struct ev_loop *loop, ev_io *io, int events)
{
	struct key_user *w = io->data;
	int rc = 0;

	(void)loop, (void)events;
	if (w->waits) {
		rc = send_answer(w);
		if (rc == 0)
			watch(w, EV_READ);
	}
	for (int i = 0; i < TURN && rc == 0; i++)
		rc = serve(w);
	if (rc < 0)
		key_user_free(w);
}

static void add_worker(struct keys *k, uint32_t number, int fd)
{
	struct key_user *w = k->users, *next;

	for (; w; w = next) { /* its predecessor may have crashed */
		next = w->next;
		if (w->number == number)
			key_user_free(w);
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		close(fd);
		return;
	}
	w->number = number;
	w->keys = k;
	w->next = k->users;
	k->users = w;
	ev_io_init(&w->io, worker_event, fd, EV_READ);
	w->io.data = w;
	ev_io_start(k->loop, &w->io);
}

/* --- the master --------------------------------------------------------- */

static void reply(
	struct keys *k, enum ipc_type type, uint64_t number, const char *text)
{
	struct ipc_ack ack = {.number = number};

	strncpy(ack.text, text, sizeof(ack.text) - 1);
	(void)ipc_send(k->ipc.fd, type, &ack, sizeof(ack), NULL, 0);
}

/* The master has checked keys in files; only we can check those in tokens. */
static int check_tokens(const struct ring *r, char *err, size_t n)
{
	const struct table *t = &r->generation->table;
	struct sign_key *key;
	const uint8_t *pem;
	uint32_t i;
	size_t len;
	int fits;

	for (i = 0; i < t->cert_count; i++) {
		if (!in_token(t, i) ||
			bundle_cert_state(r->generation->bundle, i, NULL, 0) ==
				BUNDLE_CERT_UNSERVED)
			continue;
		key = load(r, i);
		fits = key &&
			bundle_cert_get(r->generation->bundle, i,
				table_str(t, t->cert[i].chain_str), &pem,
				&len) == 0 &&
			sign_key_fits(key, pem, len);
		if (!fits)
			snprintf(err, n, "%s: %s: %s",
				key ? "TC0404" : "TC0423",
				table_str(t, t->cert[i].key_str),
				key ? "the key belongs to another certificate"
				    : "the token or the key is not accessible");
		sign_key_free(&key);
		if (!fits)
			return -1;
	}
	return 0;
}

static void prepare(struct keys *k, struct ipc_message *m)
{
	uint64_t number = m->body.generation.number;
	struct ring *r = calloc(1, sizeof(*r));
	char err[300] = "out of memory";

	if (r)
		r->generation = generation_map(
			number, m->fd[0], m->fd[1], err, sizeof(err));
	if (r && r->generation)
		bundle_lock(r->generation->bundle);
	if (r && r->generation)
		r->key = calloc(
			r->generation->table.cert_count + 1u, sizeof(*r->key));
	if (!r || !r->key || check_tokens(r, err, sizeof(err)) < 0) {
		if (r) {
			generation_put(&r->generation);
			free(r->key);
		}
		free(r);
		reply(k, IPC_FAILED, number, err);
		return;
	}
	r->next = k->rings;
	k->rings = r;
	reply(k, IPC_READY, number, "");
}

static void dispatch(struct keys *k, struct ipc_message *m)
{
	switch (m->head.type) {
	case IPC_PREPARE:
		forget(k, m->body.generation.number);
		prepare(k, m);
		break;
	case IPC_ABANDON:
	case IPC_FORGET:
		forget(k, m->body.generation.number);
		break;
	case IPC_PULSE:
		(void)ipc_send(k->ipc.fd, IPC_PULSE, NULL, 0, NULL, 0);
		break;
	case IPC_SIGNER:
		if (m->fd[0] < 0)
			break;
		add_worker(k, m->body.signer.worker, m->fd[0]);
		m->fd[0] = -1;
		break;
	}
}

static void master_readable(struct ev_loop *loop, ev_io *io, int events)
{
	static struct ipc_message m;
	struct keys *k = io->data;
	int rc;

	(void)events;
	while ((rc = ipc_recv(io->fd, &m)) == 1) {
		dispatch(k, &m);
		ipc_close(&m);
	}
	if (rc == 0 || (errno != EAGAIN && errno != EINTR))
		ev_break(loop, EVBREAK_ALL);
}

int keys_main(int ipc_fd)
{
	static struct keys k;

	k.loop = ev_loop_new(EVFLAG_AUTO);
	if (!k.loop)
		return 1;
	ev_io_init(&k.ipc, master_readable, ipc_fd, EV_READ);
	k.ipc.data = &k;
	ev_io_start(k.loop, &k.ipc);
	ev_run(k.loop, 0);
	/* key_user_free removes it from the list, through w->keys. */
	while (k.users)
		key_user_free(k.users); /* NOLINT(clang-analyzer-unix.Malloc) */
	while (k.rings)
		forget(&k, k.rings->generation->number);
	close(ipc_fd);
	ev_loop_destroy(k.loop);
	return 0;
}
