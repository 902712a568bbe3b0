/*
 * One line of a log, in logfmt or JSON.  Only this file knows how a value is
 * written, for events (event.c) and for connections (log.c).
 *
 * Values come from the network and from file names.  Visible characters are
 * kept.  Quotes, controls, bidi overrides and other invisible code points are
 * escaped as in JSON (\u202e); an octet that is not UTF-8 is escaped as the code
 * point of its number (0xff: \u00ff).  So whatever a value contains, a line is
 * one line of valid UTF-8, and JSON is JSON.  Both forms escape alike.
 */
#ifndef RUNTIME_LOGLINE_H
#define RUNTIME_LOGLINE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define LOGLINE_MAX 4096 /* with its newline; PIPE_BUF, see logsink.c */

struct logline {
	size_t n;
	uint8_t json, fields, full;
	char text[LOGLINE_MAX];
};

/* priority: for syslog, the line begins with "<PRI>tlsd[PID]: "; -1: it does
 * not. */
void logline_begin(struct logline *l, int json, int priority);
/* A pair.  It is left out if its value is NULL or empty, or if it does not fit:
 * half of it would not be JSON. */
void logline_text(struct logline *l, const char *key, const char *value);
void logline_number(struct logline *l, const char *key, uint64_t value);
/* The value is a number as text, "17" or "0.3"; anything else becomes a
 * string. */
void logline_spelled(struct logline *l, const char *key, const char *value);
/* Microseconds as milliseconds with three places; 0 is left out. */
void logline_millis(struct logline *l, const char *key, uint32_t us);
/* The key "time". */
void logline_time(struct logline *l, struct timespec at);
/* Ends the line with a newline: write text[0..n). */
void logline_end(struct logline *l);

#endif
