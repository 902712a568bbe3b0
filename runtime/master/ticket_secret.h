/*
 * The secret of session tickets.
 */
#ifndef RUNTIME_MASTER_TICKET_SECRET_H
#define RUNTIME_MASTER_TICKET_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/common/ipc.h"

/* The current secret: ours, or the one that was handed over. */
const uint8_t *ticket_secret_get(void);
/* The one before it, whose tickets clients still hold; or NULL. */
const uint8_t *ticket_secret_before(void);
/* Changes it; the current one becomes the one before. */
void ticket_secret_set(const uint8_t *secret);
void ticket_secret_set_before(const uint8_t *secret);
/* Makes a random one; the current one becomes the one before, or is
 * forgotten. */
enum ticket_secret_old { TICKET_SECRET_FORGET, TICKET_SECRET_KEEP };
void ticket_secret_fresh(enum ticket_secret_old old);
/* How often it has changed. */
unsigned ticket_secret_changes(void);
/* Fills in the message for a worker. */
void ticket_secret_put(struct ipc_tickets *m);
/* Reads the secret from a file.  0, or -1 with text in err. */
int ticket_secret_read(const char *path, char *err, size_t n);

#endif
