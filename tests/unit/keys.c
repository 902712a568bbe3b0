/*
 * The keys process and the worker's side of it: signatures of every kind
 * verify, many are in flight at once, cancelled and orphaned ones fail, and
 * nonsense costs the sender its socket and nobody else anything.
 */
/* LINK: runtime/keys/keys.c runtime/tls/signer.c runtime/tls/coroutine.c runtime/keys/sign_key.c runtime/keys/sign_libcrypto.c runtime/common/generation.c runtime/common/bundle.c runtime/common/bundle_make.c runtime/common/bundle_public.c runtime/judge/public.c runtime/judge/pem.c runtime/common/ipc.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/common/bundle_make.h"
#include "runtime/common/generation.h"
#include "runtime/common/ipc.h"
#include "runtime/common/keys_proto.h"
#include "runtime/keys/keys.h"
#include "runtime/tls/coroutine.h"
#include "runtime/tls/signer.h"

/* A table of three certificates replaces the reader. */
enum { CERTS = 3 };
static const char strings[] = "\0rsa.key\0ec.key\0ed.key";
static const struct tbl_cert certs[CERTS] = {
	{.key_str = 1}, {.key_str = 9}, {.key_str = 16}};

enum table_error table_view(
	const void *base, size_t size, struct table *t, struct table_fault *why)
{
	(void)why;
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
	(void)e;
	return "";
}

const char *table_section_name(unsigned section)
{
	(void)section;
	return "";
}

static gnutls_pubkey_t pub[CERTS];
static int master, keys_fd;
static pid_t child;
static struct signer *signer;

static void make_key(struct bundle_files *files, int i,
	gnutls_pk_algorithm_t pk, unsigned bits)
{
	gnutls_x509_privkey_t key;
	gnutls_privkey_t abstract;
	gnutls_datum_t pem;

	gnutls_x509_privkey_init(&key);
	assert_int_equal(gnutls_x509_privkey_generate(key, pk, bits, 0), 0);
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

/* What tls.c does: a coroutine and the place where it is kept. */
struct job {
	struct coroutine *co;
	gnutls_privkey_t key;
	gnutls_sign_algorithm_t algorithm;
	gnutls_datum_t signature;
	int by_hash, rc;
};
static const gnutls_datum_t text = {(uint8_t *)"to be signed", 12};

static void wake(void *arg)
{
	struct job *j = arg;

	coroutine_resume(&j->co);
}

static void sign(void *arg)
{
	struct job *j = arg;
	uint8_t hash[32];
	gnutls_datum_t h = {hash, 32};

	gnutls_hash_fast(GNUTLS_DIG_SHA256, text.data, text.size, hash);
	j->rc = j->by_hash ? gnutls_privkey_sign_hash2(
				     j->key, j->algorithm, 0, &h, &j->signature)
			   : gnutls_privkey_sign_data2(j->key, j->algorithm, 0,
				     &text, &j->signature);
}

static void start(struct job *j, uint64_t generation, int cert,
	gnutls_sign_algorithm_t algorithm, int by_hash)
{
	int failed;

	memset(j, 0, sizeof(*j));
	j->algorithm = algorithm;
	j->by_hash = by_hash;
	assert_int_equal(signer_key(signer, generation, (uint32_t)cert,
				 pub[cert], &j->key),
		0);
	j->co = coroutine_start(sign, j, &failed);
	assert_int_equal(failed, 0);
}

static void wait_for(struct job *j)
{
	struct pollfd p = {signer_fd(signer), POLLIN, 0};

	while (j->co) {
		assert_int_equal(poll(&p, 1, 60000), 1);
		signer_read(signer);
	}
}

static void drop(struct job *j)
{
	gnutls_free(j->signature.data);
	gnutls_privkey_deinit(j->key);
}

static void verify(struct job *j, int cert)
{
	assert_int_equal(j->rc, 0);
	assert_true(gnutls_pubkey_verify_data2(pub[cert], j->algorithm, 0,
			    &text, &j->signature) >= 0);
	drop(j);
}

static void connect_worker(uint32_t number, int *ours)
{
	struct ipc_signer body = {number};
	int pair[2];

	assert_int_equal(ipc_pair(pair), 0);
	assert_int_equal(
		ipc_send(master, IPC_SIGNER, &body, sizeof(body), &pair[1], 1),
		0);
	close(pair[1]);
	*ours = pair[0];
}

static void prepare(uint64_t number, int bundle)
{
	struct ipc_generation body = {number};
	static struct ipc_message m;
	struct pollfd p = {master, POLLIN, 0};
	int fds[2] = {memfd_create("table", MFD_ALLOW_SEALING), bundle};

	assert_int_equal(write(fds[0], "table", 5), 5);
	fcntl(fds[0], F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK);
	assert_int_equal(
		ipc_send(master, IPC_PREPARE, &body, sizeof(body), fds, 2), 0);
	assert_int_equal(poll(&p, 1, 60000), 1);
	assert_int_equal(ipc_recv(master, &m), 1);
	assert_int_equal(m.head.type, IPC_READY);
	close(fds[0]);
}

static int set_up(void **state)
{
	struct bundle_files files = {0};
	int pair[2], bundle;
	char err[200];

	(void)state;
	make_key(&files, 0, GNUTLS_PK_RSA, 2048);
	make_key(&files, 1, GNUTLS_PK_ECDSA,
		GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1));
	make_key(&files, 2, GNUTLS_PK_EDDSA_ED25519, 256);
	bundle = bundle_seal(&files, err, sizeof(err));
	bundle_files_free(&files);
	assert_int_equal(ipc_pair(pair), 0);
	child = fork();
	if (child == 0) {
		close(pair[0]);
		_exit(keys_main(pair[1]));
	}
	close(pair[1]);
	master = pair[0];
	prepare(7, bundle);
	close(bundle);
	connect_worker(0, &keys_fd);
	signer = signer_new(keys_fd, wake);
	return 0;
}

static int tear_down(void **state)
{
	int status;

	(void)state;
	close(master);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	signer_free(&signer);
	for (int i = 0; i < CERTS; i++)
		gnutls_pubkey_deinit(pub[i]);
	coroutine_drain();
	return 0;
}

static void every_kind_verifies(void **state)
{
	static const struct {
		int cert, by_hash;
		gnutls_sign_algorithm_t a;
	} kinds[] = {
		{0, 0, GNUTLS_SIGN_RSA_SHA256},
		{0, 1, GNUTLS_SIGN_RSA_SHA256},
		{0, 0, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256},
		{0, 1, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256},
		{0, 0, GNUTLS_SIGN_RSA_PSS_RSAE_SHA384},
		{1, 0, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256},
		{1, 0, GNUTLS_SIGN_ECDSA_SHA256},
		{1, 1, GNUTLS_SIGN_ECDSA_SHA256},
		{2, 0, GNUTLS_SIGN_EDDSA_ED25519},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct job j;

		start(&j, 7, kinds[i].cert, kinds[i].a, kinds[i].by_hash);
		assert_non_null(j.co); /* it waits, the loop goes on */
		wait_for(&j);
		verify(&j, kinds[i].cert);
	}
}

static void many_at_once(void **state)
{
	enum { N = 700 }; /* more than the socket holds */
	static struct job j[N];

	(void)state;
	for (int i = 0; i < N; i++)
		start(&j[i], 7, 1, GNUTLS_SIGN_ECDSA_SHA256, 0);
	for (int i = 0; i < N; i++) {
		wait_for(&j[i]);
		verify(&j[i], 1);
	}
}

static void unknown_generation_fails(void **state)
{
	struct job j;

	(void)state;
	start(&j, 8, 1, GNUTLS_SIGN_ECDSA_SHA256, 0);
	wait_for(&j);
	assert_true(j.rc < 0);
	drop(&j);
}

/* What a worker of ours never asks is not signed: a digest of another length,
 * an algorithm of another kind of key. */
static void odd_requests_are_refused(void **state)
{
	static const struct {
		uint32_t cert, op, algorithm, len;
	} odd[] = {
		{0, KEYS_SIGN_HASH, GNUTLS_SIGN_RSA_SHA256, 4},
		{1, KEYS_SIGN_HASH, GNUTLS_SIGN_ECDSA_SHA256, 31},
		{0, KEYS_SIGN_DATA, GNUTLS_SIGN_ECDSA_SHA256, 12},
		{1, KEYS_SIGN_HASH, GNUTLS_SIGN_RSA_SHA256, 32},
		{0, KEYS_SIGN_DATA, GNUTLS_SIGN_RSA_RAW, 12},
		{0, KEYS_SIGN_HASH, GNUTLS_SIGN_RSA_RAW, 51},
		{0, KEYS_SIGN_HASH, GNUTLS_SIGN_UNKNOWN, 32},
		{0, KEYS_SIGN_HASH + 1, GNUTLS_SIGN_UNKNOWN, 256},
		{0, KEYS_SIGN_HASH + 1, GNUTLS_SIGN_RSA_SHA256, 256},
	};
	static struct keys_request q;
	static struct keys_answer a;
	int fd;

	(void)state;
	connect_worker(2, &fd);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		struct pollfd p = {fd, POLLIN, 0};

		q.id = i;
		q.generation = 7;
		q.cert = odd[i].cert;
		q.op = odd[i].op;
		q.algorithm = odd[i].algorithm;
		q.len = odd[i].len;
		assert_true(send(fd, &q, KEYS_REQUEST_HEAD + q.len,
				    MSG_NOSIGNAL) > 0);
		assert_int_equal(poll(&p, 1, 60000), 1);
		assert_int_equal(recv(fd, &a, sizeof(a), 0), KEYS_ANSWER_HEAD);
		assert_int_equal(a.id, i);
		assert_true(a.error < 0);
	}
	close(fd);
}

static void a_cancelled_wait_ends(void **state)
{
	struct job j, after;

	(void)state;
	start(&j, 7, 0, GNUTLS_SIGN_RSA_SHA256, 0);
	signer_cancel(signer, &j);
	coroutine_resume(&j.co);
	assert_null(j.co);
	assert_true(j.rc < 0);
	drop(&j);
	/* its late answer disturbs nobody */
	start(&after, 7, 1, GNUTLS_SIGN_ECDSA_SHA256, 0);
	wait_for(&after);
	verify(&after, 1);
}

static void nonsense_costs_only_its_sender(void **state)
{
	struct job j;
	struct pollfd p;
	int other;

	(void)state;
	connect_worker(1, &other);
	assert_true(send(other, "nonsense", 8, MSG_NOSIGNAL) == 8);
	p = (struct pollfd){other, POLLIN, 0};
	assert_int_equal(poll(&p, 1, 60000), 1);
	assert_int_equal(recv(other, &p, sizeof(p), 0), 0);
	close(other);
	start(&j, 7, 1, GNUTLS_SIGN_ECDSA_SHA256, 0);
	wait_for(&j);
	verify(&j, 1);
}

static void outside_of_a_coroutine_it_fails(void **state)
{
	struct job j = {.algorithm = GNUTLS_SIGN_ECDSA_SHA256};

	(void)state;
	signer_key(signer, 7, 1, pub[1], &j.key);
	sign(&j);
	assert_true(j.rc < 0);
	drop(&j);
}

/* GnuTLS 3.7 frees what an operation that failed has left in its result. */
static void a_failure_leaves_no_pointer(void **state)
{
	static uint8_t octets[32];
	gnutls_datum_t in = {octets, sizeof(octets)};
	gnutls_datum_t out = {octets, sizeof(octets)};
	gnutls_privkey_t key;

	(void)state;
	assert_int_equal(signer_key(signer, 7, 0, pub[0], &key), 0);
	assert_true(gnutls_privkey_sign_hash2(
			    key, GNUTLS_SIGN_RSA_SHA256, 0, &in, &out) < 0);
	assert_null(out.data);
	assert_int_equal(out.size, 0);
	gnutls_privkey_deinit(key);
}

static void nothing_is_decrypted(void **state)
{
	static uint8_t octets[256], plain[48];
	gnutls_datum_t in = {octets, sizeof(octets)}, out = {NULL, 0};
	gnutls_privkey_t key;

	(void)state;
	assert_int_equal(signer_key(signer, 7, 0, pub[0], &key), 0);
	assert_true(gnutls_privkey_decrypt_data(key, 0, &in, &out) < 0);
	assert_null(out.data);
	assert_true(gnutls_privkey_decrypt_data2(
			    key, 0, &in, plain, sizeof(plain)) < 0);
	gnutls_privkey_deinit(key);
}

static void a_new_keys_process_takes_over(void **state)
{
	struct job j;
	int fd;

	(void)state;
	start(&j, 7, 0, GNUTLS_SIGN_RSA_SHA256, 0);
	connect_worker(0, &fd); /* its old socket is closed by keys */
	signer_reconnect(signer, fd);
	assert_non_null(j.co); /* who waited is asked for again */
	wait_for(&j);
	verify(&j, 0);
}

static void a_request_is_not_sent_for_ever(void **state)
{
	struct job j;
	int fd, i;

	(void)state;
	start(&j, 7, 0, GNUTLS_SIGN_RSA_SHA256, 0);
	for (i = 0; i < 3; i++) {
		assert_non_null(j.co);
		connect_worker(0, &fd);
		signer_reconnect(signer, fd);
	}
	assert_null(j.co);
	assert_true(j.rc < 0);
	drop(&j);
	start(&j, 7, 0, GNUTLS_SIGN_RSA_SHA256, 0);
	wait_for(&j);
	verify(&j, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_verifies),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(unknown_generation_fails),
		cmocka_unit_test(odd_requests_are_refused),
		cmocka_unit_test(a_cancelled_wait_ends),
		cmocka_unit_test(nonsense_costs_only_its_sender),
		cmocka_unit_test(outside_of_a_coroutine_it_fails),
		cmocka_unit_test(a_failure_leaves_no_pointer),
		cmocka_unit_test(nothing_is_decrypted),
		cmocka_unit_test(a_new_keys_process_takes_over),
		cmocka_unit_test(a_request_is_not_sent_for_ever),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
