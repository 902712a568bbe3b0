/* Whom files of CAs make the gateway trust, for dump. */
#ifndef COMPILER_DUMP_TRUST_H
#define COMPILER_DUMP_TRUST_H

#include <stdio.h>

#include "compiler/base/model.h"
#include "dump_json.h"

/* `ca "x.pem"`, and ` live` when it is; trust: its index or MODEL_NONE. */
void dump_ca(FILE *f, const struct model *m, const char *path, uint32_t trust);
/* What is known of each, as comments: the text cannot say it. */
void dump_trusts(FILE *f, const struct model *m);
void dump_json_trusts(struct json *j);

#endif
