/*
 * Who is at the other end of the control socket.
 */
#ifndef RUNTIME_MASTER_CONTROL_PEER_H
#define RUNTIME_MASTER_CONTROL_PEER_H

struct master;
struct ucred;

/* Processes started by tlsd may not give commands. */
int control_peer_is_child(const struct master *m, const struct ucred *who);

#endif
