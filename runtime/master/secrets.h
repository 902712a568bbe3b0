/*
 * When the secret of session tickets is changed, and who is told.
 */
#ifndef RUNTIME_MASTER_SECRETS_H
#define RUNTIME_MASTER_SECRETS_H

struct child;
struct master;

void secrets_start(struct master *m);
void secrets_tell(struct child *worker);
/* Tells all workers what they do not know yet. */
void secrets_tell_changed(struct master *m);
/* By a signal: it may have been somebody else's. */
void secrets_worker_died(struct child *worker);

#endif
