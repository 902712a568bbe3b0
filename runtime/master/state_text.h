/*
 * The state as text, and back.
 */
#ifndef RUNTIME_MASTER_STATE_TEXT_H
#define RUNTIME_MASTER_STATE_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "state_file.h"

/* For free(); NULL: no memory. */
char *state_text(const struct state *s, size_t *len);
/* Cuts text into lines.  -1 if it is incomplete or not ours; then *s is
 * empty. */
int state_text_parse(struct state *s, char *text, size_t len);

void state_path(const char *name, uint8_t out[JUDGE_CRL_ID]);
/* Space for one more, all zero. */
struct state_crl *state_add(struct state *s);
void state_free(struct state *s);

#endif
