/*
 * How long certificates are good.
 */
#ifndef RUNTIME_MASTER_CERT_LIFE_H
#define RUNTIME_MASTER_CERT_LIFE_H

#include <stdint.h>
#include <time.h>

struct bundle;
struct loaded;
struct table;

/* Of a certificate's leaf; -1: unreadable. */
int cert_life_of(const struct table *t, const struct bundle *b, uint32_t i,
	time_t *from, time_t *until);
/* Seconds before its end from which on it is to be said: 14 days, or a third of
 * a shorter life. */
double cert_life_early(time_t from, time_t until);
/* --check: those that are not good today, or not much longer. */
void cert_life_warn(const struct loaded *l);

#endif
