/*
 * A tlsd that runs while we check.
 */
#ifndef RUNTIME_MASTER_BESIDE_H
#define RUNTIME_MASTER_BESIDE_H

#include "listen.h"

struct refusal;

struct beside {
	long pid;                   /* 0: there is none */
	struct listeners listeners; /* addresses only */
	char metrics[128];
};
/* Whoever answers at the control socket (NULL: none is known).  -1 with *why:
 * it is somebody else's.  For beside_done in any case. */
int beside_ask(struct beside *b, const char *control, struct refusal *why);
void beside_done(struct beside *b);

#endif
