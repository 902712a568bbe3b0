/*
 * Paths from a peer's certificate to the CAs of its credentials (peer_path.h).
 * Called by peer.c when GnuTLS has found none; owns copies of the CAs
 * meanwhile.
 */
#include "peer_path.h"

#include <stdlib.h>

#include "runtime/judge/cert.h"

#define SIGNATURES                                                             \
	64      /* that are looked at; a peer that sends more is refused */
#define PATHS 8 /* that are judged */
#define LENGTH 17

struct search {
	const gnutls_x509_crt_t *sent;
	unsigned count;
	gnutls_x509_crt_t *ca;
	unsigned cas;
	const char *purpose;
	gnutls_typed_vdata_st *name;
	gnutls_x509_crt_t down[LENGTH]; /* from the CA */
	unsigned len, signatures, paths;
};

int peer_path_may_help(unsigned status)
{
	const unsigned of_a_path = GNUTLS_CERT_INVALID |
		GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNATURE_FAILURE |
		GNUTLS_CERT_SIGNER_NOT_CA | GNUTLS_CERT_EXPIRED |
		GNUTLS_CERT_NOT_ACTIVATED | GNUTLS_CERT_PURPOSE_MISMATCH |
		GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE |
		GNUTLS_CERT_INSECURE_ALGORITHM;

	return status && !(status & ~of_a_path);
}

static int read_cas(gnutls_session_t s, struct search *x)
{
	gnutls_certificate_credentials_t ours;
	gnutls_x509_trust_list_iter_t iter = NULL;
	gnutls_x509_trust_list_t list;
	gnutls_x509_crt_t ca, *more;

	if (gnutls_credentials_get(s, GNUTLS_CRD_CERTIFICATE, (void **)&ours) <
		0)
		return -1;
	gnutls_certificate_get_trust_list(ours, &list);
	while (gnutls_x509_trust_list_iter_get_ca(list, &iter, &ca) >= 0) {
		more = realloc(x->ca, (x->cas + 1) * sizeof(*more));
		if (!more) {
			gnutls_x509_crt_deinit(ca);
			gnutls_x509_trust_list_iter_deinit(iter);
			return -1;
		}
		x->ca = more;
		x->ca[x->cas++] = ca;
	}
	gnutls_x509_trust_list_iter_deinit(iter);
	return 0;
}

/* GnuTLS judges the one path to the one CA. */
static int is_good(struct search *x)
{
	gnutls_x509_crt_t path[LENGTH];
	gnutls_x509_trust_list_t list;
	unsigned status = 1, i;

	if (x->paths++ >= PATHS || gnutls_x509_trust_list_init(&list, 1) < 0)
		return 0;
	for (i = 1; i < x->len; i++)
		path[i - 1] = x->down[x->len - i];
	if (gnutls_x509_trust_list_add_cas(list, x->down, 1, 0) != 1 ||
		gnutls_x509_trust_list_verify_crt2(list, path, x->len - 1,
			x->name, x->name ? 1 : 0,
			GNUTLS_PROFILE_TO_VFLAGS(GNUTLS_PROFILE_MEDIUM),
			&status, NULL) < 0)
		status = 1;
	gnutls_x509_trust_list_deinit(list, 0); /* the CA is not its own */
	return status == 0;
}

/* Also those that say: for everything, which GnuTLS does not take from a CA. */
static int all_are_for_it(const struct search *x)
{
	unsigned i;

	for (i = 1; i < x->len; i++)
		if (!judge_cert_is_for(x->down[i], x->purpose))
			return 0;
	return 1;
}

/* May the next one be below the last? */
static int fits(struct search *x, unsigned i)
{
	gnutls_x509_crt_t issuer = x->down[x->len - 1], crt = x->sent[i];
	unsigned critical, k;

	for (k = 0; k < x->len; k++)
		if (gnutls_x509_crt_equals(x->down[k], crt))
			return 0;
	return gnutls_x509_crt_check_issuer(crt, issuer) > 0 &&
		(!i || gnutls_x509_crt_get_ca_status(crt, &critical) > 0) &&
		x->signatures++ < SIGNATURES && judge_cert_issued(issuer, crt);
}

/* From a CA of ours down, so that the keys that are computed with are those of
 * CAs that it vouches for, and not whatever a stranger has made. */
static int go_down(struct search *x)
{
	unsigned i;
	int found = 0;

	for (i = 0; i < x->count && !found && x->len < LENGTH; i++) {
		if (!fits(x, i))
			continue;
		x->down[x->len++] = x->sent[i];
		found = i ? go_down(x) : is_good(x) && all_are_for_it(x);
		x->len--;
	}
	return found;
}

/* Trusted by our own copy, whatever is sent after it. */
static int is_itself(struct search *x)
{
	int is;

	if (!x->count || !gnutls_x509_crt_equals(x->down[0], x->sent[0]))
		return 0;
	x->down[x->len++] = x->sent[0];
	is = is_good(x) && all_are_for_it(x);
	x->len--;
	return is;
}

int peer_path_exists(gnutls_session_t s, const gnutls_x509_crt_t *crt,
	unsigned n, const char *purpose, gnutls_typed_vdata_st *name)
{
	struct search x = {.sent = crt,
		.count = n,
		.purpose = purpose,
		.name = name,
		.len = 1};
	int found = 0;
	unsigned i;

	if (read_cas(s, &x) == 0)
		for (i = 0; i < x.cas && !found; i++) {
			x.down[0] = x.ca[i];
			found = is_itself(&x) || go_down(&x);
		}
	while (x.cas)
		gnutls_x509_crt_deinit(x.ca[--x.cas]);
	free(x.ca);
	return found;
}
