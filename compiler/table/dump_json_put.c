/*
 * The writer of dump --as json: members and elements with their separators,
 * broken into lines down to a clause.
 */
#include "dump_json.h"

#include <inttypes.h>

#include "grammar/words.h"
#include "compiler/base/json_out.h"
#include "dump_word.h"
#include "grammar/table.h"
#include "runtime/table/hex.h"

void dump_json_item(struct json *j)
{
	fputs(j->first ? "" : ",", j->f);
	if (j->depth < 4)
		fprintf(j->f, "\n%*s", j->depth * 2, "");
	else if (!j->first)
		putc(' ', j->f);
	j->first = 0;
}

void dump_json_key(struct json *j, const char *name)
{
	dump_json_item(j);
	fprintf(j->f, "\"%s\": ", name);
}

void dump_json_open(struct json *j, char bracket)
{
	putc(bracket, j->f);
	j->first = 1;
	j->depth++;
}

void dump_json_close(struct json *j, char bracket)
{
	j->depth--;
	if (!j->first && j->depth < 3)
		fprintf(j->f, "\n%*s", j->depth * 2, "");
	putc(bracket, j->f);
	j->first = 0;
}

void dump_json_text(struct json *j, const char *name, const char *value)
{
	dump_json_key(j, name);
	json_put(j->f, value && *value ? value : NULL);
}

void dump_json_number(struct json *j, const char *name, uint64_t value)
{
	dump_json_key(j, name);
	fprintf(j->f, "%" PRIu64, value);
}

void dump_json_truth(struct json *j, const char *name, int value)
{
	dump_json_key(j, name);
	fputs(value ? "true" : "false", j->f);
}

void dump_json_hash(struct json *j, const char *name, const uint8_t *p)
{
	char digits[HEX_SHA256];

	dump_json_key(j, name);
	fprintf(j->f, "\"%s\"", hex_text(digits, p, 32));
}

void dump_json_version(struct json *j, const char *name, unsigned wire)
{
	dump_json_key(j, name);
	putc('"', j->f);
	fputs(words_version(wire), j->f);
	putc('"', j->f);
}

/* An address with its port; unix sockets as their path. */
void dump_json_endpoint(struct json *j, unsigned family, const uint8_t addr[16],
	unsigned port, const char *host)
{
	if (family == TBL_UNIX) {
		json_put(j->f, host);
		return;
	}
	if (family == TBL_HOST) {
		putc('"', j->f);
		json_put_raw(j->f, host ? host : "");
		fprintf(j->f, ":%u\"", port);
		return;
	}
	putc('"', j->f);
	dump_endpoint(j->f, family, addr, port, host);
	putc('"', j->f);
}

void dump_json_alpns(
	struct json *j, const char *name, const uint32_t *v, size_t n)
{
	size_t i;

	dump_json_key(j, name);
	dump_json_open(j, '[');
	for (i = 0; i < n; i++) {
		dump_json_item(j);
		json_put(j->f, j->m->alpns.v[v[i]]);
	}
	dump_json_close(j, ']');
}
