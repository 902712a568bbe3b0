/*
 * Servers as the operator sees and controls them.
 */
#ifndef RUNTIME_MASTER_SERVERS_H
#define RUNTIME_MASTER_SERVERS_H

struct control_client;
struct master;

void servers_list(struct control_client *c);
/* name: a backend, or "BACKEND/ADDRESS". */
void servers_drain(struct control_client *c, const char *name);
void servers_undrain(struct control_client *c, const char *name);
/* For a board taken over from another tlsd: a server without a health check is
 * not down. */
void servers_forget_unchecked(struct master *m);
/* Marks a server as drained. */
void servers_remember(const char *name);
/* The names of drained servers; NULL after the last. */
const char *servers_drained(unsigned i);
/* A worker was killed by a signal: undoes what it may have written about
 * servers. */
void servers_heal(struct master *m);
/* name: as on the board. */
int servers_is_drained(const char *name);
void servers_free(void);

#endif
