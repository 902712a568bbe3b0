/*
 * The register of servers: what this worker knows of each that a table names or
 * a connection has, by name, so that it survives a change of the table.
 */
#include "backend_priv.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/common/hash.h"

static struct server **bucket; /* by hash of the name; grows */
static size_t buckets, server_count;

static struct {
	struct board *shared;
	unsigned worker;
} board;

void backend_use_board(struct board *b, unsigned worker)
{
	board.shared = b;
	board.worker = worker;
}

static struct server **place_of(const char *name)
{
	return &bucket[hash_octets(name, strlen(name)) & (buckets - 1)];
}

/* As many as there are servers, or it stays as it is. */
static int grow(void)
{
	size_t n = buckets ? buckets * 2 : 64, i, old = buckets;
	struct server **fresh, **before = bucket, *s, *next, **at;

	if (server_count < buckets)
		return 0;
	fresh = calloc(n, sizeof(struct server *));
	if (!fresh)
		return buckets ? 0 : -1;
	bucket = fresh;
	buckets = n;
	for (i = 0; i < old; i++)
		for (s = before[i]; s; s = next) {
			next = s->next;
			at = place_of(s->name);
			s->next = *at;
			*at = s;
		}
	free(before);
	return 0;
}

struct server *backend_server_get(const char *name)
{
	struct server *s, **at;

	if (grow() < 0)
		return NULL;
	at = place_of(name);
	for (s = *at; s; s = s->next)
		if (!strcmp(s->name, name)) {
			s->refs++;
			return s;
		}
	s = calloc(1, sizeof(*s) + strlen(name) + 1);
	if (!s)
		return NULL;
	memcpy(s->name, name, strlen(name) + 1);
	if (board.shared)
		s->board = board_server(board.shared, name);
	s->refs = 1;
	s->next = *at;
	*at = s;
	server_count++;
	return s;
}

void backend_server_put(struct server *s)
{
	struct server **at;

	if (!s || --s->refs)
		return;
	for (at = place_of(s->name); *at != s; at = &(*at)->next)
		;
	*at = s->next;
	server_count--;
	free(s);
}

uint32_t backend_server_live(const struct server *s)
{
	return s->board ? board_server_live(board.shared, s->board) : s->live;
}

void backend_server_count(struct server *s, int by)
{
	s->live += (uint32_t)by;
	if (s->board)
		board_server_count(board.shared, board.worker, s->board, by);
}

void backend_count_again(void)
{
	struct server *s;
	size_t i;

	for (i = 0; i < buckets; i++)
		for (s = bucket[i]; s; s = s->next)
			if (s->board)
				board_server_count_again(board.shared,
					board.worker, s->board, s->live);
}

uint64_t backend_seed(void)
{
	return board_now() * (board.worker + 1);
}
