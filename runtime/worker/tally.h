/*
 * What a connection adds to the metrics.
 */
#ifndef RUNTIME_TALLY_H
#define RUNTIME_TALLY_H

struct conn;
struct stream;

/* It has ended; c->reason is set, and the generation is still there. */
void tally(const struct conn *c);
/* A request has ended. */
void tally_request(const struct stream *s);

#endif
