/*
 * An address in three forms: ipc_listener, the kernel's, and text.
 */
#ifndef RUNTIME_ADDRESS_H
#define RUNTIME_ADDRESS_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "ipc.h"

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

/* For bind and connect; returns the length. */
socklen_t address_make(const struct ipc_listener *a, union address *s);
/* -1: of another family. */
int address_read(const union address *s, struct ipc_listener *a);
/* "192.0.2.1:443" or "[2001:db8::1]:443", numeric.  -1: not of that form. */
int address_parse(const char *text, struct ipc_listener *a);
/* "192.0.2.1,192.0.2.2:53,2001:db8::1,[2001:db8::1]:53".  -1: not of that
 * form. */
int address_list(const char *text);

/* "192.0.2.1:443", "[::]:443", "unix:/path"; returns buf. */
const char *address_text(const struct ipc_listener *a, char buf[128]);

#endif
