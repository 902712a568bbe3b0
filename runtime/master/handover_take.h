/*
 * What this tlsd takes over: from systemd, or from an older tlsd.
 */
#ifndef RUNTIME_MASTER_HANDOVER_TAKE_H
#define RUNTIME_MASTER_HANDOVER_TAKE_H

struct master;

/* In the environment of a new tlsd: the descriptor of a memfd of lines. */
#define HANDOVER_LINES "TLSD_HANDOVER"

/* Takes sockets from systemd or from an older tlsd.  Call it before anything is
 * opened. */
void handover_take(struct master *m);
/* A table is live: tells the processes that wait for it. */
void handover_ready(struct master *m);

#endif
