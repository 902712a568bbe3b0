/*
 * Do this machine's routes support a policy's segments?
 */
#ifndef RUNTIME_MASTER_SEGMENTS_H
#define RUNTIME_MASTER_SEGMENTS_H

#include "runtime/table/table.h"

/* Prints those they do not support on standard error. */
void segments_check(const struct table *t);

#endif
