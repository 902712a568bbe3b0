/*
 * May renewed certificates follow the old ones?
 */
#ifndef RUNTIME_MASTER_RENEW_FITS_H
#define RUNTIME_MASTER_RENEW_FITS_H

#include <stdint.h>

struct bundle;
struct loaded;
struct refusal;
struct table;

/* The new certificates serve the names that the old ones did, and are valid
 * today. */
int renew_fits(const struct loaded *old, const struct loaded *new,
	struct refusal *why);
/* The same of certificate i alone. */
int renew_fits_cert(const struct table *t, const struct bundle *old,
	const struct bundle *new, uint32_t i, struct refusal *why);

#endif
