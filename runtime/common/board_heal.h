/*
 * The board after a worker was killed by a signal.
 */
#ifndef RUNTIME_BOARD_HEAL_H
#define RUNTIME_BOARD_HEAL_H

struct board;

/* Forgets what the worker may have written besides its counters, including what
 * was true. */
void board_heal(struct board *b);

#endif
