/*
 * Which tlsd the state directory belongs to.
 */
#ifndef RUNTIME_MASTER_STATE_OWNER_H
#define RUNTIME_MASTER_STATE_OWNER_H

#include <stddef.h>

/* The directory is ours as long as this descriptor, or one that a process has
 * inherited of it, is open.  -1 with a sentence in err: another has it. */
int state_owner_take(const char *path, char *err, size_t n);
/* We are who has it now. */
void state_owner_sign(int fd);

#endif
