/*
 * Reading clauses in order, without the runtime's lookup: what a model says
 * happens.  For deep.c and replay.c, which compare the two.
 */
#ifndef COMPILER_PLAIN_H
#define COMPILER_PLAIN_H

#include "model.h"

/* The first of some clauses that applies, or MODEL_NONE.  address is a full
 * length prefix; tls one bit of enum tls_class. */
uint32_t plain_first(const struct model *m, uint32_t first, uint32_t count,
	const struct m_prefix *address, uint64_t alpn, uint8_t tls);

#endif
