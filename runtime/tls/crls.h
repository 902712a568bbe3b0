/*
 * The CRL files that a table names, each with the CAs whose clients it is for,
 * as they are in a bundle.
 */
#ifndef RUNTIME_CRLS_H
#define RUNTIME_CRLS_H

#include <gnutls/x509.h>
#include <stddef.h>

#include "runtime/common/bundle.h"
#include "runtime/judge/crl.h"
#include "runtime/table/table.h"

struct crl_use {
	const char *crl, *ca; /* paths, into the table */
};
/* Each pair once, in the order of the paths of CRLs; for free().  NULL with *n
 * 0: the table has none, or memory ran out. */
struct crl_use *crls_of(const struct table *t, size_t *n);

/* A file's CRLs alone; NULL: not there, or unreadable. */
struct judge_crls *crls_list(const struct bundle *b, const char *path);

struct crl_file {
	struct judge_crls *crls;
	gnutls_x509_crt_t *ca;
	unsigned count;
};
/* 0, or -1: missing or unreadable; then there is nothing to free. */
int crls_read(
	struct crl_file *f, const struct bundle *b, const struct crl_use *u);
void crls_done(struct crl_file *f);

#endif
