/*
 * tlsctl's rooms: the conversation (tlsctl.c), what people see of an answer
 * (show.c), and answers again and again (top.c).
 */
#ifndef RUNTIME_TLSCTL_H
#define RUNTIME_TLSCTL_H

#include <jansson.h>

/* The answer to one line, on the heap; NULL after a message: tlsd cannot be
 * reached. */
char *tlsctl_ask(const char *control, const char *line);
/* top.c: "top [SECONDS [COUNT]]"; the exit status. */
int tlsctl_top(const char *control, int argc, char **argv);
/* Prints an answer that says "ok" on standard output. */
void tlsctl_show(const json_t *answer, const char *command);
/* Prints a refusal on standard error. */
void tlsctl_show_error(const json_t *answer);

/* Every text of an answer becomes one that may be printed. */
void tlsctl_clean(json_t *answer);
/* An answer for programs: ASCII. */
void tlsctl_json(const json_t *answer);
/* A line on standard error, of texts from anywhere; more may be empty. */
void tlsctl_say(const char *what, const char *more);

#endif
