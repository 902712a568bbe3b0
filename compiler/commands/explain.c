/*
 * tlsc explain ID: the texts of compiler/diag/explain/, one file per id, built in.
 */
#include <string.h>
#include <strings.h>

#include "commands.h"
#include "compiler/base/arena.h"
#include "compiler/base/spell.h"

static const struct {
	enum diag_id id;
	const char *text;
} texts[] = {
#define EXPLAIN(id, text) {DIAG_##id, text},
#include "compiler/explain_text.h"
};

enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static void put_standing(enum diag_id id)
{
	switch (diag_id_level(id)) {
	case DIAG_ERROR:
		puts("Always an error; it cannot be turned off.");
		break;
	case DIAG_DENY:
		printf("An error, unless its block allows it (the date is "
		       "optional):\n    allow %s until 2030-01-31 reason "
		       "\"...\";\n",
			diag_id_text(id));
		break;
	case DIAG_WARNING:
		puts("A warning by default.");
		break;
	default:
		puts("A note by default.");
	}
}

/* An id in capitals, names in small letters, as they are written. */
static const char *as_written(struct arena *a, const char *word)
{
	size_t len = strlen(word);
	char *s = arena_strndup(a, word, len);
	int id = len > 2 && strncasecmp(word, "tc", 2) == 0 &&
		strspn(word + 2, "0123456789") == len - 2;

	for (size_t i = 0; i < len; i++)
		if (id && s[i] >= 'a' && s[i] <= 'z')
			s[i] = (char)(s[i] - 'a' + 'A');
		else if (!id && s[i] >= 'A' && s[i] <= 'Z')
			s[i] = (char)(s[i] - 'A' + 'a');
	return s;
}

static int explain(const struct cli *c, const char *asked)
{
	const char *names[DIAG_COUNT] = {NULL}, *near;
	const char *word = as_written(c->arena, asked);
	enum diag_id id = diag_id_find(word);

	for (int i = 0; i < TEXTS; i++)
		if (id && texts[i].id == id) {
			printf("%s  %s\n", diag_id_text(id), diag_id_name(id));
			put_standing(id);
			printf("\n%s", texts[i].text);
			return CLI_OK;
		}
	for (int i = 1; i < DIAG_COUNT; i++)
		names[i] = word[0] == 'T' ? diag_id_text((enum diag_id)i)
					  : diag_id_name((enum diag_id)i);
	near = spell_nearest(word, strlen(word), names, DIAG_COUNT);
	return cli_usage(c, "no diagnostic '%s'%s%s%s", asked,
		near ? ": did you mean " : "", near ? near : "",
		near ? "?" : "; 'tlsc rules' lists all");
}

int cmd_explain(struct cli *c)
{
	int status = cli_operands(c, 1, 1000);

	for (size_t i = 0; i < c->arg_count && !status; i++) {
		if (i)
			putchar('\n');
		status = explain(c, c->args[i]);
	}
	return status;
}
