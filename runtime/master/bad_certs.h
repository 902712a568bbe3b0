/*
 * The certificates of the live table whose files cannot be used, said to the
 * operator.
 */
#ifndef RUNTIME_MASTER_BAD_CERTS_H
#define RUNTIME_MASTER_BAD_CERTS_H

#include <stddef.h>

#include "refuse.h"
#include "runtime/common/bundle.h"

struct loaded;
struct master;

struct bad_cert {
	char *name;
	enum bundle_cert state; /* KEPT or UNSERVED */
	struct refusal why;
};

/* "kept" or "unserved". */
const char *bad_certs_word(enum bundle_cert state);
/* A table went live, or its files were read again: logs which certificates
 * became bad, which are bad in another way, and which are good again. */
void bad_certs_tell(struct master *m);
/* Those of the live table. */
const struct bad_cert *bad_certs_now(size_t *n);
void bad_certs_forget(void);
/* For --check: prints those of l.  The exit status. */
int bad_certs_print(const struct loaded *l);

#endif
