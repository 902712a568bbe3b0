/*
 * A half-connection: one socket, with or without TLS on it.  Whoever relays
 * sees bytes and seven outcomes and never a TLS library (tls.c sits behind
 * this).  Writing always takes everything: what the socket refuses waits in
 * .out, and whoever writes must not write more before .out is empty; that is
 * the whole of backpressure.
 */
#ifndef RUNTIME_IO_H
#define RUNTIME_IO_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runtime/common/buf.h"

struct tls;

/* Outcomes; a positive number is octets. */
enum io_outcome {
	IO_AGAIN = -1,     /* nothing now; the watcher will tell */
	IO_EOF = -2,       /* the peer ended in order: FIN, or close_notify */
	IO_TRUNCATED = -3, /* FIN inside TLS: the end is not authentic */
	IO_RESET = -4,     /* RST, or the path died */
	IO_BROKEN = -5,    /* TLS was violated, or a fatal alert came */
	IO_MEMORY = -6,    /* no memory */
	IO_DONE = 0,
};

struct io {
	struct ev_io w;    /* .fd is the socket, -1 when closed */
	struct tls *tls;   /* NULL: clear */
	struct buf *in;    /* octets of the wire that were read too early */
	struct buf *out;   /* octets of the wire that the socket refused */
	int16_t alert;     /* TLS alert sent, -1 none */
	int16_t alert_got; /* fatal alert received, -1 none */
	uint8_t fin;       /* the socket's end of file was read */
	uint8_t rst;       /* the socket is dead */
	uint8_t shut;      /* io_shutdown was called */
	uint8_t shut_sent; /* ... and FIN is out */
	uint8_t more;    /* FIN follows at once and may ride on these octets */
	uint8_t drained; /* the last recv came back short: no use in asking
	                   * before the watcher says so */
};

void io_init(struct io *io, void (*cb)(struct ev_loop *, struct ev_io *, int),
	void *data);
void io_open(struct io *io, int fd);
/* Watch for exactly these events (EV_READ | EV_WRITE, 0: none). */
void io_watch(struct io *io, struct ev_loop *loop, int events);
/* Close the socket and free what hangs on it.  reset: with an RST. */
void io_close(struct io *io, struct ev_loop *loop, int reset);

/* Octets into p (decrypted when there is TLS), or an outcome. */
ssize_t io_read(struct io *io, uint8_t *p, size_t cap);
/* The same past TLS and .in: straight from the socket. */
ssize_t io_take(struct io *io, uint8_t *p, size_t cap);
/* Is there something to read that no watcher will announce? */
int io_pending(const struct io *io);
/* IO_DONE or an error; .out must be empty. */
int io_write(struct io *io, const uint8_t *p, size_t n);
/* Send what waits; IO_DONE when .out is empty, IO_AGAIN, IO_RESET. */
int io_flush(struct io *io);
/* The last octet was written: close_notify where there is TLS, then FIN, once
 * .out is empty. */
void io_shutdown(struct io *io);
/* Octets to the wire as they are, past TLS (alerts before there is a
 * session). */
int io_raw(struct io *io, const uint8_t *p, size_t n);

/* Forget TLS and what was read; what waits in .out still goes out. */
void io_bare(struct io *io);
/* What has come is acknowledged at once (TCP_QUICKACK, tcp(7)), and from now on
 * as usual.  To a server: the first octets have gone, and with them the
 * acknowledgement that ends TCP's handshake, which connect.c put off; or there
 * are none yet, and one that speaks first waits for it.  A peer that sends in
 * pieces (RFC 896) would else wait 40 ms for each. */
void io_acknowledge(struct io *io);

/*
 * For tls.c: the wire as the library's transport.  One operation of the
 * library is bracketed by io_begin and io_settle; in between, io_pull reads
 * ahead into a buffer of the worker and io_push gathers, so that a flight or
 * several records cost one system call each way.
 */
void io_begin(struct io *io);
int io_settle(struct io *io);
/* As io_settle, but what was gathered goes to *to instead of the wire. */
int io_keep(struct io *io, struct buf **to);
/* As io_settle, but in the middle of an operation: nothing is sent yet. */
int io_park(struct io *io);
size_t io_ahead(const struct io *io); /* octets read and not yet pulled */
ssize_t io_pull(void *io, void *p, size_t n);
ssize_t io_push(void *io, const void *p, size_t n);

#endif
