/*
 * tlsctl's two rooms: the conversation (tlsctl.c) and what people see of the
 * answer (tlsctl_show.c).
 */
#ifndef RUNTIME_TLSCTL_H
#define RUNTIME_TLSCTL_H

#include <jansson.h>

/* Prints an answer that says "ok" on standard output. */
void tlsctl_show(const json_t *answer, const char *command);
/* Prints a refusal on standard error. */
void tlsctl_show_error(const json_t *answer);

#endif
