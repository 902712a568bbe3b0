/*
 * Words of the policy language, as dump writes them.
 */
#ifndef COMPILER_DUMP_WORD_H
#define COMPILER_DUMP_WORD_H

#include <stdio.h>

#include "compiler/base/model.h"

/* Nothing that a terminal obeys and nothing that ends a line: a table from
 * elsewhere need not come from tlsc. */
void dump_plain(FILE *f, const char *s);
void dump_name(FILE *f, const char *name); /* quoted where it must be */
void dump_string(FILE *f, const char *s, size_t len);
void dump_duration(FILE *f, uint32_t ms); /* 10s, 500ms */
void dump_size(FILE *f, uint64_t octets); /* 64KiB */
/* 1.2.3.4:80, [::1]:80, host:80, unix:"/path" */
void dump_endpoint(FILE *f, unsigned family, const uint8_t addr[16],
	unsigned port, const char *host);
/* " source in { ... } and tls >= 1.3", or nothing; the number of terms. */
unsigned dump_guard(FILE *f, const struct model *m, const struct m_clause *c);
void dump_action(FILE *f, const struct model *m, const struct m_action *a);

/* Numbers of a frontend's patterns by list, then by name; in the arena. */
const uint32_t *dump_order(const struct model *m, const struct m_frontend *fe);

#endif
