/*
 * Changed certificates and other files of the live table.
 */
#ifndef RUNTIME_MASTER_RENEW_H
#define RUNTIME_MASTER_RENEW_H

#include <stdint.h>

struct master;
struct options;
struct refusal;
struct table;

uint64_t renew_fingerprint(const struct table *t, const struct options *o);
/* Of one file: another value is another file.  0: it is not there. */
uint64_t renew_stat(const char *path);
void renew_start(struct master *m);
void renew_stop(void);
/* Another table is live: its files are the ones to watch. */
void renew_watch(struct master *m);
/* Files that do not fit each other may be half of a change: 1, it is looked at
 * again soon, and nothing is refused yet. */
int renew_waits(struct master *m, const struct refusal *why);
/* They are those in use again. */
void renew_settled(struct master *m);

#endif
