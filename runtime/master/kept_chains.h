/*
 * Certificate chains that outlive a restart, in the state directory.
 */
#ifndef RUNTIME_MASTER_KEPT_CHAINS_H
#define RUNTIME_MASTER_KEPT_CHAINS_H

#include <stddef.h>
#include <stdint.h>

struct master;
struct options;

/* The last good chain of the certificate with this name and file, for free();
 * NULL: there is none. */
uint8_t *kept_chains_read(const struct options *o, const char *name,
	const char *path, size_t *len);
/* A table serves: its good chains are saved, in a process of its own. */
void kept_chains_save(struct master *m);

#endif
