/*
 * Reads routes, devices and IPsec policies from the kernel.
 */
#ifndef RUNTIME_MASTER_NETWORK_READ_H
#define RUNTIME_MASTER_NETWORK_READ_H

#include "network.h"

/* Never fails as a whole: *n says what could not be read. */
void network_read(struct network *n);
void network_free(struct network *n);

#endif
