/*
 * A half-connection: one socket, with or without TLS on it.  Its users see
 * octets and seven outcomes, never a TLS library (tls.h).  A write always takes
 * everything: what the socket refuses waits in .out, and nothing more may be
 * written until .out is empty.  That is the whole of backpressure.
 */
#ifndef RUNTIME_IO_H
#define RUNTIME_IO_H

#include <ev.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "outcome.h"
#include "runtime/common/buf.h"

struct tls;

/* Fields from .alert on are written here and in the rest of runtime/tls
 * only. */
struct io {
	struct ev_io w;  /* .fd is the socket, -1 when closed */
	struct tls *tls; /* NULL: clear */
	struct buf *in; /* octets of the wire that were read and not yet used */
	struct buf *out;   /* octets of the wire that the socket refused */
	int16_t alert;     /* TLS alert sent, -1 none */
	int16_t alert_got; /* fatal alert received, -1 none */
	uint8_t fin;       /* the socket's end of file was read */
	uint8_t rst;       /* the socket is dead */
	uint8_t shut;      /* io_shutdown was called */
	uint8_t shut_sent; /* ... and FIN is out */
	uint8_t more;    /* FIN follows at once and may ride on these octets */
	uint8_t drained; /* io_take does not ask the socket */
};

void io_init(struct io *io, void (*cb)(struct ev_loop *, struct ev_io *, int),
	void *data);
void io_open(struct io *io, int fd);
/* Watch for exactly these events (EV_READ | EV_WRITE, 0: none). */
void io_watch(struct io *io, struct ev_loop *loop, int events);
/* How a socket is closed: in order, or so that the peer sees that it is not. */
enum io_goodbye { IO_FIN, IO_RST };
/* Close the socket and free what hangs on it. */
void io_close(struct io *io, struct ev_loop *loop, enum io_goodbye how);

/* Octets into p (decrypted when there is TLS), or an outcome. */
ssize_t io_read(struct io *io, uint8_t *p, size_t cap);
/* The same past TLS and .in: straight from the socket.  After a short read, or
 * none, it is IO_AGAIN without a system call until io_heard. */
ssize_t io_take(struct io *io, uint8_t *p, size_t cap);
/* The watcher has announced something to read, or it is worth asking all the
 * same. */
static inline void io_heard(struct io *io)
{
	io->drained = 0;
}
/* Nothing is expected before the watcher announces it. */
static inline void io_quiet(struct io *io)
{
	io->drained = 1;
}
static inline int io_is_quiet(const struct io *io)
{
	return io->drained;
}
/* How the socket's octets have ended: IO_EOF, IO_RESET, or IO_DONE: not yet. */
static inline int io_ended(const struct io *io)
{
	return !io->fin ? IO_DONE : io->rst ? IO_RESET : IO_EOF;
}
/* A read or a write has found the socket dead. */
static inline int io_is_dead(const struct io *io)
{
	return io->rst;
}
/* Is there something to read that no watcher will announce? */
int io_pending(const struct io *io);
/* IO_DONE or an error; .out must be empty. */
int io_write(struct io *io, const uint8_t *p, size_t n);
/* The same, and io_shutdown follows at once: they make one segment. */
int io_write_last(struct io *io, const uint8_t *p, size_t n);
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
/* Acknowledge at once what has come (TCP_QUICKACK, tcp(7)), and from then on as
 * usual.  Towards a server: after the first octets have gone, and with them the
 * acknowledgement that ends TCP's handshake, which connect.c put off; or when
 * there are none yet, because a server that speaks first waits for it.  A peer
 * that sends in pieces (RFC 896) would otherwise wait 40 ms for each. */
void io_acknowledge(struct io *io);

/*
 * For runtime/tls: the wire as the library's transport.  One operation of the
 * library is bracketed by io_begin and one of the four ends below it.  In
 * between, io_pull reads ahead into a buffer of the worker and io_push gathers
 * in another, so that a flight or several records cost one system call each
 * way.  All connections share this pair of buffers; from io_begin to the end
 * they belong to this one, which is asserted.  An operation that is set aside
 * in the middle ends with io_park and goes on after another io_begin.
 */
void io_begin(struct io *io);
/* What was gathered is sent.  IO_DONE or an error. */
int io_settle(struct io *io);
/* What was gathered goes to the end of *to instead. */
int io_keep(struct io *io, struct buf **to);
/* It goes to .out, and nothing is sent yet. */
int io_park(struct io *io);
/* It is dropped, with what was read ahead. */
void io_drop(struct io *io);
size_t io_ahead(const struct io *io); /* octets read and not yet pulled */
ssize_t io_pull(void *io, void *p, size_t n);
ssize_t io_push(void *io, const void *p, size_t n);

#endif
