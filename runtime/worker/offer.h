/*
 * What a bridge offers its server by ALPN.
 */
#ifndef RUNTIME_OFFER_H
#define RUNTIME_OFFER_H

#include <stddef.h>
#include <stdint.h>

#define OFFER_MAX 4096

struct conn;

/* ProtocolNameList entries for c's backend into out, *n octets (0: none).  -1:
 * the client and its route have no protocol in common, or the hello is gone. */
int offer_make(const struct conn *c, uint8_t out[OFFER_MAX], size_t *n);

#endif
