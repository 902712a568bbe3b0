/*
 * Certificates are checked in a separate process (certs_look.h).
 */
#include "certs_look.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runtime/common/bundle.h"
#include "runtime/table/table.h"
#include "runtime/tls/certificate.h"

#define GOOD_MOST (1u << 20)

static struct {
	struct certs_digest *slot; /* open addressing; a and b 0: free */
	size_t slots, used;
} good;

static struct certs_digest *find(struct certs_digest d)
{
	size_t i = (size_t)d.a & (good.slots - 1);

	while ((good.slot[i].a || good.slot[i].b) &&
		(good.slot[i].a != d.a || good.slot[i].b != d.b))
		i = (i + 1) & (good.slots - 1);
	return &good.slot[i];
}

static void grow(void)
{
	struct certs_digest *old = good.slot;
	size_t n = good.slots, i;

	if (good.used >= GOOD_MOST) { /* after many renewals: start over */
		free(old);
		old = NULL;
		n = 0;
	}
	good.slots = n ? 2 * n : 1024;
	good.used = 0;
	good.slot = calloc(good.slots, sizeof(*good.slot));
	if (!good.slot)
		abort();
	for (i = 0; i < n; i++)
		if (old[i].a || old[i].b) {
			*find(old[i]) = old[i];
			good.used++;
		}
	free(old);
}

static int is_good(struct certs_digest d)
{
	return good.slots && (find(d)->a || find(d)->b);
}

static void remember(struct certs_digest d)
{
	if (good.used * 2 >= good.slots)
		grow();
	good.used += !is_good(d);
	*find(d) = d;
}

static void mix(gnutls_hash_hd_t h, const uint8_t *p, size_t n)
{
	uint64_t len = n;

	gnutls_hash(h, &len, sizeof(len));
	gnutls_hash(h, p, n);
}

/* Covers everything that the check looks at. */
static struct certs_digest digest_of(
	const struct table *t, const struct bundle *b, uint32_t i)
{
	const struct tbl_cert *c = &t->cert[i];
	const char *key = table_str(t, c->key_str);
	struct certs_digest d[2] = {{1, 1}};
	const uint8_t *p = NULL;
	gnutls_hash_hd_t h;
	size_t n = 0;

	if (gnutls_hash_init(&h, GNUTLS_DIG_SHA256) < 0)
		abort();
	(void)bundle_cert_get(b, i, table_str(t, c->chain_str), &p, &n);
	mix(h, p, n);
	if (bundle_cert_get_key(b, i, key, &p, &n) < 0) {
		p = (const uint8_t *)key; /* a PKCS#11 URI */
		n = strlen(key);
	}
	mix(h, p, n);
	gnutls_hash(h, &c->has_pin, 1);
	gnutls_hash(h, c->pin, sizeof(c->pin));
	gnutls_hash_deinit(h, d);
	return d[0];
}

static void look(const struct table *t, const struct bundle *b, uint32_t i,
	struct certs_digest d, struct certs_look_outcome *o)
{
	struct certificate *x;

	memset(o, 0, sizeof(*o));
	o->cert = i;
	o->digest = d;
	x = certificate_load(t, b, i, NULL, o->text, sizeof(o->text));
	o->bad = !x;
	certificate_free(&x);
	/* A token's key may change without our knowledge. */
	o->keep = !o->bad &&
		strncmp(table_str(t, t->cert[i].key_str), BUNDLE_PKCS11,
			strlen(BUNDLE_PKCS11)) != 0;
}

/* It is not known to be good, and is to be used. */
static int is_unknown(const struct table *t, const struct bundle *b, uint32_t i,
	struct certs_digest *d)
{
	if (bundle_cert_state(b, i, NULL, 0) == BUNDLE_CERT_UNSERVED)
		return 0;
	*d = digest_of(t, b, i);
	return !is_good(*d);
}

static void look_at_all(const struct table *t, const struct bundle *b,
	uint32_t most, enum certs_depth depth, int to)
{
	struct certs_look_outcome o;
	uint32_t i, fresh = 0;

	for (i = 0; i < t->cert_count && fresh < most; i++) {
		struct certs_digest d;

		if (!is_unknown(t, b, i, &d))
			continue;
		fresh++;
		look(t, b, i, d, &o);
		if (write(to, &o, sizeof(o)) != (ssize_t)sizeof(o) ||
			(o.bad && depth == CERTS_TO_FIRST_BAD))
			return;
	}
}

/* The child keeps only the descriptor on which it answers: listening sockets
 * must not outlive us there. */
int certs_look_begin(const struct table *t, const struct bundle *b,
	uint32_t most, enum certs_depth depth, pid_t *pid)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC) < 0)
		return -1;
	*pid = fork();
	if (*pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(p[1], STDIN_FILENO);
		close_range(STDERR_FILENO + 1, ~0u, 0);
		look_at_all(t, b, most, depth, STDIN_FILENO);
		_exit(0);
	}
	close(p[1]);
	if (*pid < 0) {
		close(p[0]);
		return -1;
	}
	return p[0];
}

int certs_look_unknown(const struct table *t, const struct bundle *b)
{
	struct certs_digest d;
	uint32_t i;

	for (i = 0; i < t->cert_count; i++)
		if (is_unknown(t, b, i, &d))
			return 1;
	return 0;
}

/* Never split: a pipe takes that much at once. */
_Static_assert(sizeof(struct certs_look_outcome) <= PIPE_BUF, "");

int certs_look_next(int fd, struct certs_look_outcome *o)
{
	ssize_t r;

	do
		r = read(fd, o, sizeof(*o));
	while (r < 0 && errno == EINTR);
	if (r != (ssize_t)sizeof(*o))
		return 0;
	if (o->keep)
		remember(o->digest);
	return 1;
}

void certs_look_forget(void)
{
	free(good.slot);
	memset(&good, 0, sizeof(good));
}
