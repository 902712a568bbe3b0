/*
 * Do keys fit their certificates?
 */
#ifndef RUNTIME_MASTER_CERTS_H
#define RUNTIME_MASTER_CERTS_H

#include <stddef.h>
#include <stdint.h>

struct bundle;
struct master;
struct table;

/* Of very many certificates, CERTS_FIRST checks only the first;
 * certs_check_rest checks the others. */
enum certs_extent { CERTS_FIRST, CERTS_ALL };
/* Checks those whose contents are not known to be good.  -1 with a sentence in
 * err that names the file. */
int certs_check(const struct table *t, const struct bundle *b,
	enum certs_extent extent, char *err, size_t n);
/* The same, but a bad certificate is told, and the others are checked.  -1 with
 * a sentence in err if that could not be done. */
typedef void certs_bad(void *arg, uint32_t cert, const char *why);
int certs_check_each(const struct table *t, const struct bundle *b,
	enum certs_extent extent, certs_bad *bad, void *arg, char *err,
	size_t n);
/* While the table serves: checks the others, and logs, now and every day, which
 * expire soon. */
void certs_check_rest(struct master *m);
void certs_forget(void);

#endif
