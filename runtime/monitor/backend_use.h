/*
 * How clients use a backend, so that its checks can do the same.
 */
#ifndef RUNTIME_MONITOR_BACKEND_USE_H
#define RUNTIME_MONITOR_BACKEND_USE_H

#include "runtime/table/table.h"

struct backend_use {
	/* 1 << value of WORD_MODE, of the actions that lead to the backend */
	unsigned modes;
	/* the name to send in a check: SNI in TLS, Host in HTTP; or NULL */
	char *sni;
};

/* By index of BACKEND; to be freed by backend_uses_free.  NULL: no memory. */
struct backend_use *backend_uses_new(const struct table *t);
void backend_uses_free(struct backend_use **w, uint32_t backends);
/* Does a check of this backend use TLS? */
int backend_use_tls(const struct tbl_backend *b, const struct backend_use *w);

#endif
