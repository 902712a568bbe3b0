/*
 * May renewed certificates follow the old ones?
 */
#ifndef RUNTIME_MASTER_RENEW_FITS_H
#define RUNTIME_MASTER_RENEW_FITS_H

struct loaded;
struct refusal;

/* The new certificates serve the names that the old ones did, and are valid
 * today. */
int renew_fits(const struct loaded *old, const struct loaded *new,
	struct refusal *why);

#endif
