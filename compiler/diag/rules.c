/*
 * -W and --no-allow: what the command line changes about levels.  `all` means every warning
 * for error=all, every warning and note for no-all; a deny lint is switched
 * off only by its own name, an error never.
 */
#include <string.h>

#include "list.h"

enum asked { ASKED_ON, ASKED_OFF, ASKED_ERROR };

void diag_rules_init(struct diag_rules *r)
{
	memset(r->level, DIAG_KEEP, sizeof(r->level));
	memset(r->no_allow, 0, sizeof(r->no_allow));
}

static enum asked split(const char *arg, const char **rule)
{
	if (strncmp(arg, "no-", 3) == 0) {
		*rule = arg + 3;
		return ASKED_OFF;
	}
	if (strncmp(arg, "error=", 6) == 0) {
		*rule = arg + 6;
		return ASKED_ERROR;
	}
	*rule = arg;
	return ASKED_ON;
}

static void set_one(struct diag_rules *r, enum diag_id id, enum asked asked)
{
	enum diag_level own = diag_id_level(id);

	if (asked == ASKED_OFF)
		r->level[id] = DIAG_IGNORED;
	else if (asked == ASKED_ERROR)
		r->level[id] = DIAG_DENY;
	else
		r->level[id] = own < DIAG_WARNING ? DIAG_WARNING : own;
}

static void set_all(struct diag_rules *r, enum asked asked)
{
	for (int i = DIAG_NONE + 1; i < DIAG_COUNT; i++) {
		enum diag_level own = diag_id_level((enum diag_id)i);

		if (own > DIAG_WARNING ||
			(asked == ASKED_ERROR && own < DIAG_WARNING))
			continue;
		set_one(r, (enum diag_id)i, asked);
	}
}

const char *diag_rules_set(struct diag_rules *r, const char *arg)
{
	const char *rule;
	enum asked asked = split(arg, &rule);
	enum diag_id id;

	if (strcmp(arg, "error") == 0)
		rule = "all", asked = ASKED_ERROR;
	if (strcmp(rule, "all") == 0) {
		set_all(r, asked);
		return NULL;
	}
	id = diag_id_find(rule);
	if (id == DIAG_NONE)
		return "no such rule";
	if (diag_id_level(id) == DIAG_ERROR && asked == ASKED_OFF)
		return "this is an error, not a lint: it cannot be turned off";
	set_one(r, id, asked);
	return NULL;
}

const char *diag_rules_no_allow(
	struct diag_rules *r, const char *ids, const char **at)
{
	char word[64];

	if (!*ids)
		memset(r->no_allow, 1, sizeof(r->no_allow));
	for (*at = ids; **at;) {
		size_t n = strcspn(*at, ",");
		enum diag_id id = DIAG_NONE;

		if (n < sizeof(word)) {
			memcpy(word, *at, n);
			word[n] = '\0';
			id = diag_id_find(word);
		}
		if (id == DIAG_NONE)
			return "no such rule";
		r->no_allow[id] = 1;
		*at += n + ((*at)[n] == ',');
	}
	return NULL;
}
