/*
 * Coroutines on pooled stacks: a TLS handshake that waits for the keys process
 * is set aside without stalling the loop.  A signature cannot tell GnuTLS to
 * come back later (returning GNUTLS_E_AGAIN there breaks the handshake), so the
 * whole call waits on a stack of its own.
 */
#ifndef RUNTIME_COROUTINE_H
#define RUNTIME_COROUTINE_H

struct coroutine;

/* Begin fn(arg) on a stack of its own; returns when it has ended or yielded.
 * Ended: NULL, and *failed is 0. Yielded: the coroutine, to be resumed.  No
 * stack is left: NULL and *failed is 1; fn was not called. */
struct coroutine *coroutine_start(
	void (*fn)(void *arg), void *arg, int *failed);
/* Go on where it yielded; sets *c to NULL when it has ended. */
void coroutine_resume(struct coroutine **c);
/* The one that is running, or NULL: the loop itself. */
struct coroutine *coroutine_current(void);
/* The arg it was started with; NULL outside of one. */
void *coroutine_arg(void);
/* Back to the caller of start or resume; only inside a coroutine. */
void coroutine_yield(void);

/* Give the pooled stacks back. */
void coroutine_drain(void);

#endif
