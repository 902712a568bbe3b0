/*
 * The worker's side of the keys process.  GnuTLS calls sign_* on a handshake's
 * coroutine; the request is sent, the coroutine yields, and signer_read finds
 * it again by the id in the answer.  Owns the socket and the table of waits; a
 * wait itself is on its coroutine's stack.
 */
#include "signer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <gnutls/crypto.h>

#include "coroutine.h"
#include "runtime/common/keys_proto.h"

struct wait {
	const struct keys_request *request;
	struct keys_answer *answer;
	void *arg; /* of its coroutine */
	int done, sent;
	int tries; /* one that kills the keys process has an end */
};

#define TRIES_MAX 3

struct signer {
	int fd;
	void (*wake)(void *arg);
	struct wait **slot; /* by the low half of an id */
	uint32_t slots;
	uint32_t
		turn; /* the high half of the id: a late answer never fits a new wait */
};

struct remote_key {
	struct signer *signer;
	uint64_t generation;
	uint32_t cert;
	unsigned pk, bits;
};

struct signer *signer_new(int fd, void (*wake)(void *arg))
{
	struct signer *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fd = fd;
	s->wake = wake;
	return s;
}

void signer_free(struct signer **s)
{
	if (!*s)
		return;
	if ((*s)->fd >= 0)
		close((*s)->fd);
	free((*s)->slot);
	free(*s);
	*s = NULL;
}

int signer_fd(const struct signer *s)
{
	return s->fd;
}

/* --- waits --------------------------------------------------------------- */

static int slot_take(struct signer *s, uint32_t *slot)
{
	struct wait **more;

	for (*slot = 0; *slot < s->slots; ++*slot)
		if (!s->slot[*slot])
			return 0;
	more = realloc(s->slot, (s->slots + 64) * sizeof(*more));
	if (!more)
		return -1;
	memset(more + s->slots, 0, 64 * sizeof(*more));
	s->slot = more;
	s->slots += 64;
	return 0;
}

/* 0 sent, 1 not now: the socket is full, or the keys process is being replaced;
 * signer_read and signer_reconnect try again. */
static int send_request(struct signer *s, struct wait *w)
{
	size_t n = KEYS_REQUEST_HEAD + w->request->len;

	if (s->fd < 0 || send(s->fd, w->request, n, MSG_NOSIGNAL) < 0)
		return 1;
	w->sent = 1;
	w->tries++;
	return 0;
}

static void finish(struct signer *s, uint32_t slot, int error)
{
	struct wait *w = s->slot[slot];

	s->slot[slot] = NULL;
	if (error)
		w->answer->error = error;
	w->done = 1;
}

/* Send the request, yield until it is answered.  Runs on a coroutine. */
static int ask(struct signer *s, struct keys_request *q, struct keys_answer *a)
{
	struct wait w = {.request = q, .answer = a, .arg = coroutine_arg()};
	uint32_t slot;

	if (!coroutine_current() || slot_take(s, &slot) != 0)
		return GNUTLS_E_PK_SIGN_FAILED;
	q->id = (uint64_t)++s->turn << 32 | slot;
	s->slot[slot] = &w;
	send_request(s, &w);
	while (!w.done)
		coroutine_yield();
	return a->error;
}

static struct wait *wait_of(
	struct signer *s, const struct keys_answer *a, uint32_t *slot)
{
	*slot = (uint32_t)a->id;
	if (*slot >= s->slots || !s->slot[*slot] ||
		s->slot[*slot]->request->id != a->id)
		return NULL;
	return s->slot[*slot];
}

static void deliver(struct signer *s, const struct keys_answer *a, size_t n)
{
	uint32_t slot;
	struct wait *w;
	void *arg;

	if (n < KEYS_ANSWER_HEAD || a->len > KEYS_OUTPUT_MAX ||
		n != KEYS_ANSWER_HEAD + a->len)
		return; /* a malformed answer belongs to no request */
	w = wait_of(s, a, &slot);
	if (!w)
		return; /* it was cancelled */
	arg = w->arg;
	memcpy(w->answer, a, n);
	finish(s, slot, GNUTLS_E_SUCCESS);
	s->wake(arg);
}

static void send_unsent(struct signer *s)
{
	for (uint32_t i = 0; i < s->slots; i++)
		if (s->slot[i] && !s->slot[i]->sent &&
			send_request(s, s->slot[i]) != 0)
			return;
}

/* The answers to what was sent will not come.  Each handshake goes on waiting,
 * until its deadline, for the next keys process. */
static void send_again(struct signer *s)
{
	for (uint32_t i = 0; i < s->slots; i++) {
		struct wait *w = s->slot[i];

		if (!w)
			continue;
		w->sent = 0;
		if (w->tries < TRIES_MAX)
			continue;
		finish(s, i, GNUTLS_E_PK_SIGN_FAILED);
		s->wake(w->arg);
	}
}

int signer_read(struct signer *s)
{
	static struct keys_answer a;
	ssize_t n = 0;

	while (s->fd >= 0) {
		n = recv(s->fd, &a, sizeof(a), 0);
		if (n <= 0)
			break;
		deliver(s, &a, (size_t)n);
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		send_unsent(s);
		return 0;
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	send_again(s);
	return -1;
}

void signer_reconnect(struct signer *s, int fd)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = fd;
	send_again(s);
	send_unsent(s);
}

void signer_cancel(struct signer *s, void *arg)
{
	for (uint32_t i = 0; i < s->slots; i++)
		if (s->slot[i] && s->slot[i]->arg == arg)
			finish(s, i, GNUTLS_E_PK_SIGN_FAILED);
}

/* --- GnuTLS's view ------------------------------------------------------- */

static int request(const struct remote_key *k, enum keys_op op,
	unsigned algorithm, const gnutls_datum_t *in, gnutls_datum_t *out)
{
	struct keys_request q = {.generation = k->generation,
		.cert = k->cert,
		.op = op,
		.algorithm = algorithm,
		.len = in->size};
	struct keys_answer a;
	int rc;

	/* GnuTLS 3.7 frees it whatever comes back. */
	out->data = NULL;
	out->size = 0;
	if (in->size > KEYS_INPUT_MAX)
		return GNUTLS_E_PK_SIGN_FAILED;
	memcpy(q.input, in->data, in->size);
	rc = ask(k->signer, &q, &a);
	if (rc < 0)
		return rc;
	out->data = gnutls_malloc(a.len ? a.len : 1);
	if (!out->data)
		return GNUTLS_E_MEMORY_ERROR;
	memcpy(out->data, a.output, a.len);
	out->size = a.len;
	return 0;
}

static int sign_data(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
	void *userdata, unsigned flags, const gnutls_datum_t *data,
	gnutls_datum_t *signature)
{
	(void)key, (void)flags;
	return request(userdata, KEYS_SIGN_DATA, algorithm, data, signature);
}

static int sign_hash(gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm,
	void *userdata, unsigned flags, const gnutls_datum_t *hash,
	gnutls_datum_t *signature)
{
	(void)key, (void)flags;
	return request(userdata, KEYS_SIGN_HASH, algorithm, hash, signature);
}

static int info(gnutls_privkey_t key, unsigned flags, void *userdata)
{
	const struct remote_key *k = userdata;

	(void)key;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO)
		return (int)k->pk;
	if (flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS)
		return (int)k->bits;
	if (flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO)
		return gnutls_sign_supports_pk_algorithm(
			GNUTLS_FLAGS_TO_SIGN_ALGO(flags), k->pk);
	return -1;
}

static void forget(gnutls_privkey_t key, void *userdata)
{
	(void)key;
	free(userdata);
}

int signer_key(struct signer *s, uint64_t generation, uint32_t cert,
	gnutls_pubkey_t pub, gnutls_privkey_t *key)
{
	struct remote_key *k = calloc(1, sizeof(*k));
	int rc;

	if (!k)
		return GNUTLS_E_MEMORY_ERROR;
	k->signer = s;
	k->generation = generation;
	k->cert = cert;
	k->pk = (unsigned)gnutls_pubkey_get_pk_algorithm(pub, &k->bits);
	rc = gnutls_privkey_init(key);
	if (rc < 0) {
		free(k);
		return rc;
	}
	rc = gnutls_privkey_import_ext4(
		*key, k, sign_data, sign_hash, NULL, forget, info, 0);
	if (rc < 0) {
		gnutls_privkey_deinit(*key);
		free(k);
	}
	return rc;
}
