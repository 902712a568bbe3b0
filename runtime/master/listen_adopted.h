/*
 * Listening sockets that were open before this tlsd: from systemd, or from the
 * tlsd whose place it takes.
 */
#ifndef RUNTIME_MASTER_LISTEN_ADOPTED_H
#define RUNTIME_MASTER_LISTEN_ADOPTED_H

struct ipc_listener;

/* An open listening socket to be used where its address is wanted; it becomes
 * ours.  One that does not listen is closed. */
void listen_adopted_add(int fd);
/* The next one of that address, or -1. */
int listen_adopted_take(const struct ipc_listener *a);
/* Closes those that were not taken. */
void listen_adopted_forget(void);

#endif
