/*
 * Between dump_tls.c (frontends and routes) and dump_parts.c (what they are
 * made of) only.
 */
#ifndef COMPILER_DUMP_TLS_H
#define COMPILER_DUMP_TLS_H

#include "dump_word.h"

/* Profiles, limits, certificates, backends as declarations. */
void dump_declarations(FILE *f, const struct model *m);
/* The name under which a profile is declared or built in. */
void dump_profile_name(FILE *f, const struct model *m, uint32_t profile);

#endif
