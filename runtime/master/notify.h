/*
 * What a service manager is told (sd_notify(3)'s protocol, without its
 * library).
 */
#ifndef RUNTIME_NOTIFY_H
#define RUNTIME_NOTIFY_H

/* Sends "NAME=value" lines to $NOTIFY_SOCKET; without one it does nothing. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
