/*
 * The table that a swap would make live: where it comes from, and whether its
 * files and this machine allow it.
 */
#ifndef RUNTIME_MASTER_SWAP_CANDIDATE_H
#define RUNTIME_MASTER_SWAP_CANDIDATE_H

#include "swap.h"

struct refusal;

/* Its files are in memory, and nothing on disk is looked at: the operator or an
 * older tlsd has decided. */
int swap_candidate_in_memory(const struct swap_request *r);
/* Makes the requested table; NULL with *why. */
struct loaded *swap_candidate_make(
	struct master *m, const struct swap_request *r, struct refusal *why);
/* Loads the files of m->swap.candidate and takes what it needs of the board.
 * 0, or -1 with *why. */
int swap_candidate_fits(struct master *m, struct refusal *why);

#endif
