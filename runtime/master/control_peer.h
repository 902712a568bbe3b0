/*
 * Who is at the other end of the control socket.
 */
#ifndef RUNTIME_MASTER_CONTROL_PEER_H
#define RUNTIME_MASTER_CONTROL_PEER_H

struct master;
struct ucred;

/* A process that tlsd has started gives no commands. */
int control_peer_is_child(const struct master *m, const struct ucred *who);

#endif
