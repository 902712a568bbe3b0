/*
 * What became of an operation on a half-connection, and what a system call's
 * result means: the only place where errno is read for that.
 */
#ifndef RUNTIME_OUTCOME_H
#define RUNTIME_OUTCOME_H

#include <sys/types.h>

struct io;

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

/* recv or splice from the socket has returned n, which is 0 or less, with
 * errno.  An end is remembered (io_ended).  IO_AGAIN, IO_EOF or IO_RESET. */
int outcome_of_read(struct io *io, ssize_t n);
/* send or splice to the socket has failed with errno.  IO_AGAIN or IO_RESET. */
int outcome_of_write(struct io *io);

#endif
