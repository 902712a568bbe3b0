/*
 * Texts of the verifier: actions, versions and witnesses for people.
 */
#ifndef COMPILER_VERIFY_TEXT_H
#define COMPILER_VERIFY_TEXT_H

#include "compiler/base/model.h"
#include "compiler/diag/diag.h"
#include "names.h"
#include "space.h"

/* "bridge to api", "reject close", "passthrough to pay enforcing modern". */
const char *verify_action_text(struct model *m, uint32_t action);
/* Without where it leads: "bridge", "reject close". */
const char *verify_mode_text(struct arena *a, const struct m_action *action);
/* "would bridge" / "is bridged". */
const char *verify_mode_verb(uint8_t mode);
const char *verify_mode_done(uint8_t mode);
/* Is another clause on its line? */
int verify_shares_line(const struct model *m, const struct m_clause *c);
/* "line 55", "line 55, column 9" where it shares that with others, and
 * "other.tls:55" when not in `near`'s file, or NULL. */
const char *verify_place(
	struct model *m, const struct m_clause *c, const struct m_clause *near);

/* The query that a region and cell of a solved space represent, without its
 * name.  192.0.2.1 (RFC 5737) where it fits, else the lowest address. */
void verify_witness(struct model *m, const struct space *s,
	const struct region *g, const struct cell *c, struct witness *w);
/* A name (arena's) that lists[list] of the frontend decides; NULL: none. */
const char *verify_witness_name(
	struct model *m, uint32_t frontend, uint32_t list, uint32_t pattern);

#endif
