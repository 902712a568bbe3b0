/*
 * Servers and listeners as people write them, and which addresses are loopback.
 */
#ifndef COMPILER_ENDPOINT_H
#define COMPILER_ENDPOINT_H

#include "model.h"

/* "10.0.0.1:443", "[::1]:443", "name:443", "unix:\"path\"". */
const char *endpoint_server(struct arena *a, const struct m_server *s);
const char *endpoint_listener(struct arena *a, const struct m_listener *l);

int endpoint_loopback(const struct m_server *s);
/* Where clear text may go: loopback, private use (RFC 1918, RFC 4193) and
 * link-local (RFC 3927, RFC 4291); a socket; a name, for what it resolves to
 * is not known here. */
int endpoint_inside(const struct m_server *s);
/* One socket, one name, or addresses of one /24 (RFC 1918 sites are cut so as
 * a rule) or /64 (RFC 4291, 2.5.1). */
int endpoint_neighbours(const struct m_server *a, const struct m_server *b);
/* The same place and port; the rest may differ. */
int endpoint_same(const struct m_server *a, const struct m_server *b);
/* Does a connection to one arrive at the other?  0.0.0.0 and [::] are every
 * address of their family. */
int endpoint_overlap(const struct m_listener *a, const struct m_listener *b);
/* Does the outer one get every connection that the inner one gets? */
int endpoint_covers(
	const struct m_listener *outer, const struct m_listener *inner);

#endif
