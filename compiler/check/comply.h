/*
 * The requirement sets of comply.def as data.
 */
#ifndef COMPILER_COMPLY_H
#define COMPILER_COMPLY_H

#include <stddef.h>

enum comply_check {
	COMPLY_TLS_1_2,
	COMPLY_STRONG_SUITES,
	COMPLY_STRONG_KEY,
	COMPLY_APPROVED_SUITES,
	COMPLY_APPROVED_GROUPS,
	COMPLY_APPROVED_KEY,
	COMPLY_ENCRYPTED_HOP, /* TC0603 */
	COMPLY_VERIFIED_HOP,
	COMPLY_ENFORCED, /* TC0602 */
	COMPLY_ATTEST,   /* TC0604 */
};

struct comply_rule {
	const char *clause;
	enum comply_check check;
	const char *text;
	const char *who; /* who attests it; NULL: the policy is judged */
};

struct comply_standard {
	const char *name, *version, *source;
	const struct comply_rule *rules;
	size_t count;
};

/* NULL when unknown. */
const struct comply_standard *comply_find(const char *name);
const struct comply_standard *comply_at(size_t i); /* NULL past the last */
/* The standard's rule with this check, or NULL. */
const struct comply_rule *comply_rule(
	const struct comply_standard *s, enum comply_check check);

#endif
