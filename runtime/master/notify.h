/*
 * Messages to the service manager (the protocol of sd_notify(3), without its
 * library).
 */
#ifndef RUNTIME_NOTIFY_H
#define RUNTIME_NOTIFY_H

/* Sends "NAME=value" lines to $NOTIFY_SOCKET, if that is set. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
