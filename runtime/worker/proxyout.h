/*
 * The PROXY header towards a server (proxyproto.h writes it).
 */
#ifndef RUNTIME_PROXYOUT_H
#define RUNTIME_PROXYOUT_H

struct conn;

/* Puts the header in front of what goes to the server, where the backend
 * wants one.  0, or -1: the connection is closed. */
int proxyout_send(struct conn *c);

#endif
