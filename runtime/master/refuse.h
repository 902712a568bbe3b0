/*
 * Why something was refused, for the log, the operator and the exit status.
 */
#ifndef RUNTIME_MASTER_REFUSE_H
#define RUNTIME_MASTER_REFUSE_H

/* The diagnostic's id ("TC0901"), which may be empty, and a sentence. */
struct refusal {
	char id[8];
	char text[600];
};
void refuse(struct refusal *r, const char *id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* From "TC0404: text", of a function that knows the id. */
void refuse_known(struct refusal *r, const char *text);

#endif
