/*
 * dump_segment.c, for dump_parts.c and dump_json.c.
 */
#ifndef COMPILER_DUMP_SEGMENT_H
#define COMPILER_DUMP_SEGMENT_H

#include "dump_json.h"

void dump_segments(FILE *f, const struct model *m);
void dump_json_segments(struct json *j);

#endif
