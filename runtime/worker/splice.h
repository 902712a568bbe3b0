/*
 * Relaying without copies: socket to pipe to socket (splice(2)).  Pipes are
 * pooled: a direction has one only while there are octets in it.
 */
#ifndef RUNTIME_SPLICE_H
#define RUNTIME_SPLICE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct io;
struct pipe_end;

#define SPLICE_NO_PIPE (-100) /* copy instead */
#define SPLICE_TARGET_DEAD (-101)

#define SPLICE_PIPE (1u << 20) /* octets one pipe holds */
#define SPLICE_MUCH                                                            \
	(1 << 18) /* octets: a move of less has emptied the socket */

/* Octets moved from one socket towards the other, counted in *count; or an
 * outcome of the source (io.h), or one of the above.  At most `most` octets are
 * taken before the first is sent: the more at once, the fewer wakeups and
 * acknowledgements an octet costs.  Empty pipes go back to the pool. */
ssize_t splice_move(struct pipe_end **p, struct io *from, struct io *to,
	uint64_t *count, size_t most);
/* The target is writable again: IO_DONE when all has been sent (and the pipes
 * are back in the pool), IO_AGAIN, IO_RESET. */
int splice_push(struct pipe_end **p, struct io *to);
static inline int splice_waiting(const struct pipe_end *p)
{
	return p != NULL;
}
/* Drop what is in the pipes. */
void splice_drop(struct pipe_end **p);
/* Close the pool's pipes. */
void splice_finish(void);

#endif
