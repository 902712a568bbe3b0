/*
 * The files that a table names (files.h): read once into sealed bundles, one
 * with private keys and one without, and checked.
 */
#include "files.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ca_files.h"
#include "certs.h"
#include "crl_files.h"
#include "facts.h"
#include "isolate.h"
#include "load.h"
#include "options.h"
#include "refuse.h"
#include "renew.h"
#include "resolve.h"
#include "runtime/common/bundle.h"
#include "runtime/common/bundle_make.h"
#include "runtime/common/generation.h"
#include "runtime/table/table.h"
#include "runtime/tls/credentials.h"
#include "ticket_secret.h"

static void add_hosts(struct bundle_files *files, const struct table *t,
	const struct hosts *hosts)
{
	char name[300];
	uint32_t i;

	for (i = 0; i < t->server_count; i++) {
		const char *host = table_str(t, t->server[i].host_str);
		const char *addrs = t->server[i].family == TBL_HOST
			? resolve_get(hosts, host)
			: NULL;

		if (!addrs)
			continue;
		snprintf(name, sizeof(name), BUNDLE_RESOLVE "%s", host);
		bundle_add(files, name, addrs, strlen(addrs));
	}
}

/* Only a hash, which shows a change.  The workers are told the secret itself
 * (secrets.c). */
static void add_tickets(struct bundle_files *files)
{
	uint8_t digest[32];

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, ticket_secret_get(),
		    BUNDLE_TICKETS_LEN, digest) < 0)
		abort();
	bundle_add(files, BUNDLE_TICKETS, digest, sizeof(digest));
}

/* The monitor reads from the network, so it gets no secrets.  Workers get
 * private keys only if there is no keys process. */
static int seal_all(struct loaded *l, struct bundle_files *files,
	const struct options *o, char *err, size_t n)
{
	if (o->metrics || facts_want_monitor(l)) {
		l->public_fd = bundle_seal_public(files, err, n);
		if (l->public_fd < 0)
			return -1;
	}
	if (o->tickets)
		add_tickets(files);
	l->keys_fd = bundle_seal(files, err, n);
	if (l->keys_fd < 0 || !o->keys_process)
		return l->keys_fd;
	l->bundle_fd = bundle_seal_public(files, err, n);
	return l->bundle_fd;
}

/* The bundle with everything and, if somebody needs it, the public one. */
static int make_bundles(
	struct loaded *l, const struct files_from *from, struct refusal *why)
{
	const struct options *o = from->options;
	const struct table *t = &l->view->table;
	struct bundle_files files = {.patient = !o->strict};
	char err[512] = "";
	int r = o->tickets ? ticket_secret_read(o->tickets, err, sizeof(err))
			   : 0;

	if (r == 0)
		r = bundle_collect(&files, t, o->base, err, sizeof(err));
	if (r == 0 && from->hosts)
		add_hosts(&files, t, from->hosts);
	if (r == 0 && !o->strict &&
		isolate_bad(l, &files, from->live, o, why) < 0) {
		bundle_files_free(&files);
		return -1;
	}
	if (r == 0)
		r = seal_all(l, &files, o, err, sizeof(err));
	bundle_files_free(&files);
	if (r >= 0)
		return 0;
	refuse(why, "TC0422", "%s", err);
	if (!strncmp(err, "TC", 2))
		refuse_known(why, err);
	return -1;
}

static int check_files(
	struct loaded *l, const struct options *o, struct refusal *why)
{
	char err[512] = "";
	struct bundle *all = bundle_map(l->keys_fd, err, sizeof(err));

	if (!all) {
		refuse(why, "", "%s", err);
		return -1;
	}
	/* Otherwise they are isolated. */
	if ((o->strict &&
		    certs_check(&l->view->table, all,
			    o->check ? CERTS_ALL : CERTS_FIRST, err,
			    sizeof(err)) < 0) ||
		ca_files_check(&l->view->table, all, err, sizeof(err)) < 0 ||
		crl_files_check(&l->view->table, all, err, sizeof(err)) < 0 ||
		credentials_check(&l->view->table, all, err, sizeof(err)) < 0) {
		refuse_known(why, err);
		bundle_unmap(&all);
		return -1;
	}
	bundle_unmap(&all);
	return 0;
}

int files_load(
	struct loaded *l, const struct files_from *from, struct refusal *why)
{
	const struct options *o = from->options;
	char err[512] = "";

	l->fingerprint = renew_fingerprint(&l->view->table, o);
	if (make_bundles(l, from, why) < 0)
		return -1;
	if (check_files(l, o, why) < 0)
		return -1;
	if (!o->keys_process) {
		l->bundle_fd = l->keys_fd;
		l->keys_fd = -1;
	}
	l->view->bundle = bundle_map(l->bundle_fd, err, sizeof(err));
	if (!l->view->bundle)
		refuse(why, "", "%s", err);
	return l->view->bundle ? 0 : -1;
}
