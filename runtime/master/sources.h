/*
 * Source addresses of backends that this machine has or lacks.
 */
#ifndef RUNTIME_MASTER_SOURCES_H
#define RUNTIME_MASTER_SOURCES_H

#include <stdint.h>

#include "runtime/table/table.h"

/* Can some source address of the backend be used to reach the server? */
int sources_reach(
	const struct table *t, uint32_t backend, const struct tbl_server *to);
/* --check: warns of those that no interface has. */
void sources_warn(const struct table *t);

#endif
