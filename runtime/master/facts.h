/*
 * What a table needs from the master.
 */
#ifndef RUNTIME_MASTER_FACTS_H
#define RUNTIME_MASTER_FACTS_H

struct loaded;

/* It has health checks, or staples to fetch. */
int facts_want_monitor(const struct loaded *l);
/* It has keys in PKCS#11 tokens. */
int facts_have_tokens(const struct loaded *l);
/* It has servers at Unix sockets. */
int facts_have_unix(const struct loaded *l);
/* The longest drain limit in a table, in seconds. */
double facts_drain(const struct loaded *l);

#endif
