/* Ids of diagnostics: their text, name and level, from diag.def. */
#include <string.h>

#include "list.h"

struct row {
	const char *text, *name;
	enum diag_level level;
};

static const struct row rows[DIAG_COUNT] = {
#define DIAG(id, name, level, fixable, meaning)                                \
	[DIAG_##id] = {#id, name, DIAG_##level},
#include "diag.def"
};

/* ---- ids ---- */

const char *diag_id_text(enum diag_id id)
{
	return id ? rows[id].text : "";
}

const char *diag_id_name(enum diag_id id)
{
	return id ? rows[id].name : "";
}

enum diag_level diag_id_level(enum diag_id id)
{
	return rows[id].level;
}

enum diag_id diag_id_find(const char *text)
{
	for (int i = DIAG_NONE + 1; i < DIAG_COUNT; i++)
		if (strcmp(rows[i].text, text) == 0 ||
			strcmp(rows[i].name, text) == 0)
			return (enum diag_id)i;
	return DIAG_NONE;
}

const char *diag_level_word(enum diag_level level)
{
	return level >= DIAG_DENY       ? "error"
		: level == DIAG_WARNING ? "warning"
					: "note";
}
