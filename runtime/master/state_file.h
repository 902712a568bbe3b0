/*
 * What a tlsd must not forget when it ends (--state DIR): the highest accepted
 * serial, and how new the CRLs in use are.  One text file, replaced atomically
 * and durably, with a hash of itself at its end.
 */
#ifndef RUNTIME_STATE_FILE_H
#define RUNTIME_STATE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/judge/crl_mark.h"

struct state_crl {
	uint8_t path[JUDGE_CRL_ID]; /* state_path of the CRL's file name */
	struct judge_crl_mark mark;
};
struct state {
	uint64_t serial; /* the highest of signed tables; 0: none yet */
	char root[65];   /* of the table that had it, hex; or empty */
	struct state_crl *crl;
	size_t crls;
};

/* A directory whose file only we may change until it is closed. */
struct state_dir {
	int dir, lock;
	const char *path;
};

enum state_access { STATE_LOOK, STATE_LOCK };
/* 0, or -1 with a sentence in err: it is not there, or others may write to
 * it. */
int state_file_open(struct state_dir *d, const char *path,
	enum state_access access, char *err, size_t n);
/* 0, or 1 if there is no file yet (then *s is empty), or -1 with a sentence
 * that says what to do. */
int state_file_read(
	const struct state_dir *d, struct state *s, char *err, size_t n);
/* After 0, a power loss does not undo it. */
int state_file_write(
	const struct state_dir *d, const struct state *s, char *err, size_t n);
void state_file_close(struct state_dir *d);

#endif
