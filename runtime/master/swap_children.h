/*
 * The children that a swap waits for, and those that do not answer.
 */
#ifndef RUNTIME_MASTER_SWAP_CHILDREN_H
#define RUNTIME_MASTER_SWAP_CHILDREN_H

#include <stdint.h>

#include "proc.h"

struct table;

/* Has it answered for that generation? */
typedef int swap_children_test(const struct child *c, uint64_t number);

/* It can use the generation. */
swap_children_test swap_children_ready;
/* It uses the generation, or a later one. */
swap_children_test swap_children_committed;

/* Does the test hold for all that run and do not hang? */
int swap_children_all(
	struct master *m, swap_children_test *test, uint64_t number);
/* Can some worker use the generation?  Also true if there are no workers. */
int swap_children_someone_ready(const struct master *m, uint64_t number);
/* All workers but those that hang use the live table: replaces the latter. */
void swap_children_replace_silent(struct master *m);
/* Kills those for which the test does not hold. */
void swap_children_replace_stuck(
	struct master *m, swap_children_test *answered, uint64_t number);
/* Workers close the addresses on which t does not listen, then we do. */
void swap_children_drop_gone(struct master *m, const struct table *t);

#endif
