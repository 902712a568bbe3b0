/*
 * The closed list of reasons for which a message is refused (reasons.def).
 */
#ifndef RUNTIME_HTTP_REASON_H
#define RUNTIME_HTTP_REASON_H

enum http_reason {
	HTTP_FINE,
#define HTTP_REASON(id, word, status, text) HTTP_REASON_##id,
#include "reasons.def"
#undef HTTP_REASON
	HTTP_REASON_COUNT
};

/* "bare-lf"; "fine" for HTTP_FINE. */
const char *http_reason_word(enum http_reason r);
/* A sentence without capital and full stop. */
const char *http_reason_text(enum http_reason r);
/* The status to answer the client: of the row when the client's message is at
 * fault, else 502. */
unsigned http_reason_status(enum http_reason r, int from_server);

#endif
