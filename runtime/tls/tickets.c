/*
 * Ticket secrets in a worker (tickets.h).  GnuTLS is given one key for a
 * session, and takes no ticket of another; so it is looked up beforehand which
 * one the client's ticket was made with.  GnuTLS derives what it encrypts with
 * from the key and the time, and the first 16 octets of that are the ticket's
 * (RFC 5077 4's key_name): SHA3-512(period, key), a period being three times
 * the life of a session.  tests/unit/tickets.c holds it to that.
 */
#include "tickets.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <time.h>

enum { PERIOD_LIVES = 3 };

static struct ipc_tickets held;
static unsigned epoch;

void tickets_take(const struct ipc_tickets *m)
{
	held = *m;
	epoch++;
}

void tickets_forget(void)
{
	gnutls_memset(&held, 0, sizeof(held));
	epoch++;
}

const uint8_t *tickets_secret(enum tickets_which which)
{
	return which <= TICKETS_BEFORE && which < held.count
		? held.secret[which]
		: NULL;
}

unsigned tickets_epoch(void)
{
	return epoch;
}

static int name_of(
	int64_t period, const uint8_t key[64], uint8_t name[TICKETS_NAME])
{
	uint8_t in[8 + 64], out[64];
	int i, r;

	for (i = 0; i < 8; i++)
		in[i] = (uint8_t)((uint64_t)period >> (56 - 8 * i));
	memcpy(in + 8, key, 64);
	r = gnutls_hash_fast(GNUTLS_DIG_SHA3_512, in, sizeof(in), out);
	memcpy(name, out, TICKETS_NAME);
	gnutls_memset(in, 0, sizeof(in));
	gnutls_memset(out, 0, sizeof(out));
	return r;
}

int tickets_offered(struct tickets_names *names, const uint8_t key[64],
	const uint8_t *hello, size_t n)
{
	int64_t now = (int64_t)time(NULL) / PERIOD_LIVES /
		(names->life ? names->life
			     : gnutls_db_get_default_cache_expiration());

	if (names->period != now) {
		if (name_of(now, key, names->name[0]) < 0 ||
			name_of(now - 1, key, names->name[1]) < 0)
			return 0;
		names->period = now;
	}
	return memmem(hello, n, names->name[0], TICKETS_NAME) ||
		memmem(hello, n, names->name[1], TICKETS_NAME);
}
