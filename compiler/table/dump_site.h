/*
 * Sites as policy text, and as JSON; for dump_tls.c and dump_json.c.
 */
#ifndef COMPILER_DUMP_SITE_H
#define COMPILER_DUMP_SITE_H

#include <stdio.h>

#include "compiler/base/model.h"

/* All sites but those of frontends.  -1: a term has no spelling (no table of
 * tlsc has one). */
int dump_sites(FILE *f, const struct model *m);
/* What stands in its braces. */
int dump_site_body(FILE *f, const struct model *m, const struct m_site *s);

struct json;
/* The member "sites"; nothing in a model without any. */
void dump_json_sites(struct json *j);

#endif
