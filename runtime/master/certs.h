/*
 * Keys fit their certificates.
 */
#ifndef RUNTIME_MASTER_CERTS_H
#define RUNTIME_MASTER_CERTS_H

#include <stddef.h>

struct bundle;
struct master;
struct table;

/* Of very many, those that are not checked before the table serves are checked
 * while it does. */
enum certs_extent { CERTS_FIRST, CERTS_ALL };
/* Checks those whose contents are not known to be good.  -1 with a sentence in err that names the file. */
int certs_check(const struct table *t, const struct bundle *b,
	enum certs_extent extent, char *err, size_t n);
/* The others of the live table, while it serves; and says, then and every day,
 * which expire soon. */
void certs_check_rest(struct master *m);
void certs_forget(void);

#endif
