/*
 * How clients come to a backend, so that its checks can go the same way.
 */
#ifndef RUNTIME_MONITOR_BACKEND_USE_H
#define RUNTIME_MONITOR_BACKEND_USE_H

#include "runtime/table/table.h"

struct backend_use {
	unsigned modes; /* 1 << value of WORD_MODE, of the actions that lead
	                 * there */
	char *sni; /* that a check says: SNI in TLS, Host in HTTP; or NULL */
};

/* By BACKEND; the caller's, ended by backend_uses_free.  NULL: no memory. */
struct backend_use *backend_uses_new(const struct table *t);
void backend_uses_free(struct backend_use **w, uint32_t backends);
/* Is a check of this backend to speak TLS? */
int backend_use_tls(const struct tbl_backend *b, const struct backend_use *w);

#endif
