/*
 * After a worker was killed by a signal.  Any worker may write on the board,
 * and this one may have written anything, so what it could write is forgotten.
 * The master and the monitor then write again what they know, and living
 * workers count again what they hold (IPC_RECOUNT).
 */
#include "board_heal.h"

#include "board_parts.h"
#include "board_register.h"

static void heal_server(struct board_server *s)
{
	atomic_store(&s->state, 0);
	atomic_store(&s->failures, 0);
	atomic_store(&s->ejected_until, 0);
	atomic_store(&s->up_since, 0);
	atomic_store(&s->connect_us, 0);
	atomic_store(&s->response_us, 0);
	for (size_t i = 0; i < BOARD_FAILING; i++)
		atomic_store(&s->failing[i], 0);
}

/* The sum of the counters.  Wrong counters are counted again, and the total
 * with them. */
static void heal_total(struct board *b)
{
	const size_t base = offsetof(struct board, counters);
	size_t most =
		base + (size_t)BOARD_LIMITS * board_workers * sizeof(uint32_t);
	size_t from, end, i;
	uint64_t sum = 0;

	for (from = board_written(base, most, &end); from < most;
		from = board_written(end, most, &end))
		for (i = (from - base) / sizeof(uint32_t);
			i < (end - base) / sizeof(uint32_t); i++)
			sum += atomic_load(&b->counters[i]);
	atomic_store(&b->totals.connections_live, sum);
}

static void heal_sources(struct board *b)
{
	const size_t base = offsetof(struct board, source);
	size_t most = base + sizeof(b->source), from, end, i;

	for (from = board_written(base, most, &end); from < most;
		from = board_written(end, most, &end))
		for (i = (from - base) / sizeof(b->source[0]);
			i < BOARD_SOURCES &&
			base + i * sizeof(b->source[0]) < end;
			i++)
			if (atomic_load(&b->source[i].key))
				board_rates_clear(&b->source[i].rates);
}

void board_heal(struct board *b)
{
	size_t i;

	board_register_heal(b);
	heal_total(b);
	for (i = 0; i < BOARD_SERVERS; i++)
		if (atomic_load(&b->server_key[i]))
			heal_server(&b->server[i]);
	for (i = 0; i < BOARD_LIMITS; i++)
		if (atomic_load(&b->limit[i].key))
			board_rates_clear(&b->limit[i].rates);
	heal_sources(b);
}
