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

void jd_item(struct json *j); /* the separator that is due */
void jd_key(struct json *j, const char *name);
void jd_open(struct json *j, char bracket);
void jd_close(struct json *j, char bracket);
void jd_text(struct json *j, const char *name, const char *value);
void jd_number(struct json *j, const char *name, uint64_t value);
void jd_truth(struct json *j, const char *name, int value);
void jd_hash(struct json *j, const char *name, const uint8_t *p);
void jd_version(struct json *j, const char *name, unsigned wire);
void jd_endpoint(struct json *j, unsigned family, const uint8_t addr[16],
	unsigned port, const char *host);
void jd_alpns(struct json *j, const char *name, const uint32_t *v, size_t n);

/* Members for profiles, certificates, limits and backends. */
void jd_parts(struct json *j);

#endif
