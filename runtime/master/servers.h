/*
 * Servers as the operator sees them: the list, and those that are drained.
 */
#ifndef RUNTIME_MASTER_SERVERS_H
#define RUNTIME_MASTER_SERVERS_H

struct control_client;
struct master;

void servers_list(struct control_client *c);
/* name: a backend, or "BACKEND/ADDRESS". */
void servers_drain(struct control_client *c, const char *name);
void servers_undrain(struct control_client *c, const char *name);
/* The board was another tlsd's: a server that nobody checks is not down. */
void servers_forget_unchecked(struct master *m);
/* A server that is drained. */
void servers_remember(const char *name);
/* The names of those that are; NULL at the end. */
const char *servers_drained(unsigned i);
/* A worker has died by a signal: what it may have said of servers is undone. */
void servers_heal(struct master *m);
/* By its name on the board. */
int servers_is_drained(const char *name);
void servers_free(void);

#endif
