/*
 * Places on the board for the servers of a table.
 */
#ifndef RUNTIME_MASTER_PLACES_H
#define RUNTIME_MASTER_PLACES_H

struct loaded;
struct master;
struct refusal;

/* 0, or -1 with *why if the board is full. */
int places_take(struct master *m, struct loaded *l, struct refusal *why);
/* Called by load_free. */
void places_give_back(struct loaded *l);
/* Writes the entries again: a worker may have damaged the board. */
void places_restore(struct master *m);

#endif
