/*
 * What diag.c, which collects, and finish.c, which ends a run, share.
 */
#ifndef COMPILER_DIAG_PRIV_H
#define COMPILER_DIAG_PRIV_H

#include <stddef.h>
#include <stdint.h>

#include "diag.h"

/* Counted but not kept; allow must still find it. */
struct brief {
	enum diag_id id : 16;
	enum diag_level level : 16;
	struct span span;
};

struct allow {
	enum diag_id id;
	struct span scope, place;
	int64_t until_days;
	const char *reason;
	uint32_t reach; /* largest scope.end up to here, for the search */
	int hits, expired;
};

struct diags {
	struct arena *arena;
	struct sources *sources;
	struct diag_rules rules;
	struct {
		struct diag **v;
		size_t n, cap;
	} kept;
	struct {
		struct brief *v;
		size_t n, cap;
	} briefs;
	struct {
		struct allow *v;
		size_t n, cap;
	} allows;
	struct {
		uint64_t *v;
		size_t n, cap;
	} seen; /* open addressing */
	uint32_t kept_of[DIAG_COUNT], total_of[DIAG_COUNT];
	uint32_t at_level[DIAG_ERROR + 1];
	struct diag mute;
	const char *varies; /* diag_varies, or NULL */
};

/* Keeps h; was it there before? */
int diag_seen_before(struct diags *d, uint64_t h);
int diag_seen_known(const struct diags *d, uint64_t h);
/* Does the scope hold the span whole? */
int diag_inside(struct span outer, struct span inner);

#endif
