/*
 * Which tlsd the state directory belongs to.
 */
#ifndef RUNTIME_MASTER_STATE_OWNER_H
#define RUNTIME_MASTER_STATE_OWNER_H

#include <stddef.h>

/* The directory is ours as long as this descriptor, or a copy that another
 * process inherited, is open.  -1 with a sentence in err: another tlsd has
 * it. */
int state_owner_take(const char *path, char *err, size_t n);
/* Writes our pid into it. */
void state_owner_sign(int fd);

#endif
