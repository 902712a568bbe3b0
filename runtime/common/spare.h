/*
 * Descriptors that a process keeps free for the master's messages.  A message
 * whose descriptors do not fit is lost (SCM_RIGHTS), and with it a table or a
 * listening socket, while the master waits for the answer.
 */
#ifndef RUNTIME_SPARE_H
#define RUNTIME_SPARE_H

#include "ipc.h"

/* Opens as many as one message may need, as far as possible.  Call it at the
 * start, after each message, and whenever descriptors may have become free. */
void spare_keep(void);
/* ipc_recv, with space for the message's descriptors. */
int spare_recv(int sock, struct ipc_message *m);
/* Closes them. */
void spare_free(void);

#endif
