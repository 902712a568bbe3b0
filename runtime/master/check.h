/*
 * Everything --check says.
 */
#ifndef RUNTIME_MASTER_CHECK_H
#define RUNTIME_MASTER_CHECK_H

struct master;
struct options;
struct refusal;
struct table;

int check_run(const struct options *o);
/* On standard error; returns the exit status that fits. */
int check_say(const struct refusal *why);
int check_status(const struct refusal *why);
/* Warns when the table's limits need more descriptors than we may have. */
void check_descriptors(const struct master *m, const struct table *t);
/* Soft limit of descriptors to the hard one. */
void check_raise_descriptors(void);

#endif
