/*
 * Between the files of dump --as json only: dump_json.c (the whole, and what
 * decides), dump_json_parts.c (profiles to backends), dump_json_put.c (the
 * writer).
 */
#ifndef COMPILER_DUMP_JSON_H
#define COMPILER_DUMP_JSON_H

#include <stdio.h>

#include "compiler/base/model.h"

/* Where in the output we are: the separator that is due. */
struct json {
	FILE *f;
	const struct model *m;
	int first;
	int depth;
};

void dump_json_item(struct json *j); /* the separator that is due */
void dump_json_key(struct json *j, const char *name);
void dump_json_open(struct json *j, char bracket);
void dump_json_close(struct json *j, char bracket);
void dump_json_text(struct json *j, const char *name, const char *value);
void dump_json_number(struct json *j, const char *name, uint64_t value);
void dump_json_truth(struct json *j, const char *name, int value);
void dump_json_hash(struct json *j, const char *name, const uint8_t *p);
void dump_json_version(struct json *j, const char *name, unsigned wire);
void dump_json_endpoint(struct json *j, unsigned family, const uint8_t addr[16],
	unsigned port, const char *host);
void dump_json_alpns(
	struct json *j, const char *name, const uint32_t *v, size_t n);

/* Members for profiles, certificates, limits and backends. */
void dump_json_parts(struct json *j);

#endif
