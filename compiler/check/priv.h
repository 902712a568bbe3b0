/*
 * What the files of this folder share: the state of one run, references, typed
 * values and the reader of setting blocks.
 */
#ifndef COMPILER_CHECK_PRIV_H
#define COMPILER_CHECK_PRIV_H

#include "check.h"
#include "compiler/base/arena.h"
#include "compiler/base/symbols.h"
#include "grammar/table.h"
#include "grammar/words.h"

/* Name spaces of the symbol table.  Routes have one per frontend. */
enum space {
	SPACE_SET,
	SPACE_SEGMENT,
	SPACE_PROFILE,
	SPACE_LIMITS,
	SPACE_CERTIFICATE,
	SPACE_BACKEND,
	SPACE_SITE,
	SPACE_FRONTEND,
	SPACE_DECLARED, /* how many are declared by statements */
	SPACE_ALPN = SPACE_DECLARED,
	SPACE_INLINE_SET,
	SPACE_SEGMENT_PREFIX,
	SPACE_TRUST,
	SPACE_ACTION,
	SPACE_ANSWER,
	SPACE_DOMAIN,
	SPACE_ROUTE,
	SPACE_MAP = 0x40000000,
};

/* One element of a set of names. */
struct set_name {
	const char *key;
	struct span span;
	uint8_t len;
};

/* A `set`: addresses have a model set, names a list. */
struct set_decl {
	int is_names, unknown; /* unknown: from a file that was not opened */
	uint32_t index;        /* m->sets, or facts->names */
	VEC(struct set_name) names;
};

struct node_vec {
	const struct ast **v;
	size_t n, cap;
};

/* A guard, reduced (guard.c). */
struct guard_draft {
	uint64_t alpn_need, alpn_deny;
	uint32_t set;
	uint8_t src_test, tls_mask;
	int never;  /* no client can satisfy it: reported */
	int unsure; /* part of it could not be read, or was not opened */
	struct span span;
};

/* One clause as read, before what it inherits (route.c). */
struct draft {
	struct guard_draft guard;
	uint8_t mode, reject;
	uint32_t backend, site, enforce, limit;
	struct span span, action_span;
};

struct check {
	VEC(struct span) slips; /* syntax errors: what is near may be lost */
	int set_twice;          /* a set has two definitions */
	int torn; /* a statement was lost to a syntax error, and its name */
	struct arena *a;
	struct sources *s;
	struct diags *d;
	const struct options *o;
	const struct resolved *r;
	struct model *m;
	struct facts *f;
	struct symbols *sym;
	struct node_vec decls[SPACE_DECLARED];
	struct node_vec texts;     /* tests and assertions */
	VEC(struct set_decl) sets; /* parallel to decls[SPACE_SET] */
	uint8_t *profile_state;    /* 0 new, 1 in work, 2 done */
	uint32_t profile_declared;
	uint32_t default_limit;   /* MODEL_NONE until someone needs it */
	VEC(unsigned char) key;   /* scratch for interning */
	VEC(struct draft) drafts; /* of the route that is being read */
	unsigned hints;           /* nearest-name searches made */
	uint32_t domains;
	unsigned repeats;     /* duplicates reported */
	unsigned underscores; /* names with one */
};

/* A new last element of a VEC. */
#define PUSH(arena, vec)                                                       \
	(*(arena_grow((arena), &(vec)->v, (vec)->n, &(vec)->cap,               \
		   sizeof(*(vec)->v)),                                         \
		&(vec)->v[(vec)->n++]))

/* check.c: was there a syntax error in it, so that not all of it may be known? */
int check_slipped(const struct check *c, struct span span);
/* declare.c.  Declares every name in the list of nodes and in its blocks. */
void check_declare(struct check *c, const struct ast *n);
/* The span that carets mark: the text's. */
struct span check_span(const struct ast *n);
/* A reference: the declaration's number, or SYMBOL_NONE with TC0201.  `kind`
 * is the word of the declaring statement. */
uint32_t check_ref(struct check *c, enum space space, const struct ast *word,
	const char *kind);
uint32_t check_ref_text(struct check *c, enum space space, const char *text,
	size_t len, struct span span, const char *kind);
/* A text for a message, cut short. */
const char *check_cut(struct check *c, const char *text, size_t len);
/* Nearest of words (NULL-terminated) as a help line. */
void check_hint(struct diag *g, const char *text, const char *const *words);

/* value.c: readers of one literal; they report TC0103 and return the
 * fallback.  Ranges are inclusive. */
enum value {
	VALUE_DURATION,
	VALUE_SIZE,
	VALUE_COUNT,
	VALUE_RATE,
	VALUE_BANDWIDTH
};
uint64_t check_value(struct check *c, const struct ast *n, enum value kind,
	uint64_t min, uint64_t max, uint64_t fallback);
/* Days since 1970; 0, or -1 with TC0103. */
int check_date(struct check *c, const struct ast *n, int64_t *days);
/* One of the words; its position, or -1 with TC0101. */
int check_word(struct check *c, const struct ast *n, const char *const *words);
int check_literal(const struct ast *n);
/* A host name: lower-case A-labels, or NULL with TC0306. */
const char *check_host(
	struct check *c, const char *text, size_t len, struct span span);

/* file.c: a certificate, key, CA, CRL or staple: as the table holds its
 * path; the result is what to open, or NULL: not to be opened. */
const char *check_credential(
	struct check *c, const struct ast *n, const char **stored);
/* The same file for diff, which compares what CAs and CRLs hold: they are public
 * and no credentials, so --no-credentials lets them be read. */
const char *check_trust_file(struct check *c, const struct ast *n);
/* ca.c: what a file of CAs holds, for its setting with `ca`; path and open as
 * check_credential gave them.  The index in trusts. */
uint32_t check_ca(struct check *c, const struct ast *ca, const char *path,
	const char *open);
/* A list or map, read: its source, or 0 with a report. */
uint32_t check_list(struct check *c, const struct ast *name);

/* setting.c: one block's settings by a table of keys. */
struct setting {
	struct check *c;
	void *obj;
	const struct ast *node;
	const struct ast **lit; /* its literals, lists flattened */
	size_t n;
};
struct setting_key {
	const char *word;
	void (*read)(struct setting *s);
	uint8_t min, max; /* literals; max 0: any number */
	uint8_t ops;      /* += and -= make sense */
	const char *subs; /* sub-clauses allowed, space-separated, or NULL */
};
void check_settings(struct check *c, const struct ast *block,
	const struct setting_key *keys, void *obj);
/* The literal of a sub-clause ("within 3s"), or NULL. */
const struct ast *check_sub(const struct ast *setting, const char *word);
int check_has_word(const struct ast *setting, const char *word);

/* set.c */
void check_sets(struct check *c);
/* 0, or -1 with a report. */
int check_prefix(struct check *c, const char *text, size_t len,
	struct span span, struct m_prefix *out);
/* Prefixes named by a term's children: named sets and literals. */
struct source_terms {
	VEC(struct m_prefix) prefixes;
	uint32_t only; /* the one named set it consists of, else MODEL_NONE */
	unsigned parts;
	int unknown;
};
void check_sources(
	struct check *c, const struct ast *n, struct source_terms *out);
/* A model set with these canonical prefixes. */
uint32_t check_inline_set(
	struct check *c, const struct m_prefix *v, size_t n, struct span span);

/* segment.c */
void check_segments(struct check *c);

/* profile.c, limits.c, certificate.c, backend.c */
void check_profiles(struct check *c);
uint32_t check_profile_ref(struct check *c, const struct ast *word);
uint32_t check_profile_builtin(struct check *c, const char *name);
/* profile_builtin.c.  The name of the i-th, or NULL. */
const char *check_profile_builtin_at(size_t i);
/* A sentence with all their names. */
const char *check_profile_builtins(struct check *c);
void check_limits(struct check *c);
uint32_t check_limit_ref(struct check *c, const struct ast *word);
uint32_t check_limit_default(struct check *c);
void check_certs(struct check *c);
void check_cert_profiles(struct check *c);
void check_cert_covers(struct check *c);
void check_backends(struct check *c);

/* site.c, clear.c: sites; and a frontend's own paths when it has no TLS. */
void check_sites(struct check *c);
void check_sites_settle(struct check *c);
void check_site_body(struct check *c, const struct ast *n, struct m_site *s);
int check_is_clear(const struct ast *frontend);
uint32_t check_clear_site(struct check *c, const struct ast *frontend);
void check_not_clear(struct check *c, const struct ast *frontend);

/* alpn.c: tokens of the whole policy, sorted, before anything else. */
void check_alpns(struct check *c);
uint32_t check_alpn(struct check *c, const struct ast *n);
/* "alpn = a, b", += and -= over what is inherited. */
struct index_vec {
	uint32_t *v;
	size_t n, cap;
};
void check_alpn_list(
	struct check *c, const struct ast *setting, struct index_vec *list);

/* guard.c */
#define ALPN_MENTIONED_MAX 12 /* more, and the verifier has too many atoms */
void check_guard(struct check *c, const struct ast *guard,
	struct guard_draft *g, uint64_t *mentioned);

/* route.c: what a route's or an arm's clauses inherit. */
struct scope {
	uint32_t frontend, profile, limit;
	struct index_vec certs, alpn;
	uint8_t client_auth;
	const char *client_ca, *client_ca_open, *client_ca_read;
	uint32_t client_trust;
	const char *client_crl, *client_crl_open, *client_crl_read;
	struct span client_ca_span, client_crl_span;
};
struct scope_body {
	struct scope *s;
	struct fact_scope *fact;
};
void check_scope_settings(struct check *c, const struct ast *block,
	struct scope *s, struct fact_scope *fact);
/* action.c.  check_clause adds to the model's clauses; `backend` and `cert`
 * replace its own unless MODEL_NONE. */
int check_draft(struct check *c, const struct ast *action, int malformed,
	struct draft *d);
/* One clause with its guard.  0, or -1 when it has no place in the model; then
 * *torn says whether one of the text's clauses is missing by that. */
int check_when(struct check *c, const struct ast *clause,
	const struct ast *action, uint64_t *mentioned, struct draft *d,
	uint8_t *torn);
/* Where a clause stands, in words: what SRCMAP keeps. */
void check_place(struct check *c, struct span at, const char **file,
	uint32_t *line, uint32_t *column, uint32_t *end_column);
void check_clause(struct check *c, const struct scope *s, const struct draft *d,
	uint32_t backend, uint32_t cert);
void check_route(struct check *c, const struct ast *route,
	const struct scope *from, const struct fact_scope *frontend);

/* pattern.c: the names of frontends. */
void check_patterns_room(struct check *c, size_t count);
/* Adds one; the key's octets must stay. */
void check_pattern(struct check *c, uint32_t frontend, const char *key,
	size_t len, uint32_t list, struct span span, int from_map);
/* Enters those from `first` on into the hash set; drops repeated ones with
 * TC0303 or TC0312. */
void check_patterns_settle(struct check *c, size_t first);
/* A pattern as written to its stored form, NULL with TC0306.  The result may
 * point into text. */
const char *check_pattern_text(struct check *c, const char *text, size_t len,
	struct span span, size_t *out_len);

/* map.c */
size_t check_map_count(struct check *c, const struct ast *from, uint32_t *file);
struct map_target {
	uint32_t (*list)(void *arg, uint32_t backend, uint32_t cert);
	void *arg;
	uint32_t frontend, base;
	uint32_t space; /* of the symbols for combinations */
};
void check_map_read(struct check *c, uint32_t file, const struct map_target *t);

void check_frontends(struct check *c);
void check_listeners(struct check *c);
void check_texts(struct check *c);
/* allow.c: the statements of a block; those at the top of a file hold for the
 * file. */
void check_allow(struct check *c, const struct ast *block, struct span scope);
void check_allow_files(struct check *c, const struct ast *root);

#endif
