/*
 * Proofs about sites: which clauses of a path no request can meet.
 */
#ifndef COMPILER_VERIFY_SITE_H
#define COMPILER_VERIFY_SITE_H

#include "compiler/base/model.h"
#include "compiler/diag/diag.h"

/* TC0301, TC0302 of clauses of sites, with the clauses that come before them. */
void verify_sites(struct model *m, struct diags *d);

#endif
