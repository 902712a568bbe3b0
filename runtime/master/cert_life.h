/*
 * How long certificates are valid.
 */
#ifndef RUNTIME_MASTER_CERT_LIFE_H
#define RUNTIME_MASTER_CERT_LIFE_H

#include <stdint.h>
#include <time.h>

struct bundle;
struct loaded;
struct table;

/* The validity of a leaf; -1 if it cannot be read. */
int cert_life_of(const struct table *t, const struct bundle *b, uint32_t i,
	time_t *from, time_t *until);
/* How many seconds before its end to warn: 14 days, or a third of a shorter
 * life. */
double cert_life_early(time_t from, time_t until);
/* --check: warns of certificates that are not valid now, or not much longer. */
void cert_life_warn(const struct loaded *l);

#endif
