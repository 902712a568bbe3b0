/*
 * Results of system calls as outcomes.  A path that died is a reset, whatever
 * errno calls it.  EPIPE alone follows a genuine FIN: the octets and the end
 * before it count (tcp(7)).
 */
#include "outcome.h"

#include <errno.h>

#include "io.h"

int outcome_of_read(struct io *io, ssize_t n)
{
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return IO_AGAIN;
	io->fin = 1;
	if (n < 0 && errno != EPIPE)
		io->rst = 1;
	return io_ended(io);
}

int outcome_of_write(struct io *io)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return IO_AGAIN;
	/* The call has consumed the socket's error, and recv would now report a
	 * clean end: remember. */
	if (errno != EPIPE)
		io->rst = 1;
	return IO_RESET;
}
