/*
 * The worst case of a policy (worst.h).  A connection is counted under its
 * route's limits, or else its frontend's, and each limits block counts once for
 * the whole gateway.  So the sum over the blocks in use bounds them.
 */
#include "worst.h"

#include <string.h>

#include "conn.h"
#include "decide.h"

enum {
	OWN_DESCRIPTORS = 64,  /* of a worker, besides all that follows */
	PER_CONNECTION = 4,    /* two sockets, two ends of a pipe in use */
	CLEAR_HALF = 72 << 10, /* what waits for a full socket */
	/* That, and a session in its handshake, its stack, and an incomplete
	 * record. */
	TLS_HALF = 160 << 10,
};

/* What a connection of this mode may hold. */
static uint64_t cost(uint8_t mode, const struct tbl_limit *l)
{
	uint64_t n = sizeof(struct conn) + l->hello_bytes + DECIDE_READ_AHEAD;

	switch (mode) {
	case MODE_PASSTHROUGH:
		return n + sizeof(struct leg) + 2 * CLEAR_HALF;
	case MODE_OFFLOAD:
		return n + sizeof(struct leg) + TLS_HALF + CLEAR_HALF;
	case MODE_BRIDGE:
		return n + sizeof(struct leg) + 2 * TLS_HALF;
	default:
		return n;
	}
}

/* The most expensive connection under a limit; 0: no connection is under it. */
static uint64_t dearest(const struct table *t, uint32_t limit)
{
	uint64_t top = 0, n;
	uint32_t i;

	for (i = 0; i < t->frontend_count; i++)
		if (t->frontend[i].limit == limit)
			top = cost(MODE_REJECT, &t->limit[limit]);
	for (i = 0; i < t->action_count; i++) {
		if (t->action[i].limit != limit ||
			t->action[i].mode == MODE_REJECT)
			continue;
		n = cost(t->action[i].mode, &t->limit[limit]);
		top = n > top ? n : top;
	}
	return top;
}

void worst_case(const struct table *t, struct worst *w)
{
	uint64_t each;
	uint32_t i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < t->limit_count; i++) {
		each = dearest(t, i);
		if (!each)
			continue;
		if (!t->limit[i].conns) {
			memset(w, 0, sizeof(*w));
			w->unlimited = table_str(t, t->limit[i].name_str);
			return;
		}
		w->connections += t->limit[i].conns;
		w->memory += t->limit[i].conns * each;
	}
	w->descriptors = w->connections * PER_CONNECTION + t->listener_count +
		OWN_DESCRIPTORS;
}
