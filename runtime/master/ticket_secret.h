/*
 * The secret of session tickets.
 */
#ifndef RUNTIME_MASTER_TICKET_SECRET_H
#define RUNTIME_MASTER_TICKET_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/ipc.h"

/* The secret of all session tickets: ours, or the one we took over. */
const uint8_t *ticket_secret_get(void);
/* The one before it, under which clients still hold some; or NULL. */
const uint8_t *ticket_secret_before(void);
/* Another one; what was the secret is the one before. */
void ticket_secret_set(const uint8_t *secret);
void ticket_secret_set_before(const uint8_t *secret);
/* A random one; what was the secret is the one before, or forgotten. */
enum ticket_secret_old { TICKET_SECRET_FORGET, TICKET_SECRET_KEEP };
void ticket_secret_fresh(enum ticket_secret_old old);
/* How often they have changed. */
unsigned ticket_secret_changes(void);
/* For a worker. */
void ticket_secret_put(struct ipc_tickets *m);
/* The one in a file, from now on.  0, or -1 with text in err. */
int ticket_secret_read(const char *path, char *err, size_t n);

#endif
