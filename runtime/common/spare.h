/*
 * Descriptors that a process keeps for the master's messages: a message whose
 * descriptors find no room is lost (SCM_RIGHTS), and with it a table or a
 * listening socket, while the master waits for the answer.
 */
#ifndef RUNTIME_SPARE_H
#define RUNTIME_SPARE_H

#include "ipc.h"

/* Takes as many as one message may bring, as far as they are to be had: at the
 * start, after each message, and whenever others may have become free. */
void spare_keep(void);
/* ipc_recv, with room for what the message brings. */
int spare_recv(int sock, struct ipc_message *m);
/* At the end. */
void spare_free(void);

#endif
