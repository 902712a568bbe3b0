/*
 * tlsd --check.
 */
#ifndef RUNTIME_MASTER_CHECK_H
#define RUNTIME_MASTER_CHECK_H

struct master;
struct options;
struct refusal;
struct table;

int check_run(const struct options *o);
/* Prints the reason on standard error; returns the exit status. */
int check_print(const struct refusal *why);
int check_status(const struct refusal *why);
/* Warns if the table's limits need more descriptors than are allowed. */
void check_descriptors(const struct master *m, const struct table *t);
/* Raises the soft limit of descriptors to the hard one. */
void check_raise_descriptors(void);

#endif
