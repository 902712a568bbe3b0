/*
 * Listening sockets that were open before this tlsd started: from systemd, or
 * from an older tlsd.
 */
#ifndef RUNTIME_MASTER_LISTEN_ADOPTED_H
#define RUNTIME_MASTER_LISTEN_ADOPTED_H

struct ipc_listener;

/* Takes over an open listening socket, to be used when its address is wanted.
 * One that does not listen is closed. */
void listen_adopted_add(int fd);
/* The next socket of that address, or -1. */
int listen_adopted_take(const struct ipc_listener *a);
/* Closes those that were not taken. */
void listen_adopted_forget(void);

#endif
