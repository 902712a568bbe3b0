/*
 * What is kept over restarts.
 */
#ifndef RUNTIME_MASTER_STATE_H
#define RUNTIME_MASTER_STATE_H

#include "state_file.h"
#include "swap.h"

struct loaded;
struct master;
struct refusal;

/* Reads it; with STATE_LOCK the directory is ours from then on.  0, or -1 with *why. */
int state_start(
	struct master *m, enum state_access access, struct refusal *why);
/* A signed table has a serial that no other had, and none below the highest
 * ever live.  0, or -1 with *why. */
int state_serial_fits(
	const struct master *m, const struct loaded *l, struct refusal *why);
/* No CRL is older than one that was in use under its name, before a start,
 * too.  0, or -1 with *why. */
int state_crls_fit(
	const struct master *m, const struct loaded *l, struct refusal *why);
/* l goes live: what is to be kept of it is, from now on.  0, or -1 with *why:
 * then it must not. */
int state_take(struct master *m, const struct loaded *l, enum swap_kind kind,
	struct refusal *why);
/* Every second: writes what could not be written. */
void state_tick(struct master *m);
/* We serve: the directory that a predecessor shared with us is ours. */
void state_signed_over(struct master *m);
/* We take up tables no more: another tlsd may have the directory. */
void state_release(struct master *m);

#endif
