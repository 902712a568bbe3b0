/*
 * The keys process: the only one that holds private keys.  It reads neither
 * files nor the network.  Tables and key files come from the master (ipc.h),
 * signing requests from workers (keys_proto.h).
 */
#ifndef RUNTIME_KEYS_H
#define RUNTIME_KEYS_H

/* Runs until the master closes ipc_fd, which becomes the process's.  Returns
 * the exit status. */
int keys_main(int ipc_fd);

#endif
