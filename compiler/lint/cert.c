/*
 * Certificates by themselves: TC0402 to TC0410, TC0412, TC0413, TC0419.  What was not
 * read (--no-fs, or a fault already reported) is not judged.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "compiler/check/cert.h"
#include "priv.h"
#include "runtime/judge/cert.h"

#define DAY 86400

/* Certificates that were read, one after the other. */
static const struct m_cert *next_cert(const struct lint_run *r, size_t *i)
{
	while (*i < r->m->certs.n) {
		const struct m_cert *t = &r->m->certs.v[(*i)++];
		if (t->info)
			return t;
	}
	return NULL;
}

/* The subject for a message: short, and without surprises. */
static const char *who(struct lint_run *r, const struct cert *c)
{
	const char *name = c->cn ? c->cn
		: c->dns_count   ? c->dns[0]
				 : c->subject;
	return arena_printf(r->a, "%.80s", name);
}

static const char *date(struct lint_run *r, int64_t when)
{
	time_t t = (time_t)when;
	struct tm tm;
	char buf[32];

	if (!gmtime_r(&t, &tm) || !strftime(buf, sizeof(buf), "%Y-%m-%d", &tm))
		return "?";
	return arena_strndup(r->a, buf, strlen(buf));
}

void lint_cert_validity(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));)
		for (size_t k = 0; k < t->info->count; k++) {
			const struct cert *c = &t->info->certs[k];
			const char *what =
				k ? "an issuer in the chain, " : "certificate ";
			struct diag *g;
			if (c->not_after < r->o->now) {
				g = diag_add(r->d, r->id, t->chain_span,
					"%s'%s' expired on %s", what, who(r, c),
					date(r, c->not_after));
				diag_help(g,
					"every client will refuse it: renew "
					"it");
			} else if (c->not_before > r->o->now) {
				g = diag_add(r->d, r->id, t->chain_span,
					"%s'%s' is not valid before %s", what,
					who(r, c), date(r, c->not_before));
				diag_help(g,
					"every client will refuse it until "
					"then; is the clock right?");
			}
		}
}

void lint_cert_expiry(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct cert *c = &t->info->certs[0];
		int64_t life = c->not_after - c->not_before;
		int64_t left = c->not_after - r->o->now;
		if (left < 0 || c->not_before > r->o->now || left * 3 >= life)
			continue;
		struct diag *g = diag_add(r->d, r->id, t->chain_span,
			"'%s' expires on %s: less than a third of its lifetime "
			"is left",
			who(r, c), date(r, c->not_after));
		diag_help(g,
			"renew it, and find out why this did not happen "
			"automatically");
	}
}

void lint_cert_chain(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct certinfo *f = t->info;
		struct diag *g;
		if (f->broken_at) {
			g = diag_add(r->d, r->id, t->chain_span,
				"certificate %zu of the chain, '%s', did not "
				"issue the one before it",
				f->broken_at + 1,
				who(r, &f->certs[f->broken_at]));
			diag_note(g, "'%s' was issued by %s",
				who(r, &f->certs[f->broken_at - 1]),
				f->certs[f->broken_at - 1].issuer);
			diag_help(g,
				f->issuer_at
					? "its issuer is certificate %zu of "
					  "the file: put each issuer right "
					  "after the certificate that it issued"
					: "the file must have the server's "
					  "certificate first, then each issuer "
					  "in turn",
				f->issuer_at + 1);
		} else if (f->ends_in_root && f->count > 1) {
			g = diag_add(r->d, r->id, t->chain_span,
				"the chain includes its root, '%s'",
				who(r, &f->certs[f->count - 1]));
			diag_at(g, DIAG_WARNING);
			diag_help(g,
				"remove it: a client trusts only a root that "
				"it already has, so this just makes every "
				"handshake longer");
		}
	}
}

void lint_cert_strength(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));)
		for (size_t k = 0; k < t->info->count; k++) {
			const char *why = t->info->certs[k].weakness;
			if (!why)
				continue;
			struct diag *g = diag_add(r->d, r->id, t->chain_span,
				"'%s' has %s", who(r, &t->info->certs[k]), why);
			diag_help(g,
				"at least RSA 2048 or P-256, signed with "
				"SHA-256");
		}
}

void lint_key_file(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct certinfo *f = t->info;
		struct diag *g = NULL;
		if (strstr(t->key, "pin-value=")) {
			g = diag_add(r->d, r->id, t->key_span,
				"the URI contains the token's PIN, and so will "
				"the table");
			diag_help(g, "write 'pin-source=file:PATH' instead");
		}
		if (!f->key_is_file)
			continue;
		if (f->key_mode & 077)
			g = diag_add(r->d, r->id, t->key_span,
				"the key file's mode is %04o: others than its "
				"owner may read or write it",
				(unsigned)(f->key_mode & 07777));
		if (g)
			diag_help(g, "chmod 600 %s", t->key);
		if (f->key_uid != 0 && f->key_uid != geteuid())
			diag_add(r->d, r->id, t->key_span,
				"the key file belongs to user %u",
				(unsigned)f->key_uid);
		if ((f->key_dir_mode & 022) && !(f->key_dir_mode & S_ISVTX))
			diag_add(r->d, r->id, t->key_span,
				"the key file's directory has mode %04o: "
				"others "
				"may replace the key",
				(unsigned)(f->key_dir_mode & 07777));
	}
}

void lint_cert_usage(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct cert *c = &t->info->certs[0];
		if (c->usage & JUDGE_USAGE_CA)
			diag_add(r->d, r->id, t->chain_span,
				"'%s' is a CA certificate, which a server's "
				"must not be",
				who(r, c));
		if (c->usage & JUDGE_USAGE_PURPOSE)
			diag_add(r->d, r->id, t->chain_span,
				"the extended key usage of '%s' lacks "
				"serverAuth (RFC 5280, 4.2.1.12)",
				who(r, c));
		if (c->usage & JUDGE_USAGE_SIGN)
			diag_add(r->d, r->id, t->chain_span,
				"the key usage of '%s' lacks digitalSignature",
				who(r, c));
	}
}

/* CA/Browser Forum Baseline Requirements 6.3.2: days, for certificates issued
 * on or after a day. */
static const struct {
	int64_t from;
	int days;
	const char *since;
} lifetimes[] = {
	{1868227200, 47, "2029-03-15"},
	{1805068800, 100, "2027-03-15"},
	{1773532800, 200, "2026-03-15"},
	{1598918400, 398, "2020-09-01"},
	{1519862400, 825, "2018-03-01"},
	{1427846400, 1187, "2015-04-01"},
};

void lint_cert_lifetime(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct cert *c = &t->info->certs[0];
		if (!t->info->ends_in_system && !c->cabf_policy)
			continue;
		for (size_t k = 0; k < sizeof(lifetimes) / sizeof(*lifetimes);
			k++) {
			if (c->not_before < lifetimes[k].from)
				continue;
			int64_t days =
				(c->not_after - c->not_before + DAY - 1) / DAY;
			if (days > lifetimes[k].days) {
				struct diag *g =
					diag_add(r->d, r->id, t->chain_span,
						"'%s' is valid for %lld "
						"days",
						who(r, c), (long long)days);
				diag_note(g,
					"since %s public CAs may issue for at "
					"most "
					"%d days (CA/Browser Forum BR 6.3.2), "
					"and "
					"browsers refuse more",
					lifetimes[k].since, lifetimes[k].days);
			}
			break;
		}
	}
}

void lint_cert_san(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct cert *c = &t->info->certs[0];
		if (c->has_san)
			continue;
		struct diag *g = diag_add(r->d, r->id, t->chain_span,
			"'%s' has no subject alternative name", who(r, c));
		diag_help(g,
			"clients ignore the common name (RFC 9525, 2): have it "
			"issued again with a dNSName");
	}
}

static void status_files(struct lint_run *r, const struct m_cert *t)
{
	const char *why = NULL;

	if (t->staple_open && t->chain_open)
		why = cert_judge_staple(
			r->a, t->staple_open, t->chain_open, r->o->now);
	if (why)
		diag_add(r->d, r->id, t->staple_span,
			"the OCSP response cannot be used: %s", why);
	why = t->sct_open ? cert_judge_sct(r->a, t->sct_open) : NULL;
	if (why)
		diag_add(r->d, r->id, t->sct_span,
			"the SCT file cannot be used: %s", why);
}

void lint_staple(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct cert *c = &t->info->certs[0];
		struct diag *g;
		if (c->must_staple && t->staple == STAPLE_NONE) {
			g = diag_add(r->d, r->id, t->chain_span,
				"'%s' requires a stapled OCSP response (RFC "
				"7633), but none is configured",
				who(r, c));
			diag_help(g, "add: staple auto;");
		}
		status_files(r, t);
		if (t->staple == STAPLE_AUTO && !c->responder)
			diag_add(r->d, r->id, t->staple_span,
				"'%s' names no OCSP responder to fetch a "
				"staple "
				"from",
				who(r, c));
	}
}

void lint_issuer(struct lint_run *r)
{
	const struct m_cert *t;

	for (size_t i = 0; (t = next_cert(r, &i));) {
		const struct certinfo *f = t->info;
		const struct cert *last = &f->certs[f->count - 1];
		struct diag *g;
		if (f->ends_in_system || f->broken_at || !t->used)
			continue;
		if (f->certs[0].self_issued) {
			g = diag_add(r->d, r->id, t->chain_span,
				"'%s' is self-signed", who(r, &f->certs[0]));
			diag_help(g,
				"clients trust it only if they are configured "
				"to");
			continue;
		}
		g = diag_add(r->d, r->id, t->chain_span,
			"the chain of '%s' leads to no CA that this system "
			"trusts",
			who(r, &f->certs[0]));
		diag_note(g, "its last certificate was issued by %s",
			last->issuer);
		diag_help(g,
			"either an intermediate certificate is missing from "
			"the chain, or the CA is private: then add 'allow "
			"untrusted-issuer reason \"...\"'");
	}
}

/* Workers get certificates alone (bundle_public.c), but who may read what? */
void lint_key_in_chain(struct lint_run *r)
{
	const struct m_cert *t;

	if (!r->o->no_credentials)
		lint_key_in_ca(r);
	for (size_t i = 0; (t = next_cert(r, &i));) {
		if (!t->info->holds_key)
			continue;
		struct diag *g = diag_add(r->d, r->id, t->chain_span,
			"the chain's file also contains a private key");
		diag_help(g,
			"keep the key in a file of its own: people and "
			"programs treat a chain as public");
	}
}
