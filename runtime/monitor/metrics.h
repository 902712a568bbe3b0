/*
 * The text of /metrics (Prometheus exposition format 0.0.4), from the board and
 * from what the monitor knows about the live table.
 */
#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include <stdint.h>
#include <stdio.h>

#include "runtime/common/board.h"
#include "runtime/common/bundle.h"
#include "runtime/table/table.h"

struct metrics_cert {
	const char *name;
	int64_t not_after;    /* seconds since 1970; of the leaf */
	uint8_t stapled;      /* its OCSP response is fetched */
	int64_t staple_until; /* end of the fetched OCSP response; 0: none */
};

struct metrics_bad {
	const char *name;
	enum bundle_cert state;
};

struct metrics_crl {
	const char *path;
	int64_t until; /* the first end of its CRLs; INT64_MAX: never */
};

/* About the live table. */
struct metrics_facts {
	char root[65], semantic[65]; /* hex */
	uint64_t generation, serial;
	struct metrics_cert *cert;
	size_t cert_count;
	struct metrics_bad *bad; /* certificates whose files are not used */
	size_t bad_count;
	struct metrics_crl *crl;
	size_t crl_count;
};

/* Reads the certificates' ends from the bundle.  Strings point into the table.
 * 0, or -1: no memory.  Certificates that cannot be read are left out. */
int metrics_facts_make(struct metrics_facts *f, uint64_t generation,
	const struct table *t, const struct bundle *b);
void metrics_facts_free(struct metrics_facts *f);

/* facts may be NULL before the first table. */
void metrics_write(FILE *out, struct board *b, const struct metrics_facts *f);

#endif
