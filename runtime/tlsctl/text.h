/*
 * Texts from anywhere, as they may be printed.
 */
#ifndef RUNTIME_TLSCTL_TEXT_H
#define RUNTIME_TLSCTL_TEXT_H

#include <jansson.h>

/* Every text of an answer becomes one that may be printed. */
void text_clean(json_t *answer);
/* An answer for programs: ASCII. */
void text_json(const json_t *answer);
/* A line on standard error, of texts from anywhere; more may be empty. */
void text_say(const char *what, const char *more);

#endif
