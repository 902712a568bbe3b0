/*
 * Why a connection ends, for its log line, the metrics and how its sockets are
 * closed.
 */
#ifndef RUNTIME_CLOSE_H
#define RUNTIME_CLOSE_H

enum close_reason {
	CLOSE_NONE,
#define WORD_CLOSE(id, word, help) CLOSE_##id,
#include "grammar/words.def"
	CLOSE_COUNT
};

#endif
