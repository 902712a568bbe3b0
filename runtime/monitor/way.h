/*
 * How clients come to a backend, so that its checks can go the same way.
 */
#ifndef RUNTIME_MONITOR_WAY_H
#define RUNTIME_MONITOR_WAY_H

#include "runtime/table/table.h"

struct way {
	unsigned modes; /* 1 << value of WORD_MODE, of the actions that lead
	                 * there */
	char *sni; /* that a check says: SNI in TLS, Host in HTTP; or NULL */
};

/* By BACKEND; the caller's, ended by ways_free.  NULL: no memory. */
struct way *ways_new(const struct table *t);
void ways_free(struct way **w, uint32_t backends);
/* Is a check of this backend to speak TLS? */
int way_tls(const struct tbl_backend *b, const struct way *w);

#endif
