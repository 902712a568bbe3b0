/*
 * Where lines go: they are collected and written whole to a file, a pipe or a
 * datagram socket (syslog) that may be full, slow or gone.  It never waits.
 * Lines that cannot be kept are lost, and the next line that gets through
 * reports how many (log.c, event.c).
 */
#ifndef RUNTIME_LOGSINK_H
#define RUNTIME_LOGSINK_H

#include <stddef.h>
#include <stdint.h>

#define LOGSINK_GATHER 65536

struct logsink {
	int fd;            /* -1: nowhere; never closed here */
	uint8_t datagrams; /* each line is a datagram, without its newline */
	uint8_t waits;     /* not a regular file: poll before each write */
	uint8_t losing;    /* the last write was lost */
	uint8_t half;      /* text begins in the middle of a line */
	/* ... whose beginning was written and cannot be completed */
	uint8_t torn;
	uint64_t lost;   /* lines whose loss is not reported yet */
	uint64_t told;   /* ... and those that a line in text reports */
	size_t told_end; /* where that line ends; 0: there is none */
	size_t n;
	char text[LOGSINK_GATHER];
};

enum logsink_form { LOGSINK_STREAM, LOGSINK_DATAGRAMS };
/* Lines go there from now on.  Tries to write the old text first. */
void logsink_use(struct logsink *s, int fd, enum logsink_form form);
/* How many lost lines the next line should report, for logsink_put; 0: none. */
uint64_t logsink_untold(const struct logsink *s);
/* Lines were lost, but writing works again. */
int logsink_recovered(const struct logsink *s);
/* Adds a whole line with its newline. told: how many lost lines it reports. */
void logsink_put(struct logsink *s, const char *line, size_t n, uint64_t told);
/* Writes what can be written without waiting. */
void logsink_flush(struct logsink *s);

#endif
