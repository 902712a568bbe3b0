/*
 * Source addresses that the machine has.
 */
#ifndef RUNTIME_MASTER_SOURCES_H
#define RUNTIME_MASTER_SOURCES_H

#include <stdint.h>

#include "runtime/table/table.h"

/* Some source address of the backend can be used towards the server. */
int sources_reach(
	const struct table *t, uint32_t backend, const struct tbl_server *to);
/* --check: those that no interface has. */
void sources_warn(const struct table *t);

#endif
