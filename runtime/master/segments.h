/*
 * Does this machine bear out the segments of a policy?
 */
#ifndef RUNTIME_MASTER_SEGMENTS_H
#define RUNTIME_MASTER_SEGMENTS_H

#include "runtime/table/table.h"

/* On standard error: segments that the machine's routes do not bear out. */
void segments_check(const struct table *t);

#endif
