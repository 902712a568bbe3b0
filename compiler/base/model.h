/*
 * The checked model: what a policy means, typed, with every name resolved and
 * every default filled in.  check.c makes one from trees, undump.c from a
 * table; table/, verify/, diff/ and lint/ read it.  It mirrors
 * grammar/table.h, with names and spans added.  All indices are into the
 * arrays below; MODEL_NONE is "none".  Everything lives in the arena.
 */
#ifndef COMPILER_MODEL_H
#define COMPILER_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "source.h"

struct arena;

#define MODEL_NONE 0xffffffffu

/* A dynamic array by macro: VEC(struct x) has v, n, cap (see arena_grow). */
#define VEC(type)                                                              \
	struct {                                                               \
		type *v;                                                       \
		size_t n, cap;                                                 \
	}

/* Where something is declared.  Built-in things have span.file == 0. */
struct m_name {
	const char *text;
	struct span span; /* of the name */
};

struct m_profile {
	struct m_name name;
	uint16_t tls_min, tls_max; /* wire versions */
	VEC(uint16_t)
	suites, groups; /* by preference, resolved through extends */
	int server_preference, tickets, early_data;
	struct span tls_span, suites_span,
		groups_span; /* last setting of each */
	struct span span;
	int used;
};

struct m_cert {
	struct m_name name;
	const char *chain, *key;           /* as the table holds them */
	const char *chain_open, *key_open; /* what to open; NULL: nothing */
	struct span chain_span, key_span, span;
	uint8_t staple, missing;
	const char *staple_path, *sct_path; /* or NULL */
	const char *staple_open, *sct_open;
	struct span sct_span;
	struct span staple_span;
	int has_pin;
	uint8_t pin[32];
	VEC(const char *) covers; /* name patterns, sorted */
	struct certinfo *info; /* read from disk (cert.h), or NULL: --no-fs */
	int used;
};

struct m_limit {
	struct m_name name;
	uint32_t hello_bytes, hello_ms, handshake_ms, idle_ms, connect_ms,
		drain_ms;
	uint32_t conns, conns_source, conn_rate, conn_rate_source;
	uint32_t hs_rate, hs_rate_source, hs_flight;
	uint64_t bandwidth, bandwidth_source;
	uint32_t keepalive_s; /* 0: off */
	/* Of requests; see tbl_climit. */
	uint32_t head_bytes, head_ms, requests, requests_source;
	uint32_t keep_alive_ms, response_ms;
	uint64_t body_bytes;
	struct span span;
	int used;
};

struct m_server {
	struct span span; /* of the address */
	uint8_t family;   /* enum tbl_family */
	uint16_t port;
	uint32_t weight, max_conns;
	uint8_t addr[16];
	const char *host; /* name or path, or NULL */
};

struct m_source {
	uint8_t family; /* TBL_V4 or TBL_V6 */
	uint8_t addr[16];
};

/* A file of CAs, and what it holds (table.h's tbl_trust). */
struct m_trusted {
	uint8_t sha256[32];  /* of the certificate */
	const char *subject; /* for people */
};
struct m_trust {
	const char *path;            /* as the table holds it */
	VEC(struct m_trusted) certs; /* ascending; none: not known */
	int live;                    /* it may change without a new table */
	struct span span;            /* where it is said first */
};

struct m_backend {
	struct m_name name;
	struct span span;
	VEC(struct m_server) servers;
	uint8_t balance, proxy, check;
	int has_tls;
	uint32_t profile; /* when has_tls */
	int system_ca;
	const char *ca, *ca_open;      /* or NULL */
	const char *ca_read;           /* what diff may read, or NULL */
	uint32_t ca_trust;             /* trusts index or MODEL_NONE; of ca */
	const char *verify_name, *sni; /* or NULL */
	VEC(uint32_t) alpn;            /* alpns indices */
	uint32_t check_interval_ms, check_timeout_ms;
	uint16_t check_fall, check_rise;
	const char *check_path;
	const char *check_sni; /* or NULL */
	uint32_t queue, slow_start_ms;
	VEC(struct m_source) sources;
	struct span health_span;
	struct span tls_span, verify_span;
	int used;
};

struct m_action {
	uint8_t mode, reject, client_auth;
	uint32_t backend, profile, enforce, limit;
	uint32_t site; /* or MODEL_NONE; with one, backend is MODEL_NONE */
	VEC(uint32_t) certs; /* certs indices, as written */
	VEC(uint32_t) alpn;  /* alpns indices, by preference */
	const char *client_ca, *client_ca_open, *client_crl;
	uint32_t client_trust; /* trusts index or MODEL_NONE; of client_ca */
	/* What diff may read of them, or NULL (check_trust_file). */
	const char *client_ca_read, *client_crl_read;
	uint32_t domain; /* see table.h */
};

/* An address prefix; v4 lies in addr[0..3]. */
struct m_prefix {
	uint8_t family; /* TBL_V4, TBL_V6 */
	uint8_t len;
	uint8_t addr[16];
};

struct prefix_span {
	const struct m_prefix *v;
	size_t n;
};

/* Canonical: ascending, disjoint, merged (see tbl_prefix).  prefix.h does
 * union, intersection, difference. */
struct m_set {
	struct m_name name; /* text NULL for an inline set */
	VEC(struct m_prefix) prefixes;
	VEC(struct span) spans;       /* of elements as written, for TC0312 */
	VEC(struct m_prefix) written; /* parallel to spans */
	struct prefix_span outside;   /* its complement; made when asked for */
	struct span span;
	int used;
	int unknown; /* from a file that --no-fs left unread */
};

/* A part of the network, and how its octets travel (segment.h). */
struct m_segment {
	struct m_name name;
	VEC(struct m_prefix) prefixes; /* canonical */
	uint8_t link;                  /* WORD_LINK */
	const char *note;              /* or NULL */
	struct span span, link_span;
};

/* A named set of name patterns, for assertions; keys in stored form. */
struct m_key {
	const char *text; /* not NUL-terminated */
	uint8_t len;
};
struct m_name_set {
	struct m_name name;
	VEC(struct m_key) keys;
	int unknown;
};

struct m_clause {
	uint32_t set;     /* sets index, MODEL_NONE when src_test is ANY */
	uint8_t src_test; /* enum tbl_srctest */
	uint8_t tls_mask;
	uint64_t alpn_need, alpn_deny;
	uint32_t action;
	struct span span;        /* the whole clause: what SRCMAP records */
	struct span guard_span;  /* its guard, or empty */
	struct span action_span; /* its action */
	/* From a table, where there is no text: file/line/column as recorded,
	 * with span.file == 0. */
	const char *file;
	uint32_t line, column, end_column;
};

/* Has a clause list all clauses of the text?  Of one that lacks some, only what
 * more clauses cannot change is reported; one in disorder is not judged. */
enum m_torn { MODEL_WHOLE, MODEL_LACKS, MODEL_DISORDER };

/* A clause list: clauses[first .. first+count). */
struct m_list {
	struct m_name route; /* route's name, or "no-sni", ... */
	struct span span;
	uint32_t first, count;
	uint32_t frontend; /* of the route */
	uint8_t is_arm;
	uint8_t torn; /* enum m_torn */
};

/* One name pattern of a frontend.  Millions of these: keep it small.  The key
 * of a map's line points into the file: it is not NUL-terminated, use len. */
struct m_pattern {
	const char *key;    /* lower-case A-labels; "*.x", "**.x" or "x" */
	uint32_t list;      /* lists index */
	uint32_t file, off; /* its place (file 0: from a table) */
	uint16_t frontend;
	uint8_t len;
	uint8_t from_map;
};

/* One row of a site's terms: its bit is set when one of its rows holds. */
struct m_term {
	uint8_t bit, kind;        /* enum tbl_termkind */
	const char *name, *value; /* or NULL */
	uint32_t set;             /* SOURCE; else MODEL_NONE */
};

struct m_edit {
	uint8_t side, op, value; /* as tbl_edit */
	const char *name;
	const char *text; /* or NULL */
	struct span span;
};

struct m_split {
	uint32_t backend, weight;
};

/* What is done with a request; equal ones are one. */
struct m_caction {
	uint8_t kind; /* enum tbl_cactionkind */
	uint16_t status;
	const char *text;   /* or NULL */
	const char *sticky; /* or NULL */
	VEC(struct m_split) splits;
};

struct m_cclause {
	uint64_t need, deny; /* bits of the site's terms */
	uint32_t action;     /* cactions */
	struct span span, guard_span, action_span;
	const char *file; /* as in m_clause */
	uint32_t line, column, end_column;
};

/* `path is` or `path under`; its clauses are cclauses [first, first + count). */
struct m_path {
	const char *text;
	uint32_t len;
	uint8_t is_exact;
	uint32_t first, count;
	VEC(struct m_edit) edits;
	struct span span; /* of the text */
};

struct m_site {
	struct m_name name;
	struct span span;
	VEC(struct m_term) terms; /* ascending by bit */
	VEC(struct m_edit) edits;
	VEC(struct m_path)
	paths;                  /* ascending by text, `is` first; `under "/"`
	                           * is one of them */
	VEC(uint32_t) backends; /* that its clauses name, ascending (site.h) */
	uint8_t mode;           /* as tbl_site */
	uint8_t answers;        /* some requests go to no backend */
	uint8_t is_frontends;   /* stands in a frontend without TLS */
	uint8_t torn;           /* enum m_torn */
	int used;
};

struct m_listener {
	struct span span;
	uint8_t family;
	uint16_t port;
	uint8_t addr[16];
	const char *path;
};

struct m_frontend {
	struct m_name name;
	struct span span;
	VEC(struct m_listener) listeners;
	uint32_t pre_first, pre_count; /* clauses */
	uint8_t torn;                  /* enum m_torn: of its own clauses */
	uint32_t no_sni, default_, malformed; /* lists */
	uint32_t limit, profile; /* the frontend's own, as defaults of routes */
	VEC(uint32_t) certs;
	uint32_t proxy_set;      /* sets index or MODEL_NONE */
	uint32_t clear_site;     /* without TLS: its site; else MODEL_NONE */
	uint64_t alpn_mentioned; /* tokens that its guards test */
	uint32_t pattern_first, pattern_count; /* patterns are grouped */
};

struct facts; /* what only lints need: check.h */

struct m_input {
	uint32_t kind; /* enum tbl_inputkind */
	const char *name, *value;
	uint8_t sha256[32];
};

struct m_text {
	uint32_t kind; /* 1 test, 2 assertion */
	const char *text, *file;
	uint32_t line;
	struct ast *node; /* NULL when from a table */
};

struct model {
	struct arena *arena;
	VEC(const char *) alpns; /* tokens; index = bit; sorted */
	VEC(struct m_profile) profiles;
	VEC(struct m_cert) certs;
	VEC(struct m_limit) limits;
	VEC(struct m_trust) trusts; /* in no order */
	VEC(struct m_backend) backends;
	VEC(struct m_action) actions;
	VEC(struct m_site) sites;
	VEC(struct m_caction) cactions;
	VEC(struct m_cclause) cclauses;
	VEC(struct m_set) sets;
	VEC(struct m_name_set) name_sets; /* not in a table */
	VEC(struct m_segment) segments;
	VEC(struct m_clause) clauses;
	VEC(struct m_list) lists;
	VEC(struct m_frontend) frontends;
	VEC(struct m_pattern) patterns; /* grouped by frontend, as declared */
	VEC(struct m_input) inputs;
	VEC(struct m_text) texts;
	struct facts *facts;  /* NULL when from a table */
	uint8_t semantic[32]; /* set by verify.c / from the table */
	uint64_t serial;
	int faulty; /* there were errors: something may not be what was meant */
	struct verify_cache *verify; /* verify/cache.h; made when asked for */
};

#endif
