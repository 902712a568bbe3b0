/*
 * What a policy says about the network between the gateway and its servers.
 */
#ifndef COMPILER_SEGMENT_H
#define COMPILER_SEGMENT_H

#include "model.h"

/* The segment that speaks for the server: the one with the longest prefix that
 * holds its address.  NULL: none does, or it is a name or a path. */
const struct m_segment *segment_of(
	const struct model *m, const struct m_server *s);
/* Nobody between here and there can read what is sent. */
int segment_encrypts(const struct m_segment *s);
/* Every server of the backend has an address in the segment. */
int segment_holds(const struct m_segment *s, const struct m_backend *b);
/* Every server of the backend is reached through an encrypted segment. */
int segment_protects(const struct model *m, const struct m_backend *b);

#endif
