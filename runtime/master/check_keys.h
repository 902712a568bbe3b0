/*
 * --check: private keys that others could read.
 */
#ifndef RUNTIME_MASTER_CHECK_KEYS_H
#define RUNTIME_MASTER_CHECK_KEYS_H

#include "runtime/table/table.h"

/* Warns of private keys that other users could read. */
void check_keys_warn(const struct table *t, const char *base);

#endif
