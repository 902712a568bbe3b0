/*
 * The TLS handshake with the client (offload, bridge).
 */
#ifndef RUNTIME_HANDSHAKE_H
#define RUNTIME_HANDSHAKE_H

struct conn;

/* 1: the certificate that the client's name needs is not served, and the
 * connection was closed.  Ask before a server is connected. */
int handshake_refused(struct conn *c);
/* The server is ready, and the client's hello is in front of what was read. */
void handshake_start(struct conn *c);
/* HANDSHAKE: an event of the client's socket. */
void handshake_event(struct conn *c);
/* HANDSHAKE: the signature that it waited for has come. */
void handshake_resume(struct conn *c);

#endif
