/*
 * TLS towards a server, before the owner of the leg uses it.
 */
#ifndef RUNTIME_BRIDGE_H
#define RUNTIME_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

struct leg;

/* A connected leg's handshake begins.  alpn: ProtocolNameList entries to offer,
 * n octets, 0: none; not kept. */
void bridge_start(struct leg *l, const uint8_t *alpn, size_t n);
/* TLS: an event of the socket. */
void bridge_event(struct leg *l);

#endif
