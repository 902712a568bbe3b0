/*
 * Sockets from before us, and after: systemd, an older and a newer tlsd.
 */
#ifndef RUNTIME_MASTER_HANDOVER_H
#define RUNTIME_MASTER_HANDOVER_H

struct master;

/* Takes what systemd or an older tlsd left us; before anything is opened. */
void handover_take(struct master *m);
/* Something is live: say so to those who wait for it. */
void handover_ready(struct master *m);
/* Starts a new tlsd, and drains when it serves. */
void handover_give(struct master *m);

#endif
