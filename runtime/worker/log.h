/*
 * The log: one line for each connection, in logfmt or JSON.  Lines are gathered
 * and written when the loop is about to sleep.  A slow reader loses lines, and
 * is told how many; it never slows the gateway down.
 */
#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include <stdint.h>

#include "conn.h"
#include "worker.h"

/* Where lines go from now on; takes fd (-1: nowhere).  syslog: each line begins
 * with a priority. */
void log_open(int fd, enum log_format format, int syslog);
/* What was gathered is written, and lines go nowhere. */
void log_end(void);
void log_close(struct conn *c);
/* A line of another kind: with the time at (clock_now) in front, and put among
 * the others when it is whole. */
struct logline;
int log_wanted(void);
void log_line_begin(struct logline *l, double at);
void log_line_put(struct logline *l);
/* "frontend" and "source", "conn" of a connection. */
void log_conn(struct logline *l, const struct conn *c);
/* Write what was gathered. */
void log_flush(void);
/* A line that is not about a connection: trouble of tlsd itself.  At most one a
 * second from each place. */
void log_note(const char *what, const char *detail);

#endif
