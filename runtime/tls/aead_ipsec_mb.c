/*
 * AES-GCM by libIPSec_MB, which uses the 512-bit AES and carry-less multiply
 * instructions: a quarter of the time that Debian 12's libcrypto and nettle
 * take.  On a processor without them it is no faster, and can() leaves the work
 * to the others.
 */
#ifdef WITH_IPSEC_MB

#include <gnutls/crypto.h>
#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

#include "aead_library.h"

#define WIDE IMB_CPUFLAGS_AVX512_T2 /* with VAES and VPCLMULQDQ */

/* The processor's functions, for all keys; NULL: not on this processor. */
static IMB_MGR *manager(void)
{
	static IMB_MGR *m;
	static int asked;

	if (asked)
		return m;
	asked = 1;
	/* The library asks only the processor, not whether the kernel keeps
	 * the wide registers (XCR0); without that they are an illegal
	 * instruction. */
	if (!__builtin_cpu_supports("avx512f"))
		return NULL;
	m = alloc_mb_mgr(0);
	if (!m)
		return NULL;
	init_mb_mgr_auto(m, NULL);
	if (imb_get_errno(m) != 0 || (m->features & WIDE) != WIDE) {
		free_mb_mgr(m);
		m = NULL;
	}
	return m;
}

static int can(gnutls_cipher_algorithm_t cipher)
{
	return (cipher == GNUTLS_CIPHER_AES_128_GCM ||
		       cipher == GNUTLS_CIPHER_AES_256_GCM) &&
		manager();
}

static void idle(struct aead *a)
{
	gnutls_memset(a->expanded, 0, sizeof(struct gcm_key_data));
	free(a->expanded);
}

static struct gcm_key_data *expanded(struct aead *a)
{
	struct gcm_key_data *k = a->expanded;

	if (k)
		return k;
	if (posix_memalign(&a->expanded, 64, sizeof(*k)) != 0)
		return a->expanded = NULL;
	k = a->expanded;
	if (a->cipher == GNUTLS_CIPHER_AES_128_GCM)
		IMB_AES128_GCM_PRE(manager(), a->key, k);
	else
		IMB_AES256_GCM_PRE(manager(), a->key, k);
	return k;
}

static int seal(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
	size_t ad_len, uint8_t *data, size_t n, uint8_t *tag)
{
	struct gcm_key_data *k = expanded(a);
	struct gcm_context_data state;

	if (!k)
		return -1;
	if (a->cipher == GNUTLS_CIPHER_AES_128_GCM)
		IMB_AES128_GCM_ENC(manager(), k, &state, data, data, n, nonce,
			ad, ad_len, tag, AEAD_TAG);
	else
		IMB_AES256_GCM_ENC(manager(), k, &state, data, data, n, nonce,
			ad, ad_len, tag, AEAD_TAG);
	return 0;
}

static int open_(struct aead *a, const uint8_t *nonce, const uint8_t *ad,
	size_t ad_len, uint8_t *data, size_t n, const uint8_t *tag)
{
	struct gcm_key_data *k = expanded(a);
	struct gcm_context_data state;
	uint8_t right[AEAD_TAG];

	if (!k)
		return -1;
	if (a->cipher == GNUTLS_CIPHER_AES_128_GCM)
		IMB_AES128_GCM_DEC(manager(), k, &state, data, data, n, nonce,
			ad, ad_len, right, AEAD_TAG);
	else
		IMB_AES256_GCM_DEC(manager(), k, &state, data, data, n, nonce,
			ad, ad_len, right, AEAD_TAG);
	return gnutls_memcmp(right, tag, AEAD_TAG) == 0 ? 0 : -1;
}

const struct aead_library aead_ipsec_mb = {"IPSec_MB", can, seal, open_, idle};

#endif
