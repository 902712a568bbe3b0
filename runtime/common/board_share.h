/*
 * Shares of the board: a tlsd and its successor count on one board.
 */
#ifndef RUNTIME_BOARD_SHARE_H
#define RUNTIME_BOARD_SHARE_H

struct board;

#define BOARD_SHARES 2
/* For a master: takes a share that no living master has, and takes back what
 * its last owner left; or -1.  That share is used from then on (otherwise share
 * 0). */
int board_take_share(struct board *b, int fd);
/* For its workers. */
void board_use_share(unsigned share);
/* Takes back what a tlsd may have left that never came to serve. */
void board_sweep(struct board *b, int fd);
/* Two programs may share the mapped board if this text is the same. */
#define BOARD_LAYOUT_MAX 64
void board_layout(char out[BOARD_LAYOUT_MAX]);
/* Held while the register of servers is written: two tlsd may share it. */
void board_lock(int fd);
void board_unlock(int fd);

#endif
