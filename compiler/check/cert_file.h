/*
 * A credential's file, read whole (cert.c, cert_status.c).
 */
#ifndef COMPILER_CERT_FILE_H
#define COMPILER_CERT_FILE_H

#include <stddef.h>
#include <sys/stat.h>

#include <gnutls/gnutls.h>

struct arena;

/* At most max octets into the arena, and a NUL; st may be NULL.  0, or -1 with
 * *err in words. */
int cert_file(struct arena *a, const char *path, size_t max,
	gnutls_datum_t *out, struct stat *st, const char **err);

#endif
