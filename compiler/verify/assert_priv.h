/*
 * Between assert.c, which proves an assertion bucket by bucket, and
 * assert_names.c, which finds the buckets when names are tested.
 */
#ifndef COMPILER_VERIFY_ASSERT_PRIV_H
#define COMPILER_VERIFY_ASSERT_PRIV_H

#include "pred.h"

enum kind { EVERY, NEVER, SOME };

struct proof {
	struct model *m;
	struct space *s;
	enum kind kind;
	struct pred if_, then;
	uint32_t frontend;
	int premise; /* some query satisfies it */
	int found;   /* the query that settles it: below */
	int overflow;
	struct witness witness;
	uint32_t clause; /* of the model */
	uint32_t action;
	uint8_t *done; /* per list: bit of the name's truth */
};

/* Where the bucket's name comes from, for the witness. */
struct assert_place {
	uint32_t list;
	int no_name; /* no SNI or malformed */
	int malformed;
	const struct names *const *arrays; /* of fresh names, or NULL */
	size_t count;
	const struct name_entry *entry; /* NULL: matched by nothing */
	uint32_t pattern;               /* when arrays is NULL */
};

/* Judges the queries of one bucket.  then_holds: the conclusion's tests on the
 * name do. */
void assert_bucket(
	struct proof *p, const struct assert_place *at, int then_holds);
/* No further bucket needs to be looked at. */
int assert_settled(const struct proof *p);
/* Is it the first time for this list and this truth of the name tests? */
int assert_once(struct proof *p, uint32_t list, int then_holds);

/* assert_names.c: every bucket of p->frontend but its arms. */
void assert_names(struct proof *p);

#endif
