/*
 * When the secret of session tickets changes, and who is told.
 */
#ifndef RUNTIME_MASTER_SECRETS_H
#define RUNTIME_MASTER_SECRETS_H

struct child;
struct master;

void secrets_start(struct master *m);
void secrets_tell(struct child *worker);
/* Sends all workers the changes that they do not know. */
void secrets_tell_changed(struct master *m);
/* Killed by a signal: it may have been compromised. */
void secrets_worker_died(struct child *worker);

#endif
