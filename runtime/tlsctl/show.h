/*
 * Prints answers for people.
 */
#ifndef RUNTIME_TLSCTL_SHOW_H
#define RUNTIME_TLSCTL_SHOW_H

#include <jansson.h>

/* Prints an answer that says "ok" on standard output. */
void show_answer(const json_t *answer, const char *command);
/* Prints a refusal on standard error. */
void show_error(const json_t *answer);

#endif
