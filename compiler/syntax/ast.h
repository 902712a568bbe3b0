/*
 * The syntax tree: one uniform node, built by grammar/policy.y with one call
 * per action and read by resolve.c and check.c (-> model.h) and by fmt.c.
 * Nothing here is interpreted: every literal is kept as written and judged
 * later, so that one run reports every fault.
 */
#ifndef COMPILER_AST_H
#define COMPILER_AST_H

#include <stddef.h>
#include <stdint.h>

#include "compiler/base/source.h"

/*
 * Kinds, with what their children are, in order.  [x] optional, x* any number.
 * "name" is ast.text with ast.name_span; a WORD child is a bare word.
 */
enum ast_kind {
	/* literals and references: text is the token as written, quotes and
	 * escapes of strings undone */
	AST_WORD,   /* bare word or dotted/dashed name */
	AST_STRING, /* "quoted" */
	AST_NUMBER, /* bare number, text as written: 5, 1.3, 50k? see UNIT */
	AST_UNIT,   /* number with unit, as written: 5s 500ms 16KiB 20/s 50k */
	AST_ADDR,   /* 10.0.0.0/8, 2001:db8::1, [::]:443, 0.0.0.0:443,
	               * host:port, unix:"path": address-like, as written */
	AST_PARAMREF, /* $name: name */
	AST_DATE,     /* 2027-03-31 */

	/* top level; AST_FILE is the root and each include's replacement */
	AST_FILE,    /* item* */
	AST_POLICY,  /* NUMBER */
	AST_PARAM,   /* name; TYPE, [default literal] */
	AST_TYPE,    /* text = "enum" with WORD* children, or "port",
	               * "integer", "duration", "size", "string", "cidr" */
	AST_INCLUDE, /* STRING; after resolution: FILE* appended */
	AST_WHERE,   /* where P is a | b { ... }: name; VALUES(WORD*), BODY */
	AST_VALUES,  /* literal* */
	AST_BODY,    /* item* */
	AST_SET,     /* name; flag F_NAMES for name sets; ADDR*|STRING*|FROM */
	AST_FROM,    /* from "file": STRING */
	AST_SEGMENT, /* name; ADDR*, WORD (the link), [STRING note] */
	AST_PROFILE, /* name; [EXTENDS] setting* */
	AST_EXTENDS, /* name */
	AST_LIMITS,  /* name; setting* */
	AST_CERTIFICATE, /* definition: name; setting* */
	AST_BACKEND,     /* name; (SERVER | setting | TLS | HEALTH | WHERE)* */
	AST_SERVER,      /* ADDR, then setting* (weight N, max N) */
	AST_TLS,         /* backend's tls block: setting* */
	AST_HEALTH,      /* setting* */
	AST_FRONTEND, /* name; (setting | ARM | WHEN | ROUTE | ALLOW | WHERE |
	               * PATH | EDIT)* */
	AST_ROUTE,    /* name; SNIS, then (setting | WHEN | OTHERWISE | ACTION |
	               * COMPLY | ALLOW | WHERE)* */
	AST_SNIS,     /* sni "a","b": STRING* | sni in SET: WORD with F_IN |
	               * sni from "map": FROM */
	AST_ARM,      /* text = "no-sni" | "default" | "malformed"; ACTION */
	AST_WHEN,     /* GUARD, ACTION */
	AST_OTHERWISE, /* ACTION */

	/* key [op] values: text = key word ("tls", "ciphers", "alpn", "listen",
	 * "chain", "balance", "idle", "verify", ...); op in ast.op; children
	 * are its literals and, for sub-clauses ("within 3s", "per-source 200",
	 * "timeout 500ms", "name \"x\""), nested SETTING nodes */
	AST_SETTING,

	AST_GUARD,     /* TERM* (conjunction) */
	AST_TERM,      /* text = "source" | "alpn" | "tls"; op; F_NOT; children:
	               * source: WORD (set) | ADDR | VALUES(ADDR*, WORD*);
	               * alpn: STRING; tls: NUMBER (the version) */
	AST_ACTION,    /* text = mode word; [TARGET] [ENFORCING] [LIMITSREF] */
	AST_TARGET,    /* to NAME: name; for reject: the reason word */
	AST_ENFORCING, /* name */
	AST_LIMITSREF, /* with limits NAME: name */
	AST_COMPLY,    /* WORD* */
	AST_ALLOW,     /* WORD (the id), [DATE], [STRING reason] */

	/* proofs */
	AST_ASSERT, /* text = "every" | "never" | "some"; PRED, PRED */
	AST_PRED,   /* PTERM* (conjunction); text "any" for an empty one */
	AST_PTERM,  /* text = "listener" | "sni" | "source" | "alpn" | "tls" |
	               * "mode" | "backend" | "reason" | "route" | "certificate" |
	               * "link" | "client-auth" | "profile" (its oldest version)
	               * | "enforcing" | "verify"; "backend" with OP_IN: in a
	               * segment;
	               * op; F_NOT; literal children */
	AST_TEST,   /* text = title; SETTING* (the query), EXPECT */
	AST_EXPECT, /* ACTION, or ANSWER */

	/* content */
	AST_SITE, /* name; (PATH | EDIT | ALLOW | WHERE)* */
	AST_PATH, /* text = "is" (OP_IS) | "under"; STRING (the path), (WHEN |
	               * OTHERWISE | ANSWER | EDIT | ALLOW)*; their guards have
	               * TERMs of "source", "method" (WORD*), "header",
	               * "query", "cookie" (STRING name; OP_HAS, or OP_IS and
	               * STRING*); their actions are ANSWERs */
	AST_EDIT, /* text = "request" | "response"; OP_SET: STRING name, STRING
	               * | WORD; OP_REMOVE: STRING name */
	AST_ANSWER, /* text = "to": SPLIT*, [SETTING sticky (STRING)] |
	               * "answer": the status, [STRING] |
	               * "redirect": STRING (URL) | WORD, [the status] */
	AST_SPLIT,  /* name; [the weight] */
	AST_ERROR,  /* what recovery skipped; ignored by later phases */
};

enum ast_op {
	OP_NONE,
	OP_SET,
	OP_ADD,
	OP_REMOVE, /* = += -= */
	OP_IN,
	OP_HAS,
	OP_GE,
	OP_LE,
	OP_IS
};

/* F_WANT_*: what is allowed in place of a PARAMREF. */
enum ast_flag {
	F_NOT = 1,
	F_NAMES = 2,
	F_IN = 4,
	F_WANT_VALUE = 8,
	F_WANT_STRING = 16,
	F_WANT_WORD = 32,
	F_WANT_ADDR = 64,
	F_CLEAR = 128, /* listen: without TLS */
	F_SITE = 256   /* TARGET: a site */
};

#define POLICY_EDITION "1" /* policy 1; */

struct ast {
	enum ast_kind kind : 8;
	enum ast_op op : 8;
	unsigned flags : 16;
	uint32_t text_len;
	const char *text;      /* see kinds; NUL-terminated; may be NULL */
	struct span span;      /* the whole construct */
	struct span name_span; /* of text: what carets mark */
	struct ast *kids;      /* first child */
	struct ast *next;      /* sibling */
};

/* A comment, kept for fmt: text with its marks, in file order. */
struct comment {
	struct span span;
	int own_line; /* nothing but white space before it on its line */
	struct comment *next;
};

struct arena;
struct diags;

struct parsed {
	struct ast *file; /* AST_FILE, never NULL */
	struct comment *comments;
};

/* grammar/policy.y.  Parses one source file; every syntax fault goes to d,
 * and the tree holds whatever could be understood. */
void policy_parse(struct arena *a, struct sources *s, uint32_t file,
	struct diags *d, struct parsed *out);

/* ast.c: what the grammar's actions call. */
struct ast *ast_new(struct arena *a, enum ast_kind kind, struct span span);
struct ast *ast_named(struct arena *a, enum ast_kind kind, struct span span,
	const char *text, size_t len, struct span name_span);
/* A string literal: raw is the text between the quotes. */
struct ast *ast_string(
	struct arena *a, struct span span, const char *raw, size_t len);
/* A list under construction: appending takes constant time. */
struct ast_seq {
	struct ast *first, *last;
};
struct ast_seq ast_one(struct ast *n); /* NULL: the empty list */
struct ast_seq ast_push(struct ast_seq s, struct ast *n);
struct ast_seq ast_join(struct ast_seq s, struct ast_seq more);
/* Append the list to the parent's children; return the parent. */
struct ast *ast_fill(struct ast *parent, struct ast_seq s);
/* Append a child, which may be NULL; return the parent. */
struct ast *ast_adopt(struct ast *parent, struct ast *kid);

/* Reading: children by kind or key; NULL when there is none. */
struct ast *ast_kid(const struct ast *n, enum ast_kind kind);
struct ast *ast_next(const struct ast *n, enum ast_kind kind);
/* The setting child with this key (the first). */
struct ast *ast_setting(const struct ast *n, const char *key);

#endif
