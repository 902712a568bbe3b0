/*
 * The worker process: it accepts and relays, and has no access to files.
 * worker_main is called by the master in the child; everything it works with
 * comes over the ipc socket (ipc.h): generations, listening sockets, the log's
 * descriptor.
 */
#ifndef RUNTIME_WORKER_H
#define RUNTIME_WORKER_H

#include <stdint.h>

enum log_format { LOG_LOGFMT, LOG_JSON };

struct worker_options {
	unsigned number;  /* from 0; the first part of connection ids */
	unsigned workers; /* how many there are */
	int log_fd;       /* log lines; -1: none */
	uint8_t syslog;   /* each line begins with a priority */
	enum log_format log_format;
	int board_fd;      /* shared counters (board.h), or -1: limits hold
	                   * for this worker alone */
	unsigned share;    /* of the board: the one it counts in */
	uint8_t no_splice; /* relay by copying only (tests, comparison) */
	uint8_t records;   /* 1: own record layer after the handshake where it
	                    * can; 0: GnuTLS's */
};

/* Runs until the master closes ipc_fd, or a drain has ended.  Returns the
 * process's exit status.  ipc_fd is the worker's from here on. */
int worker_main(int ipc_fd, const struct worker_options *o);

#endif
