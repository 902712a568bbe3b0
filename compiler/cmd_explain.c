/*
 * tlsc explain ID: the texts of compiler/explain/, one file per id, built in.
 */
#include <string.h>

#include "cli.h"
#include "spell.h"

static const struct {
	enum diag_id id;
	const char *text;
} texts[] = {
#define EXPLAIN(id, text) {DIAG_##id, text},
#include "compiler/explain_text.h"
};

enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };

static const char *standing(enum diag_level level)
{
	switch (level) {
	case DIAG_ERROR:
		return "an error; nothing switches it off";
	case DIAG_DENY:
		return "an error, unless `allow ID until DATE reason \"...\";` "
			"stands in the block";
	case DIAG_WARNING:
		return "a warning";
	default:
		return "a note";
	}
}

static int explain(const struct cli *c, const char *word)
{
	const char *names[DIAG_COUNT] = {NULL}, *near;
	enum diag_id id = diag_id_find(word);

	for (int i = 0; i < TEXTS; i++)
		if (id && texts[i].id == id) {
			printf("%s  %s\nBy default %s.\n\n%s",
				diag_id_text(id), diag_id_name(id),
				standing(diag_id_level(id)), texts[i].text);
			return CLI_OK;
		}
	for (int i = 1; i < DIAG_COUNT; i++)
		names[i] = word[0] == 'T' ? diag_id_text((enum diag_id)i)
			: diag_id_name((enum diag_id)i);
	near = spell_nearest(word, strlen(word), names, DIAG_COUNT);
	return cli_usage(c, "no diagnostic \"%s\"%s%s%s", word,
		near ? ": did you mean " : "", near ? near : "",
		near ? "?" : "; `tlsc rules` lists all");
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
