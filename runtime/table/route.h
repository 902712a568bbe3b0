/*
 * The decision: one pure lookup in a checked table.  libc only; linked into
 * tlsd (every connection) and tlsc (match, test, verify --deep), so that what
 * is proved is what runs.
 */
#ifndef RUNTIME_ROUTE_H
#define RUNTIME_ROUTE_H

#include "table.h"

enum route_sni { ROUTE_SNI_NAME, ROUTE_SNI_NONE, ROUTE_SNI_MALFORMED };

struct route_query {
	uint32_t frontend;
	enum route_sni sni_kind;
	/* ROUTE_SNI_NAME: any case, no trailing dot, 1..253 octets, not
	 * NUL-terminated. */
	const char *sni;
	uint8_t sni_len;
	uint8_t tls_bit;  /* exactly one WORD_TLSV bit */
	uint8_t family;   /* TBL_V4, TBL_V6; anything else is in no set */
	uint8_t addr[16]; /* network order; v4 in the first four.  A v4-mapped
	                   * v6 address must be given as v4. */
	uint64_t alpn;    /* bits of table_alpn_index of what was offered */
};

struct route_decision {
	uint32_t list;   /* LIST that decided, or its name's list when a
	                  * frontend's own clause did */
	uint32_t clause; /* CLAUSE */
	uint32_t action; /* ACTION */
	uint8_t own;     /* decided by the frontend's own when clause */
};

/* Called for every clause looked at, in order (match --trace); NULL is fine.
 * failed: 0 applies, else what did not hold. */
enum route_failed { ROUTE_APPLIES, ROUTE_SOURCE, ROUTE_ALPN, ROUTE_TLS };
typedef void route_trace_fn(void *arg, uint32_t clause, enum route_failed f);

void route_decide(const struct table *t, const struct route_query *q,
	struct route_decision *d, route_trace_fn *trace, void *arg);

/* The list for a name: exact > "*.p" > "**.p", longer p first > default.
 * *rec (may be NULL) is the matching record or NULL. */
uint32_t route_list(const struct table *t, const struct route_query *q,
	const struct tbl_namerec **rec);

/* Is the address in SRC[first, first + count)?  Binary search. */
int route_source_in(const struct table *t, uint32_t first, uint32_t count,
	uint8_t family, const uint8_t addr[16]);

/* Version class of a client's highest wire version: one WORD_TLSV bit. */
uint8_t route_tls_bit(uint16_t version);

#endif
