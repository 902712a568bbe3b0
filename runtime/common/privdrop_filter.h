/*
 * The system call filter of children.
 */
#ifndef RUNTIME_PRIVDROP_FILTER_H
#define RUNTIME_PRIVDROP_FILTER_H

#include <stddef.h>

#include "privdrop.h"

/* Allows only the system calls of the role, and Unix sockets only with
 * unix_too; others fail with EPERM.  0, or -1 with text in err.  Does nothing
 * in a sanitizer build: sanitizers need other system calls. */
int privdrop_filter(enum privdrop_role role, int unix_too, char *err, size_t n);

#endif
