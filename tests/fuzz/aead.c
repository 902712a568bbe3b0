/*
 * The libraries behind aead.c against each other: any key, nonce, additional
 * data and length at any alignment, one record after the other under the same
 * key.  They seal to the same octets, each opens what another has sealed, and
 * none opens what was touched.  Input: sizes, alignment and a bit to turn;
 * then key, nonce and plaintext, repeated to the length.
 */
/* LINK: runtime/tls/aead.c runtime/tls/aead_gnutls.c runtime/tls/aead_libcrypto.c runtime/tls/aead_ipsec_mb.c */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime/tls/aead_library.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEAD = 6, MOST = 16385, RECORDS = 3, CANARY = 0xa5, AROUND = 128 };

struct job {
	gnutls_cipher_algorithm_t cipher;
	uint8_t key[AEAD_KEY_MAX], nonce[AEAD_NONCE], ad[13];
	size_t n, ad_len, shift;
	unsigned bit; /* the one that is turned */
	uint8_t plain[MOST];
};

static void fill(void *to, size_t want, const uint8_t *data, size_t n)
{
	for (size_t at = 0; at < want; at++)
		((uint8_t *)to)[at] = n ? data[at % n] : 0;
}

static void key(
	struct aead *a, const struct aead_library *l, const struct job *j)
{
	if (aead_init(a, j->cipher, j->key) != 0)
		abort();
	a->library = l;
}

/* The libraries are assembly that no sanitizer looks into: text and tag stand
 * just before a page that is not there, or shift octets before it. */
static uint8_t *block(const struct job *j, int which)
{
	enum { PAGE = 4096, PAGES = 6 };
	static uint8_t *made[2];
	uint8_t **b = &made[which];

	if (!*b) {
		*b = mmap(NULL, (PAGES + 1) * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (*b == MAP_FAILED ||
			mprotect(*b + PAGES * PAGE, PAGE, PROT_NONE) != 0)
			abort();
	}
	memset(*b, CANARY, PAGES * PAGE);
	return *b + PAGES * PAGE - j->shift - j->n - AEAD_TAG;
}

static void check_around(const struct job *j, const uint8_t *text)
{
	const uint8_t *end = text + j->n + AEAD_TAG;

	for (size_t i = 0; i < j->shift; i++)
		if (end[i] != CANARY)
			abort();
	for (size_t i = 1; i <= AROUND; i++)
		if (text[-(ptrdiff_t)i] != CANARY)
			abort();
}

static uint8_t *sealed(
	struct aead *a, const struct job *j, const uint8_t *nonce, int which)
{
	uint8_t *text = block(j, which);

	memcpy(text, j->plain, j->n);
	if (aead_seal(a, nonce, j->ad, j->ad_len, text, j->n, text + j->n) != 0)
		abort();
	check_around(j, text);
	return text;
}

static int opens(struct aead *a, const struct job *j, const uint8_t *nonce,
	uint8_t *text)
{
	int rc = aead_open(a, nonce, j->ad, j->ad_len, text, j->n, text + j->n);

	check_around(j, text);
	return rc == 0;
}

static void one_record(const struct job *j, struct aead *seals,
	struct aead *open, struct aead *other, const uint8_t *nonce)
{
	uint8_t *mine = sealed(seals, j, nonce, 0);
	uint8_t *theirs = sealed(other, j, nonce, 1);
	size_t at = j->bit / 8 % (j->n + AEAD_TAG);

	if (memcmp(mine, theirs, j->n + AEAD_TAG) != 0)
		abort();
	theirs[at] ^= (uint8_t)(1u << j->bit % 8);
	if (opens(open, j, nonce, theirs))
		abort();
	if (!opens(open, j, nonce, mine) || memcmp(mine, j->plain, j->n) != 0)
		abort();
}

static void agrees(const struct job *j, const struct aead_library *l,
	const struct aead_library *with)
{
	struct aead seals, open, other;
	uint8_t nonce[AEAD_NONCE];

	key(&seals, l, j);
	key(&open, l, j);
	key(&other, with, j);
	memcpy(nonce, j->nonce, sizeof(nonce));
	for (int i = 0; i < RECORDS; i++) {
		one_record(j, &seals, &open, &other, nonce);
		nonce[AEAD_NONCE - 1]++;
		if (i == 0)
			aead_idle(&open);
	}
	aead_wipe(&seals);
	aead_wipe(&open);
	aead_wipe(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const gnutls_cipher_algorithm_t ciphers[] = {
		GNUTLS_CIPHER_AES_128_GCM, GNUTLS_CIPHER_AES_256_GCM,
		GNUTLS_CIPHER_CHACHA20_POLY1305};
	static struct job j;
	const struct aead_library *const *l;

	if (size < HEAD)
		return 0;
	j.cipher = ciphers[data[0] % 3];
	j.ad_len = data[0] & 0x80 ? 13 : 5;
	j.shift = data[1] % 64;
	j.n = (size_t)(data[2] << 8 | data[3]) % (MOST + 1);
	j.bit = (unsigned)(data[4] << 8 | data[5]);
	data += HEAD, size -= HEAD;
	fill(j.key, sizeof(j.key), data, size);
	fill(j.nonce, sizeof(j.nonce), data + size / 3, size - size / 3);
	fill(j.ad, sizeof(j.ad), data + size / 2, size - size / 2);
	fill(j.plain, j.n, data, size);
	for (l = aead_libraries; *l; l++)
		if ((*l)->can(j.cipher))
			agrees(&j, *l, &aead_gnutls);
	return 0;
}
