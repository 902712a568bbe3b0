/*
 * The words, sentences and statuses of reasons.def.
 */
#include "runtime/http/reason.h"

#include <stdint.h>

static const struct reason_row {
	const char *word, *text;
	uint16_t status;
} rows[] = {
	{"fine", "nothing is wrong", 200},
#define HTTP_REASON(id, word, status, text) {word, text, status},
#include "reasons.def"
#undef HTTP_REASON
};

const char *http_reason_word(enum http_reason r)
{
	return rows[r].word;
}

const char *http_reason_text(enum http_reason r)
{
	return rows[r].text;
}

unsigned http_reason_status(enum http_reason r, int from_server)
{
	return from_server && r != HTTP_FINE ? 502 : rows[r].status;
}
