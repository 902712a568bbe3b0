/*
 * Who may vouch for a peer, on two sides, and files of CAs and CRLs by what they
 * hold (roots.c); trust.c asks.
 */
#ifndef COMPILER_DIFF_ROOTS_H
#define COMPILER_DIFF_ROOTS_H

#include "action.h"
#include "trust.h"

/* How a file of CAs is bound to what it holds: by the table, or only by the
 * policy's text, of which it was not read; not at all; on purpose not. */
enum hold { HELD, STATED, UNKNOWN, LIVE };

struct roots {
	int anyone, system;
	const char *path; /* as the table holds it, or NULL */
	const struct trust_file *file;
	enum hold hold;
};

/* path is set: what the file holds, and how it is bound.  trust: its index in
 * the model or MODEL_NONE; open: what may be read, or NULL. */
void roots_read(struct two *t, unsigned i, struct roots *r, uint32_t trust,
	const char *open);
/* `anyone`: why it is weaker when nobody has to vouch any more. */
void roots_compare(struct two *t, enum weaken_id kind, const struct roots r[2],
	const char *anyone);
/* Both have a file. */
void roots_compare_files(
	struct two *t, enum weaken_id kind, const struct roots r[2]);
/* What a file gives where there was none to compare with. */
const char *roots_with_names(struct two *t, const struct roots *r);

/* A file of a policy, as it is now; of CRLs or else of CAs. */
const struct trust_file *roots_file(struct two *t, unsigned i, const char *open,
	const char *said, int crls);
/* Can both be read?  Else what cannot be judged is told, if the paths are one;
 * live: nobody asked for it. */
int roots_judged(struct two *t, enum weaken_id kind, const char *path[2],
	const struct trust_file *f[2], int live);

enum { ROOTS_SHOWN = 4 };
/* Entries of b that a has not (a NULL: all of them); how many. */
size_t roots_list(struct listed *l, const char *mark,
	const struct trust_file *a, const struct trust_file *b);

#endif
