/*
 * The PROXY header towards a server (proxyproto.h writes it).
 */
#ifndef RUNTIME_PROXYOUT_H
#define RUNTIME_PROXYOUT_H

struct leg;

/* Sends the header before anything else, if the backend wants one.  0, or -1:
 * the owner has been told that it failed. */
int proxyout_send(struct leg *l);

#endif
