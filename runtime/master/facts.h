/*
 * What a table asks of us.
 */
#ifndef RUNTIME_MASTER_FACTS_H
#define RUNTIME_MASTER_FACTS_H

struct loaded;

/* Servers are to be checked or staples to be fetched. */
int facts_want_monitor(const struct loaded *l);
/* Keys that are in a PKCS#11 token. */
int facts_have_tokens(const struct loaded *l);
/* Servers that are reached by a path. */
int facts_have_unix(const struct loaded *l);
/* The longest drain limit in a table, in seconds. */
double facts_drain(const struct loaded *l);

#endif
