/*
 * A tlsd that runs during --check.
 */
#ifndef RUNTIME_MASTER_BESIDE_H
#define RUNTIME_MASTER_BESIDE_H

#include "listen.h"

struct refusal;

struct beside {
	long pid;                   /* 0: none */
	struct listeners listeners; /* addresses only */
	char metrics[128];
};
/* Asks the process at the control socket (NULL: no socket is known).  -1 with
 * *why if that process is not a tlsd.  Call beside_done in any case. */
int beside_ask(struct beside *b, const char *control, struct refusal *why);
void beside_done(struct beside *b);

#endif
