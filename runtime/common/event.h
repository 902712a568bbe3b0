/*
 * Events of the processes themselves (starts, loads, refusals, crashes): one
 * line each, logfmt or JSON, to standard error, a file or syslog.  Lines about
 * connections are the worker's log.h; both go to the same place.
 */
#ifndef RUNTIME_EVENT_H
#define RUNTIME_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "ipc.h"

/* The numbers are syslog's severities. */
enum event_level {
	EVENT_ERROR = 3,
	EVENT_WARNING = 4,
	EVENT_NOTICE = 5,
	EVENT_INFO = 6
};

/* dest: "stderr", "syslog" or a file's path (appended to, made with mode
 * 0640).  A syslog that is not there is said on standard error and connected
 * when it is (event_tick).  0, or -1 with text in err. */
int event_open(const char *dest, int json, char *err, size_t n);
/* A child's: this pipe to the master (master/logs.c). */
void event_use(int fd, struct ipc_log form);
/* Opens the destination again by its name (after rotation). */
int event_reopen(char *err, size_t n);
/* The master, every second: a syslog that was made anew is connected to, for
 * all processes; lines that had to wait are written. */
void event_tick(void);
/* The master, for lines of its children: octets that can be taken now, a whole
 * line with its newline, and writing what was taken. */
size_t event_room(void);
void event_relay(const char *line, size_t n);
void event_flush(void);
struct ipc_log event_form(void);
/* A second destination for audit lines; without it they go to the first. */
/* 0: such a destination could be opened, and nothing is left behind. */
int event_can_open(const char *dest, char *err, size_t n);
int event_open_audit(const char *path, char *err, size_t n);

/* Pairs of key and value strings, ended by NULL; a pair whose value is NULL or
 * empty is left out. */
void event_log(enum event_level level, const char *event, ...)
	__attribute__((sentinel));
/* The same into the audit log. */
void event_audit(enum event_level level, const char *event, ...)
	__attribute__((sentinel));
/* Audit lines are read on standard error. */
int event_audit_on_stderr(void);

/* Formats a number into buf for the above; returns buf. */
const char *event_number(char buf[24], uint64_t n);

#endif
