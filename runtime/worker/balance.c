/*
 * The four balancing policies (balance.h).  A choice goes over the servers of
 * one backend once or twice: backends have tens of servers, not thousands.
 */
#include "balance.h"

#include <math.h>

#include "runtime/common/hash.h"

unsigned balance_needs(enum balancing how)
{
	switch (how) {
	case BALANCE_LEAST_CONNECTIONS:
		return BALANCE_NEEDS_LIVE;
	case BALANCE_RANDOM_TWO:
		return BALANCE_NEEDS_LIVE | BALANCE_NEEDS_LATENCY;
	case BALANCE_ROUND_ROBIN:
	case BALANCE_SOURCE_HASH:
		break;
	}
	return 0;
}

/* Only servers of the best fitness that exists take part. */
static enum balance_fit level(const struct balance_server *s, size_t n)
{
	uint8_t seen[BALANCE_FIT + 1] = {0};
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i].weight)
			seen[s[i].fit] = 1;
	return seen[BALANCE_FIT]      ? BALANCE_FIT
		: seen[BALANCE_FULL]  ? BALANCE_FULL
		: seen[BALANCE_DOUBT] ? BALANCE_DOUBT
				      : BALANCE_OUT;
}

static int takes_part(const struct balance_server *s, enum balance_fit fit)
{
	return s->weight && s->fit == fit;
}

/* Smooth weighted: every server earns its weight, the richest is chosen and
 * pays the sum; shares come out exact and spread. */
static int round_robin(struct balance_server *s, size_t n, enum balance_fit fit)
{
	int64_t sum = 0;
	int best = -1;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!takes_part(&s[i], fit))
			continue;
		s[i].credit += s[i].weight;
		sum += s[i].weight;
		if (best < 0 || s[i].credit > s[best].credit)
			best = (int)i;
	}
	s[best].credit -= sum;
	return best;
}

/* Has a fewer connections for its weight than b? If equal, the one whose last
 * turn is longer ago. */
static int less_laden(
	const struct balance_server *a, const struct balance_server *b)
{
	uint64_t x = (a->live + UINT64_C(1)) * b->weight;
	uint64_t y = (b->live + UINT64_C(1)) * a->weight;

	return x != y ? x < y : a->turn < b->turn;
}

static int least_connections(
	const struct balance_server *s, size_t n, enum balance_fit fit)
{
	int best = -1;
	size_t i;

	for (i = 0; i < n; i++)
		if (takes_part(&s[i], fit) &&
			(best < 0 || less_laden(&s[i], &s[best])))
			best = (int)i;
	return best;
}

/* In (0, 1]. */
static double fraction(uint64_t h)
{
	return ((double)(h >> 11) + 1) / 9007199254740992.;
}

/* Weighted rendezvous hashing: every client has an order of the servers, and
 * a server that comes or goes moves only those clients that it is first for. */
static int source_hash(const struct balance_server *s, size_t n,
	enum balance_fit fit, uint64_t client)
{
	double score, top = 0;
	int best = -1;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!takes_part(&s[i], fit))
			continue;
		score = -(double)s[i].weight /
			log(fraction(hash_mix(client ^ s[i].key)));
		if (best < 0 || score > top) {
			top = score;
			best = (int)i;
		}
	}
	return best;
}

static uint64_t next_random(struct balance *b)
{
	b->random += UINT64_C(0x9e3779b97f4a7c15);
	return hash_mix(b->random);
}

/* One at random by weight, but never the one at index without. */
static int draw(struct balance *b, const struct balance_server *s, size_t n,
	enum balance_fit fit, int without)
{
	uint64_t sum = 0, at;
	int last = -1;
	size_t i;

	for (i = 0; i < n; i++)
		if (takes_part(&s[i], fit) && (int)i != without)
			sum += s[i].weight;
	if (!sum)
		return -1;
	at = next_random(b) % sum;
	for (i = 0; i < n; i++) {
		if (!takes_part(&s[i], fit) || (int)i == without)
			continue;
		last = (int)i;
		if (at < s[i].weight)
			break;
		at -= s[i].weight;
	}
	return last;
}

/* How long a new connection would wait at a, compared with b: the connections
 * before it, times what each takes.  Unless both have been measured only the
 * number counts, so a cold server gets its share. */
static int better(
	const struct balance_server *a, const struct balance_server *b)
{
	double x = (a->live + 1.) / a->weight, y = (b->live + 1.) / b->weight;

	if (a->latency_us && b->latency_us) {
		x *= a->latency_us;
		y *= b->latency_us;
	}
	return x != y ? x < y : a->turn < b->turn;
}

static int random_two(struct balance *b, struct balance_server *s, size_t n,
	enum balance_fit fit, uint64_t now)
{
	int one = draw(b, s, n, fit, -1), two = draw(b, s, n, fit, one), swap;

	if (two < 0)
		return one;
	if (better(&s[two], &s[one])) {
		swap = one;
		one = two;
		two = swap;
	}
	if (++s[two].lost > BALANCE_PROBE_LOST &&
		now - s[two].given_us >= BALANCE_PROBE_US)
		one = two;
	s[one].lost = 0;
	return one;
}

int balance_choose(struct balance *b, enum balancing how,
	struct balance_server *s, size_t n, const struct balance_client *c)
{
	enum balance_fit fit = level(s, n);
	int at = 0;

	if (fit == BALANCE_OUT)
		return BALANCE_NONE;
	if (fit == BALANCE_FULL)
		return BALANCE_WAIT;
	switch (how) {
	case BALANCE_ROUND_ROBIN:
		at = round_robin(s, n, fit);
		break;
	case BALANCE_LEAST_CONNECTIONS:
		at = least_connections(s, n, fit);
		break;
	case BALANCE_SOURCE_HASH:
		at = source_hash(s, n, fit, c->key);
		break;
	case BALANCE_RANDOM_TWO:
		at = random_two(b, s, n, fit, c->now_us);
		break;
	}
	s[at].given_us = c->now_us;
	s[at].turn = ++b->turn;
	return at;
}
