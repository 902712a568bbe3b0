/*
 * The keys process and a worker that is not ours any more: any message is
 * answered in form or costs the sender its socket, and what comes back as a
 * signature verifies.  Input: steps of (what, certificate, algorithm, length,
 * octets); a raw step sends the octets as they are.
 */
/* LINK: runtime/keys/keys.c runtime/keys/sign_key.c runtime/keys/sign_libcrypto.c runtime/common/generation.c runtime/common/bundle.c runtime/common/bundle_make.c runtime/common/bundle_public.c runtime/judge/public.c runtime/judge/pem.c runtime/common/ipc.c */
/* LIBS: -lgnutls */
#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/common/bundle_make.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/common/keys_proto.h"
#include "runtime/keys/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GENERATION = 7, STEPS = 8, WAIT_MS = 60000 };
/* What: an operation in the low bits. */
enum { OP = 7, RAW = 0x80, OTHER_GENERATION = 0x40, IS_LONG = 0x20 };

/* A table of four certificates stands in for the reader; the last one's key is
 * not there. */
enum { CERTS = 4, KEYS = 3 };
static const char strings[] = "\0rsa.key\0ec.key\0ed.key\0no.key";
static const struct tbl_cert certs[CERTS] = {
	{.key_str = 1}, {.key_str = 9}, {.key_str = 16}, {.key_str = 23}};

enum table_error table_view(
	const void *base, size_t size, struct table *t, struct table_fault *why)
{
	memset(t, 0, sizeof(*t));
	t->base = base;
	t->size = size;
	t->str = strings;
	t->cert = certs;
	t->cert_count = CERTS;
	return TABLE_OK;
}

const char *table_error_text(enum table_error e)
{
	return "";
}

const char *table_section_name(unsigned section)
{
	return "";
}

static const gnutls_sign_algorithm_t algorithms[] = {GNUTLS_SIGN_RSA_SHA256,
	GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, GNUTLS_SIGN_RSA_PSS_RSAE_SHA512,
	GNUTLS_SIGN_RSA_SHA1, GNUTLS_SIGN_ECDSA_SHA256,
	GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, GNUTLS_SIGN_ECDSA_SHA384,
	GNUTLS_SIGN_EDDSA_ED25519, GNUTLS_SIGN_EDDSA_ED448, GNUTLS_SIGN_UNKNOWN,
	GNUTLS_SIGN_RSA_RAW, (gnutls_sign_algorithm_t)200,
	(gnutls_sign_algorithm_t)0x7fffffff};
static gnutls_pubkey_t pub[KEYS];
static int master = -1, keys_fd = -1;

#define must(truth) must_at(truth, #truth)
static void must_at(int truth, const char *what)
{
	if (truth)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void make_key(struct bundle_files *files, int i,
	gnutls_pk_algorithm_t pk, unsigned bits)
{
	gnutls_x509_privkey_t key;
	gnutls_privkey_t abstract;
	gnutls_datum_t pem;

	gnutls_x509_privkey_init(&key);
	must(gnutls_x509_privkey_generate(key, pk, bits, 0) == 0);
	gnutls_x509_privkey_export2_pkcs8(
		key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem);
	bundle_add_key(files, strings + certs[i].key_str, pem.data, pem.size);
	gnutls_privkey_init(&abstract);
	gnutls_privkey_import_x509(abstract, key, 0);
	gnutls_pubkey_init(&pub[i]);
	gnutls_pubkey_import_privkey(pub[i], abstract, 0, 0);
	gnutls_privkey_deinit(abstract);
	gnutls_x509_privkey_deinit(key);
	gnutls_free(pem.data);
}

/* The fuzzer's own clock may interrupt it. */
static int wait_for(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};
	int rc;

	do
		rc = poll(&p, 1, WAIT_MS);
	while (rc < 0 && errno == EINTR);
	return rc == 1;
}

static void prepare(void)
{
	static struct ipc_message m;
	struct ipc_generation body = {GENERATION};
	struct bundle_files files = {0};
	char err[200];
	int fds[2];

	make_key(&files, 0, GNUTLS_PK_RSA, 2048);
	make_key(&files, 1, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
	make_key(&files, 2, GNUTLS_PK_EDDSA_ED25519, 256);
	fds[0] = memfd_create("table", MFD_ALLOW_SEALING);
	fds[1] = bundle_seal(&files, err, sizeof(err));
	bundle_files_free(&files);
	must(write(fds[0], "table", 5) == 5);
	fcntl(fds[0], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
	must(ipc_send(master, IPC_PREPARE, &body, sizeof(body), fds, 2) == 0);
	must(wait_for(master) && ipc_recv(master, &m) == 1 &&
		m.head.type == IPC_READY);
	close(fds[0]);
	close(fds[1]);
}

static void connect_worker(void)
{
	struct ipc_signer body = {0};
	int pair[2];

	if (keys_fd >= 0)
		close(keys_fd);
	must(ipc_pair(pair) == 0);
	must(ipc_send(master, IPC_SIGNER, &body, sizeof(body), &pair[1], 1) ==
		0);
	close(pair[1]);
	keys_fd = pair[0];
}

static void *process(void *arg)
{
	exit(keys_main(*(int *)arg));
}

static void set_up(void)
{
	static int pair[2];
	pthread_t thread;

	must(ipc_pair(pair) == 0);
	must(pthread_create(&thread, NULL, process, &pair[1]) == 0);
	master = pair[0];
	prepare();
	connect_worker();
}

static void check_signature(
	const struct keys_request *q, const struct keys_answer *a)
{
	gnutls_datum_t in = {(uint8_t *)(uintptr_t)q->input, q->len};
	gnutls_datum_t out = {(uint8_t *)(uintptr_t)a->output, a->len};
	unsigned flags = GNUTLS_VERIFY_ALLOW_BROKEN;

	must(q->generation == GENERATION && q->cert < KEYS);
	if (q->op == KEYS_SIGN_DATA)
		must(gnutls_pubkey_verify_data2(pub[q->cert], q->algorithm,
			     flags, &in, &out) >= 0);
	else if (q->op == KEYS_SIGN_HASH &&
		gnutls_sign_get_hash_algorithm(q->algorithm))
		must(gnutls_pubkey_verify_hash2(pub[q->cert], q->algorithm,
			     flags, &in, &out) >= 0);
	else
		must(q->op == KEYS_SIGN_HASH &&
			q->algorithm == GNUTLS_SIGN_RSA_RAW);
}

/* n octets of a request: is it answered as one, or refused as none? */
static void ask(const struct keys_request *q, size_t n)
{
	static struct keys_answer a;
	int good = n >= KEYS_REQUEST_HEAD && n <= sizeof(*q) &&
		q->len <= KEYS_INPUT_MAX && n == KEYS_REQUEST_HEAD + q->len;
	ssize_t got;

	must(send(keys_fd, q, n, MSG_NOSIGNAL) == (ssize_t)n);
	must(wait_for(keys_fd));
	got = recv(keys_fd, &a, sizeof(a), 0);
	if (!good) {
		must(got <= 0);
		connect_worker();
		return;
	}
	must(got >= (ssize_t)KEYS_ANSWER_HEAD && a.len <= KEYS_OUTPUT_MAX &&
		(size_t)got == KEYS_ANSWER_HEAD + a.len && a.id == q->id &&
		a.error <= 0 && (a.error == 0 || a.len == 0));
	if (a.error == 0)
		check_signature(q, &a);
}

static size_t step(const uint8_t *data, size_t size)
{
	static struct {
		struct keys_request q;
		uint8_t more[64];
	} m;
	size_t n = data[3] < size - 4 ? data[3] : size - 4, want = n;

	memset(&m, 0, sizeof(m));
	if (data[0] & RAW) {
		memcpy(&m, data + 4, n);
		if (n)
			ask(&m.q, n);
		return 4 + n;
	}
	if (data[0] & IS_LONG)
		want = data[3] * 17u;
	if (want > KEYS_INPUT_MAX)
		want = KEYS_INPUT_MAX;
	for (size_t i = 0; i < want && n; i++)
		m.q.input[i] = data[4 + i % n];
	m.q.id = 0x1122334455667788u ^ data[3];
	m.q.generation = data[0] & OTHER_GENERATION ? 8 : GENERATION;
	m.q.cert = data[1] & 0x80 ? UINT32_MAX - data[1] : data[1] % 6;
	m.q.op = data[0] & OP;
	m.q.algorithm = algorithms[data[2] %
		(sizeof(algorithms) / sizeof(*algorithms))];
	m.q.len = (uint32_t)want;
	ask(&m.q, KEYS_REQUEST_HEAD + want);
	return 4 + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (master < 0)
		set_up();
	for (int i = 0; i < STEPS && size >= 4; i++) {
		size_t n = step(data, size);

		data += n, size -= n;
	}
	return 0;
}
