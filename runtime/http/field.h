/*
 * Field names, values and comma lists (RFC 9110 5), and the fields we know
 * (fields.def).  Pure; the ground floor of this room.
 */
#ifndef RUNTIME_HTTP_FIELD_H
#define RUNTIME_HTTP_FIELD_H

#include <stddef.h>
#include <stdint.h>

/* Octets of somebody else's buffer; not terminated. */
struct http_slice {
	const char *at;
	size_t n;
};

enum http_field_id {
	HTTP_FIELD_OTHER,
#define HTTP_FIELD(id, first, name, fate) HTTP_FIELD_##id,
#include "fields.def"
#undef HTTP_FIELD
	HTTP_FIELD_COUNT
};

enum http_fate { HTTP_FATE_PASS, HTTP_FATE_HOP, HTTP_FATE_FRAMES };

/* HTTP_FIELD_OTHER for a name that is not in fields.def.  Case is ignored. */
enum http_field_id http_field_find(const char *name, size_t n);
enum http_fate http_field_fate(enum http_field_id id);
/* In lower case, terminated; "" for HTTP_FIELD_OTHER. */
const char *http_field_name(enum http_field_id id);

/* Are both the same, but for the case of ASCII letters? */
int http_same(struct http_slice a, struct http_slice b);
/* The same against a word in lower case. */
int http_is(struct http_slice a, const char *lower);
/* As http_same, and `_` counts as `-`: servers that make variables of names
 * (RFC 3875 4.1.18) cannot tell the two apart. */
int http_folds(struct http_slice a, struct http_slice b);
/* The known field whose name this folds to. */
enum http_field_id http_field_find_folded(struct http_slice name);

/* A token of at least one octet (RFC 9110 5.6.2). */
int http_is_token(struct http_slice s);
/* VCHAR, obs-text, SP and HTAB only, and no white space at either end (RFC
 * 9110 5.5).  May be empty. */
int http_is_value(struct http_slice s);

/* Takes the next element off a comma list: 1 and *item, without white space
 * around it, or 0 at the end.  Empty elements are skipped (RFC 9110
 * 5.6.1.2).  Quoted strings are not looked for: use it on lists of tokens. */
int http_list_next(struct http_slice *list, struct http_slice *item);

#endif
