/*
 * Health checks of the servers of the live table.
 */
#ifndef RUNTIME_MONITOR_CHECK_H
#define RUNTIME_MONITOR_CHECK_H

struct board;
struct ev_loop;
struct generation;

void monitor_check_start(struct ev_loop *loop, struct board *board);
/* Checks the servers of this generation from now on (NULL: of none).  Takes the
 * reference. */
void monitor_check_use(struct generation *g);
/* This process ends and another one continues: says nothing about servers. */
void monitor_check_stop(void);

#endif
