/* The words of weaken.def; see diff.h. */
#include <string.h>

#include "diff.h"

static const char *const words[WEAKEN_COUNT] = {
#define WEAKEN(id, word, keywords, rule) [WEAKEN_##id] = word,
#include "weaken.def"
};

const char *diff_weaken_word(enum weaken_id id)
{
	return words[id];
}

enum weaken_id diff_weaken_find(const char *word, size_t len)
{
	int i = 0;

	while (i < WEAKEN_COUNT &&
		(strlen(words[i]) != len || memcmp(words[i], word, len) != 0))
		i++;
	return (enum weaken_id)i;
}
