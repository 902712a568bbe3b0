/*
 * Where lines go: gathered and written whole to a file, a pipe or a datagram
 * socket (syslog) that may be full, slow or gone.  It waits for nobody; what
 * cannot be kept is lost line by line, and the number of them is told by the
 * next line that gets through (log.c, event.c).
 */
#ifndef RUNTIME_LOGSINK_H
#define RUNTIME_LOGSINK_H

#include <stddef.h>
#include <stdint.h>

#define LOGSINK_GATHER 65536

struct logsink {
	int fd;            /* -1: nowhere; never closed here */
	uint8_t datagrams; /* each line is one, without its newline */
	uint8_t waits;     /* no regular file: ask before each write */
	uint8_t losing;    /* what was last to be written was lost */
	uint8_t half;      /* text begins in the middle of a line */
	uint8_t torn;      /* ... whose beginning stands there for good */
	uint64_t lost;     /* lines, not told yet */
	uint64_t told;     /* ... as a line among text tells, */
	size_t told_end;   /* which ends there; 0: none */
	size_t n;
	char text[LOGSINK_GATHER];
};

enum logsink_form { LOGSINK_STREAM, LOGSINK_DATAGRAMS };
/* Lines go there from now on; what was gathered is tried once more first. */
void logsink_use(struct logsink *s, int fd, enum logsink_form form);
/* How many lines the next one is to tell of, for logsink_put; 0: none. */
uint64_t logsink_untold(const struct logsink *s);
/* Lines were lost, and those that come now get through. */
int logsink_recovered(const struct logsink *s);
/* A whole line with its newline, which tells of so many lost. */
void logsink_put(struct logsink *s, const char *line, size_t n, uint64_t told);
/* Writes what can be written now. */
void logsink_flush(struct logsink *s);

#endif
