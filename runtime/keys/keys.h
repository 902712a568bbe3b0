/*
 * The keys process: the only one that holds private keys.  It reads no file
 * and no network; tables and key files come from the master (ipc.h), signing
 * requests from the workers (keys_proto.h).
 */
#ifndef RUNTIME_KEYS_H
#define RUNTIME_KEYS_H

/* Runs until the master closes ipc_fd.  The process's exit status.  ipc_fd is
 * the process's from here on. */
int keys_main(int ipc_fd);

#endif
