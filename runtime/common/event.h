/*
 * Lines about events of the processes (starts, loads, refusals, crashes), in
 * logfmt or JSON, to standard error, a file or syslog.  The worker's log.h
 * writes lines about connections to the same destination.
 */
#ifndef RUNTIME_EVENT_H
#define RUNTIME_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "ipc.h"

/* The numbers are those of syslog. */
enum event_level {
	EVENT_ERROR = 3,
	EVENT_WARNING = 4,
	EVENT_NOTICE = 5,
	EVENT_INFO = 6
};

/* dest: "stderr", "syslog" or the path of a file (appended to, created with
 * mode 0640).  If syslog is not running, that is reported on standard error,
 * and event_tick connects later.  0, or -1 with text in err. */
int event_open(const char *dest, int json, char *err, size_t n);
/* For a child: its pipe to the master (master/logs.c). */
void event_use(int fd, struct ipc_log form);
/* Opens the destination again by its name (after rotation). */
int event_reopen(char *err, size_t n);
/* For the master, every second: connects to a restarted syslog, for all
 * processes, and writes delayed lines. */
void event_tick(void);
/* For the master, to pass on lines of its children: how many octets can be
 * taken now; takes a whole line with its newline; writes what was taken. */
size_t event_room(void);
void event_relay(const char *line, size_t n);
void event_flush(void);
struct ipc_log event_form(void);
/* A second destination for audit lines; without it they go to the first. */
/* 0 if the destination could be opened; creates nothing. */
int event_can_open(const char *dest, char *err, size_t n);
int event_open_audit(const char *path, char *err, size_t n);

/* Pairs of strings, key and value, ended by NULL.  A pair whose value is NULL
 * or empty is left out. */
void event_log(enum event_level level, const char *event, ...)
	__attribute__((sentinel));
/* The same for the audit log. */
void event_audit(enum event_level level, const char *event, ...)
	__attribute__((sentinel));
/* Do audit lines appear on standard error? */
int event_audit_on_stderr(void);

/* Formats a number into buf and returns buf. */
const char *event_number(char buf[24], uint64_t n);

#endif
