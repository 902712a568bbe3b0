/*
 * The binary table: layout and nothing else.  TABLE.md is its specification
 * in words, with the numbered invariants; runtime/table/table.h reads and validates;
 * compiler/table/emit.c writes.  Little-endian, naturally aligned, no pointers, no
 * implicit padding.  Included by both programs.
 */
#ifndef GRAMMAR_TABLE_H
#define GRAMMAR_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define TBL_MAGIC "\x89TLSP\r\n\x1a"
#define TBL_ENDIAN 0x01020304u
#define TBL_MAJOR 1
#define TBL_MINOR 2
#define TBL_HEADER_SIZE 256
#define TBL_DIRENT_SIZE 64
#define TBL_ALIGN 64
#define TBL_SECTIONS_MAX 64
#define TBL_PROBE_MAX 8      /* buckets looked at per key, at most */
#define TBL_ALPN_MAX 64      /* ALPN tokens in a table: one bit each */
#define TBL_LABEL_MAX 100    /* the name of an element, in octets */
#define TBL_NAME_MAX 253     /* a key, "**." included, in octets */
#define TBL_NONE 0xffffffffu /* "no such element" where a field may be empty */

#define TBL_F_CRITICAL 1u /* a reader that does not know the section refuses */

/* Section types in rank order: an element refers only to lower sections.
 * (NAMEREC names its frontend by number, as part of the key, not as a link.)
 * 40..59 are for content (HTTP): of 40..51 a table has all or none. */
enum tbl_section {
	TBL_STR = 1,       /* bytes; offset 0 is the empty string */
	TBL_ALPN = 2,      /* tbl_alpn: protocol tokens; index = bit in masks */
	TBL_SUITES = 3,    /* uint16_t: IANA suite and group code points */
	TBL_PROFILE = 4,   /* tbl_profile */
	TBL_COVERS = 5,    /* uint32_t: STR offsets of name patterns */
	TBL_CERT = 6,      /* tbl_cert */
	TBL_CERTREF = 7,   /* uint32_t: lists of CERT indices */
	TBL_ALPNREF = 8,   /* uint32_t: lists of ALPN indices, by preference */
	TBL_LIMIT = 9,     /* tbl_limit */
	TBL_SERVER = 10,   /* tbl_server; a backend's servers are adjacent */
	TBL_BACKEND = 11,  /* tbl_backend */
	TBL_ACTION = 12,   /* tbl_action */
	TBL_SRC = 13,      /* tbl_prefix; ranges of it are sets */
	TBL_CLAUSE = 14,   /* tbl_clause; a list's clauses are adjacent */
	TBL_LIST = 15,     /* tbl_list */
	TBL_NAMEREC = 16,  /* tbl_namerec, variable length, 4-aligned */
	TBL_NAMEIDX = 17,  /* tbl_bucket */
	TBL_FRONTEND = 18, /* tbl_frontend */
	TBL_LISTENER = 19, /* tbl_listener */
	TBL_SRCMAP = 20,   /* tbl_srcmap: parallel to CLAUSE */
	TBL_PROVENANCE = 21, /* tbl_input: the inputs and parameters */
	TBL_TESTS = 22,      /* tbl_text: canonical text of tests, assertions */
	TBL_EXTRA = 23,   /* tbl_extra; critical, and there when it has rows */
	TBL_TRUST = 24,   /* tbl_trust; the same */
	TBL_TERM = 40,    /* tbl_term; a site's are adjacent */
	TBL_EDIT = 41,    /* tbl_edit; runs: the sites', then the lists' */
	TBL_SPLIT = 42,   /* tbl_split; an action's are adjacent */
	TBL_CACTION = 43, /* tbl_caction */
	TBL_CCLAUSE = 44, /* tbl_cclause; a list's are adjacent */
	TBL_CLIST = 45,   /* tbl_clist: what decides for one path of a site */
	TBL_PATHREC = 46, /* tbl_pathrec, variable length, 4-aligned */
	TBL_PATHIDX = 47, /* tbl_bucket, as NAMEIDX */
	TBL_SITE = 48,    /* tbl_site */
	TBL_CONTENT = 49, /* uint32_t: the SITE of each ACTION, or TBL_NONE */
	TBL_CLEAR = 50,   /* uint32_t: the SITE of each FRONTEND that listens
	                   * without TLS, or TBL_NONE */
	TBL_CLIMIT = 51,  /* tbl_climit: of each LIMIT */
};

struct tbl_header {
	uint8_t magic[8];
	uint32_t endian;
	uint16_t major, minor;
	uint64_t file_size;
	uint32_t header_size, section_count, dirent_size, flags;
	uint64_t serial;      /* anti-rollback; 0 = none */
	uint8_t root[32];     /* SHA-256, see TABLE.md */
	uint8_t semantic[32]; /* SHA-256 of the canonical decision function */
	uint8_t source[32];   /* SHA-256 over the inputs */
	uint64_t hash_seed[2];
	uint32_t max_probe, name_count;
	uint8_t zero[88];
};

struct tbl_dirent {
	uint32_t type, flags;
	uint64_t off, size;
	uint32_t elem_size, count; /* elem_size 0: variable (STR, NAMEREC) */
	uint8_t sha256[32];
};

/* Every field named "..._str" is an offset into STR of a NUL-terminated
 * string; 0 is the empty string and means "not given" where that is allowed.
 * Paths are relative to the directory of the root policy file. */

struct tbl_alpn {
	uint32_t token_str; /* the token's bytes; no NUL inside (1..255) */
	uint32_t len;
};

struct tbl_profile {
	uint32_t name_str;
	uint16_t tls_min, tls_max;         /* wire versions, 0x0301..0x0304 */
	uint32_t suite_first, suite_count; /* SUITES, by preference */
	uint32_t group_first, group_count; /* SUITES, by preference */
	uint32_t flags;
	uint32_t zero;
};
#define TBL_PROFILE_SERVER_PREFERENCE 1u
#define TBL_PROFILE_TICKETS 2u    /* session resumption by ticket */
#define TBL_PROFILE_EARLY_DATA 4u /* 0-RTT */

struct tbl_cert {
	uint32_t name_str;
	uint32_t chain_str, key_str; /* paths, or a pkcs11: URI for the key */
	uint32_t staple_str;         /* path, when staple is FILE */
	uint32_t sct_str;            /* path or empty */
	uint8_t staple;              /* enum staple_source */
	uint8_t has_pin;
	uint8_t missing; /* enum missing_reason */
	uint8_t zero;
	/* COVERS: the patterns of routes that name this certificate, sorted;
	 * a renewal that no longer covers them is refused.  Not from maps. */
	uint32_t covers_first, covers_count;
	uint8_t pin[32]; /* SHA-256 of the SubjectPublicKeyInfo */
};

struct tbl_limit {
	uint32_t name_str;
	uint32_t hello_bytes; /* ClientHello, handshake headers included */
	uint32_t hello_ms, handshake_ms, idle_ms, connect_ms, drain_ms;
	uint32_t conns, conns_source;         /* concurrent; 0 = unlimited */
	uint32_t conn_rate, conn_rate_source; /* a second; 0 = unlimited */
	uint32_t hs_rate, hs_rate_source;
	uint32_t hs_flight; /* handshakes in flight; 0 = unlimited */
	uint64_t bandwidth,
		bandwidth_source; /* bytes a second; 0 = unlimited */
};

struct tbl_server {
	uint8_t family; /* enum tbl_family */
	uint8_t zero;
	uint16_t port;
	uint32_t weight;    /* 0..65535; 0 takes no new connections */
	uint32_t host_str;  /* host name (HOST) or path (UNIX); else 0 */
	uint32_t max_conns; /* 0 = unlimited */
	uint8_t addr[16];   /* network order; v4 in the first four, rest 0 */
};
enum tbl_family { TBL_V4 = 4, TBL_V6 = 6, TBL_HOST = 1, TBL_UNIX = 2 };

struct tbl_backend {
	uint32_t name_str;
	uint32_t server_first, server_count; /* at least 1 */
	uint8_t balance;                     /* enum balancing */
	uint8_t proxy; /* enum proxy_version, towards the servers */
	uint8_t check; /* enum health_check: active health check */
	uint8_t flags;
	uint32_t profile; /* PROFILE towards the servers, or TBL_NONE: no tls */
	uint32_t ca_str;  /* CA bundle path, or empty: not verified */
	uint32_t verify_name_str; /* name to verify, and SNI if sni_str empty */
	uint32_t sni_str; /* SNI to send; empty: verify_name, else client's */
	uint32_t alpn_first,
		alpn_count; /* ALPNREF offered; 0: client's choice */
	uint32_t check_interval_ms, check_timeout_ms;
	uint16_t check_fall, check_rise;
	uint32_t check_path_str;
	uint32_t queue; /* waiting connections at full servers; 0 = none */
	uint32_t slow_start_ms;
};
#define TBL_BACKEND_SYSTEM_CA 1u /* verify against the system's CAs */

struct tbl_action {
	uint8_t mode;        /* enum mode */
	uint8_t reject;      /* enum reject, when mode is REJECT; else 0 */
	uint8_t client_auth; /* enum client_auth */
	uint8_t zero;
	uint32_t backend; /* BACKEND, or TBL_NONE when REJECT */
	uint32_t profile; /* PROFILE when decrypting, or TBL_NONE */
	uint32_t enforce; /* PROFILE of "enforcing", or TBL_NONE */
	uint32_t limit;   /* LIMIT, always valid */
	uint32_t cert_first, cert_count; /* CERTREF; >= 1 when decrypting */
	uint32_t alpn_first, alpn_count; /* ALPNREF; 0 = ALPN not negotiated */
	uint32_t client_ca_str;  /* path, when client_auth is not NONE */
	uint32_t client_crl_str; /* path or empty */
	uint32_t domain; /* resumption domain: equal trust settings, equal id */
};

/* A set is a run of prefixes: strictly ascending, disjoint, host bits zero, no
 * two siblings that could be one; all v4 before all v6.  Each has the set's
 * number, so that the two ends of a range show whether it is one whole set. */
struct tbl_prefix {
	uint32_t set;   /* ascending by one from 0 */
	uint8_t family; /* TBL_V4 or TBL_V6 */
	uint8_t len;
	uint16_t zero;
	uint8_t addr[16]; /* network order; v4 in the first four, rest 0 */
};

/* Applies iff: source test holds, and (offered & need) == need, and
 * (offered & deny) == 0, and the client's version class is in tls_mask. */
struct tbl_clause {
	uint64_t alpn_need, alpn_deny; /* bits are ALPN indices */
	uint32_t src_first, src_count; /* SRC */
	uint8_t src_test;              /* enum tbl_srctest */
	uint8_t tls_mask;              /* enum tls_class, 1..TLSV_ALL */
	uint16_t zero;
	uint32_t action;
};
enum tbl_srctest { TBL_SRC_ANY = 0, TBL_SRC_IN = 1, TBL_SRC_NOT_IN = 2 };

struct tbl_list {
	uint32_t first, count; /* CLAUSE; the last applies unconditionally */
	uint32_t route_str;    /* route's name; "no-sni" and so on for an arm */
};

/* Followed by len octets of key and zeros up to a multiple of four; so the
 * key is not always NUL-terminated.  Frontends ascend. */
struct tbl_namerec {
	uint32_t list;     /* LIST */
	uint16_t frontend; /* FRONTEND's index (checked there: see TABLE.md) */
	uint8_t len;       /* 1..TBL_NAME_MAX */
	uint8_t zero;
};

/* A key is the frontend's index and the name as written ("*.x", "**.x" and "x"
 * are three keys).  SipHash-1-3 under hash_seed over u16 frontend (LE) and the
 * octets.  Home bucket: (low 32 bits * buckets) >> 32.  Tag: the high 32 bits,
 * 1 when they are 0.  tag 0 = free; free slots are last in their bucket.  off
 * is in units of 4 octets. */
struct tbl_bucket {
	uint32_t tag[8];
	uint32_t off[8];
};

struct tbl_frontend {
	uint32_t name_str;
	uint32_t pre_first, pre_count;        /* CLAUSE: its own when clauses */
	uint32_t no_sni, default_, malformed; /* LIST */
	uint32_t limit;                    /* LIMIT before a route is known */
	uint32_t proxy_first, proxy_count; /* SRC: accept-proxy; 0 = none */
	uint32_t name_count;               /* its keys in NAMEREC */
	/* bit d (0-based, word d / 64): a key whose name has d labels after
	 * "*." or "**." is taken off exists */
	uint64_t exact_depth[2], one_depth[2], any_depth[2];
};

struct tbl_listener {
	uint32_t frontend; /* FRONTEND */
	uint8_t family;    /* TBL_V4, TBL_V6 or TBL_UNIX */
	uint8_t flags;
	uint16_t port;
	uint32_t path_str; /* UNIX */
	uint32_t zero;
	uint8_t addr[16];
};

#define TBL_LISTENER_CLEAR 1u /* HTTP without TLS: all of a frontend, or none */

struct tbl_srcmap {
	uint32_t file_str; /* path relative to the root policy's directory */
	uint32_t line;     /* from 1 */
	uint32_t column, end_column; /* from 1, in octets; end exclusive */
};

struct tbl_input {
	uint32_t kind; /* enum tbl_inputkind */
	uint32_t name_str;
	uint32_t value_str; /* PARAM: its value; COMPLY: version */
	uint32_t zero;
	uint8_t sha256[32]; /* FILE: of its bytes; else 0 */
};
enum tbl_inputkind {
	TBL_INPUT_FILE = 1,
	TBL_INPUT_PARAM = 2,
	TBL_INPUT_COMPLY = 3,
	TBL_INPUT_COMPILER = 4
};

struct tbl_text {
	uint32_t kind;     /* 1 test, 2 assertion */
	uint32_t text_str; /* one statement in canonical form */
	uint32_t file_str, line;
};

/* What few policies set, apart from the elements that it is of: without a row
 * the default holds.  Rows ascend by kind and element; only sources may be
 * several, and their order is the policy's. */
struct tbl_extra {
	uint32_t kind;  /* enum tbl_extrakind */
	uint32_t of;    /* LIMIT, BACKEND, or a segment's number */
	uint32_t value; /* KEEPALIVE: seconds; PREFIX: its length; SOURCE: 0;
	                 * else STR */
	uint8_t family; /* SOURCE, PREFIX: TBL_V4 or TBL_V6; SEGMENT: its link
	                 * (enum link_kind); else 0 */
	uint8_t zero[3];
	uint8_t addr
		[16]; /* SOURCE, PREFIX; network order; v4 in the first four */
};
enum tbl_extrakind {
	TBL_EXTRA_KEEPALIVE = 1, /* of LIMIT: 0 = off */
	TBL_EXTRA_CHECK_SNI = 2, /* of BACKEND */
	TBL_EXTRA_SOURCE = 3,    /* of BACKEND: where connections come from */
	/* Segments of the network, numbered from 0: */
	TBL_EXTRA_SEGMENT = 4, /* name and link */
	TBL_EXTRA_NOTE = 5,    /* for people */
	TBL_EXTRA_PREFIX = 6,  /* what it consists of */
};
#define TBL_KEEPALIVE 60        /* seconds, without a row */
#define TBL_KEEPALIVE_MAX 32767 /* as much as Linux takes */

/* What a file of CAs that a BACKEND or an ACTION names holds: as many rows as it
 * has certificates, or one that says that it may change.  A file without rows
 * is whatever it is.  Rows ascend by path and fingerprint, octet by octet. */
struct tbl_trust {
	uint32_t file_str;    /* as ca_str and client_ca_str say it */
	uint32_t kind;        /* enum tbl_trustkind */
	uint32_t subject_str; /* CERTIFICATE: for people */
	uint32_t zero;
	uint8_t sha256[32]; /* CERTIFICATE: of its DER; LIVE: 0 */
};
enum tbl_trustkind { TBL_TRUST_CERTIFICATE = 1, TBL_TRUST_LIVE = 2 };
#define TBL_SUBJECT_MAX 255 /* of a subject, in octets */

/*
 * Content: what a route that decrypts does with each HTTP request.
 */
#define TBL_TERMS_MAX 64       /* of a site: one bit each */
#define TBL_EDITS_MAX 32       /* of a site, and of a list */
#define TBL_SPLITS_MAX 64      /* backends of an action */
#define TBL_PATH_MAX 1024      /* a path of a site, in octets */
#define TBL_PATH_DEPTH 63      /* slashes in it */
#define TBL_HTTP_TEXT_MAX 1024 /* a name, value, URL or text, in octets */
#define TBL_SPLIT_WEIGHT_MAX 65535u
#define TBL_HTTP_HEAD_MIN 256 /* what a limit for heads may be, in octets */
#define TBL_HTTP_HEAD_MAX 65535
/* Limits for requests that a policy does not name; the others are unlimited. */
#define TBL_HTTP_HEAD_BYTES 16384
#define TBL_HTTP_HEAD_MS 10000
#define TBL_HTTP_KEEP_ALIVE_MS 60000
#define TBL_HTTP_RESPONSE_MS 60000

/* Rows of a site ascend by bit, from 0 without a gap; the bit is set when one
 * of its rows holds for the request.  Names of header fields are in lower case;
 * a value is compared octet for octet. */
struct tbl_term {
	uint8_t bit;
	uint8_t kind; /* enum tbl_termkind */
	uint16_t name_len, value_len;
	uint16_t zero;
	uint32_t name_str;             /* HEADER, QUERY, COOKIE */
	uint32_t value_str;            /* METHOD, ..._IS; may be empty */
	uint32_t src_first, src_count; /* SRC: SOURCE; one whole set, or 0, 0 */
};
enum tbl_termkind {
	TBL_TERM_METHOD = 1,    /* value */
	TBL_TERM_HEADER = 2,    /* name is there, once or several times */
	TBL_TERM_HEADER_IS = 3, /* name is there once, with this value */
	TBL_TERM_QUERY = 4,
	TBL_TERM_QUERY_IS = 5,
	TBL_TERM_COOKIE = 6,
	TBL_TERM_COOKIE_IS = 7,
	TBL_TERM_SOURCE = 8 /* the client's address is in the set */
};

/* In the order of the policy; of a request or of its response. */
struct tbl_edit {
	uint8_t side;  /* enum tbl_editside */
	uint8_t op;    /* enum tbl_editop */
	uint8_t value; /* WORD_FIELDVALUE; 0: value_str, when SET */
	uint8_t zero;
	uint32_t name_str;  /* in lower case */
	uint32_t value_str; /* may be empty */
};
enum tbl_editside { TBL_EDIT_REQUEST = 0, TBL_EDIT_RESPONSE = 1 };
enum tbl_editop { TBL_EDIT_SET = 0, TBL_EDIT_REMOVE = 1 };

struct tbl_split {
	uint32_t backend; /* BACKEND; each once */
	uint32_t weight;  /* 0: only whom the cookie sends there */
};

struct tbl_caction {
	uint8_t kind; /* enum tbl_cactionkind */
	uint8_t zero;
	uint16_t status;   /* ANSWER: 200..599; REDIRECT: 301, 302, 307, 308 */
	uint32_t text_str; /* ANSWER: the body; REDIRECT: the URL, or empty:
	                    * the same URL with https */
	uint32_t split_first, split_count; /* SPLIT: TO */
	uint32_t sticky_str; /* TO: the name of a cookie, or empty */
};
enum tbl_cactionkind {
	TBL_CACTION_TO = 1,
	TBL_CACTION_ANSWER = 2,
	TBL_CACTION_REDIRECT = 3
};

/* Applies iff (terms & need) == need and (terms & deny) == 0. */
struct tbl_cclause {
	uint64_t need, deny; /* bits of the site's terms */
	uint32_t action;     /* CACTION */
	uint32_t zero;
};

struct tbl_clist {
	uint32_t first, count; /* CCLAUSE; the last applies unconditionally */
	uint32_t edit_first, edit_count; /* EDIT: behind those of the site */
};

/* Followed by len octets of path and zeros up to a multiple of four.  Sites
 * ascend.  A key is the site's number and the path, in PATHIDX as names are in
 * NAMEIDX. */
struct tbl_pathrec {
	uint32_t is;    /* CLIST for exactly this path, or TBL_NONE */
	uint32_t under; /* CLIST for it and what is below it, or TBL_NONE */
	uint16_t site;  /* SITE's number */
	uint16_t len;   /* 1..TBL_PATH_MAX */
};

struct tbl_site {
	uint32_t name_str; /* of the site, or of a frontend that is clear */
	uint32_t term_first, term_count; /* TERM */
	uint32_t edit_first, edit_count; /* EDIT: for every request */
	uint32_t root;                   /* CLIST: `under "/"` */
	uint32_t path_count;             /* its records in PATHREC */
	uint16_t longest;                /* octets of its longest key */
	uint8_t mode; /* WORD_MODE: of the actions that may have it: OFFLOAD,
	               * its backends have no TLS; BRIDGE, all have; 0: it has
	               * no backends, and any may have it */
	uint8_t zero;
	uint64_t depth; /* bit d: a key with d slashes exists */
};

struct tbl_climit {
	uint32_t head_bytes, head_ms;       /* a request's head */
	uint64_t body_bytes;                /* 0 = unlimited, as the next two */
	uint32_t requests, requests_source; /* a second */
	uint32_t keep_alive_ms; /* between requests of a connection */
	uint32_t response_ms;   /* until the head of the response */
};

_Static_assert(sizeof(struct tbl_header) == 256, "header");
_Static_assert(sizeof(struct tbl_dirent) == 64, "dirent");
_Static_assert(sizeof(struct tbl_alpn) == 8, "alpn");
_Static_assert(sizeof(struct tbl_profile) == 32, "profile");
_Static_assert(sizeof(struct tbl_cert) == 64, "cert");
_Static_assert(sizeof(struct tbl_limit) == 72, "limit");
_Static_assert(sizeof(struct tbl_server) == 32, "server");
_Static_assert(sizeof(struct tbl_backend) == 64, "backend");
_Static_assert(sizeof(struct tbl_action) == 48, "action");
_Static_assert(sizeof(struct tbl_prefix) == 24, "prefix");
_Static_assert(sizeof(struct tbl_clause) == 32, "clause");
_Static_assert(sizeof(struct tbl_list) == 12, "list");
_Static_assert(sizeof(struct tbl_namerec) == 8, "namerec");
_Static_assert(sizeof(struct tbl_bucket) == 64, "bucket");
_Static_assert(sizeof(struct tbl_frontend) == 88, "frontend");
_Static_assert(sizeof(struct tbl_listener) == 32, "listener");
_Static_assert(sizeof(struct tbl_srcmap) == 16, "srcmap");
_Static_assert(sizeof(struct tbl_input) == 48, "input");
_Static_assert(sizeof(struct tbl_text) == 16, "text");
_Static_assert(sizeof(struct tbl_extra) == 32, "extra");
_Static_assert(sizeof(struct tbl_trust) == 48, "trust");

_Static_assert(sizeof(struct tbl_term) == 24, "term");
_Static_assert(sizeof(struct tbl_edit) == 12, "edit");
_Static_assert(sizeof(struct tbl_split) == 8, "split");
_Static_assert(sizeof(struct tbl_caction) == 20, "caction");
_Static_assert(sizeof(struct tbl_cclause) == 24, "cclause");
_Static_assert(sizeof(struct tbl_clist) == 16, "clist");
_Static_assert(sizeof(struct tbl_pathrec) == 12, "pathrec");
_Static_assert(sizeof(struct tbl_site) == 40, "site");
_Static_assert(sizeof(struct tbl_climit) == 32, "climit");

#endif
