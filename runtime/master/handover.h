/*
 * Sockets that are taken over or handed over: from systemd, from an older tlsd,
 * to a newer one.
 */
#ifndef RUNTIME_MASTER_HANDOVER_H
#define RUNTIME_MASTER_HANDOVER_H

struct master;

/* Takes sockets from systemd or from an older tlsd.  Call it before anything is
 * opened. */
void handover_take(struct master *m);
/* A table is live: tells the processes that wait for it. */
void handover_ready(struct master *m);
/* Starts a new tlsd, and drains when that serves. */
void handover_give(struct master *m);

#endif
