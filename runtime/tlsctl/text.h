/*
 * Prints texts from outside safely.
 */
#ifndef RUNTIME_TLSCTL_TEXT_H
#define RUNTIME_TLSCTL_TEXT_H

#include <jansson.h>

/* Makes every text of an answer printable. */
void text_clean(json_t *answer);
/* Prints an answer for programs, in ASCII. */
void text_json(const json_t *answer);
/* Prints a line on standard error, from any texts; more may be empty. */
void text_print(const char *what, const char *more);

#endif
