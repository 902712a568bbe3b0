/*
 * What this tlsd hands over to a newer one.
 */
#ifndef RUNTIME_MASTER_HANDOVER_GIVE_H
#define RUNTIME_MASTER_HANDOVER_GIVE_H

struct master;

/* Starts a new tlsd, and drains when that serves. */
void handover_give(struct master *m);

#endif
