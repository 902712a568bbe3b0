/*
 * What is kept across restarts.
 */
#ifndef RUNTIME_MASTER_STATE_H
#define RUNTIME_MASTER_STATE_H

#include "state_file.h"
#include "swap.h"

struct loaded;
struct master;
struct refusal;

/* Reads the state; with STATE_LOCK the directory is ours from then on.  0, or
 * -1 with *why. */
int state_start(
	struct master *m, enum state_access access, struct refusal *why);
/* A signed table has a serial that no other had, and none below the highest
 * ever live.  0, or -1 with *why. */
int state_serial_fits(
	const struct master *m, const struct loaded *l, struct refusal *why);
/* No CRL is older than one that was in use under its name, even before a
 * restart.  0, or -1 with *why. */
int state_crls_fit(
	const struct master *m, const struct loaded *l, struct refusal *why);
/* Call it before l goes live: keeps what is to be kept of it.  0, or -1 with
 * *why: then l must not go live. */
int state_take(struct master *m, const struct loaded *l, enum swap_kind kind,
	struct refusal *why);
/* Every second: writes what could not be written. */
void state_tick(struct master *m);
/* We serve: the directory, shared with a predecessor until now, is ours. */
void state_signed_over(struct master *m);
/* We take no more tables: another tlsd may have the directory. */
void state_release(struct master *m);

#endif
