/*
 * allow statements.  Which diagnostics one drops is the collector's work
 * (diag.h); whether the statement itself is sound is judged here.
 */
#include "priv.h"

static void allow(struct check *c, const struct ast *n, struct span scope)
{
	const struct ast *word = ast_kid(n, AST_WORD);
	const struct ast *date = ast_kid(n, AST_DATE);
	const struct ast *reason = ast_kid(n, AST_STRING);
	int64_t until = 0;

	if (!word)
		return;
	enum diag_id id = diag_id_find(word->text);
	if (id == DIAG_NONE) {
		struct diag *g = diag_add(c->d, DIAG_TC0201, check_span(word),
			"no diagnostic is named '%s'", word->text);
		diag_help(g, "'tlsc rules' lists them all");
		return;
	}
	if (diag_id_level(id) == DIAG_ERROR) {
		diag_add(c->d, DIAG_TC0103, check_span(word),
			"%s (%s) is an error and cannot be allowed",
			diag_id_text(id), diag_id_name(id));
		return;
	}
	if (diag_id_level(id) == DIAG_DENY && (!reason || !*reason->text)) {
		struct diag *g = diag_add(c->d, DIAG_TC0103, check_span(word),
			"allowing %s needs a reason", diag_id_text(id));
		diag_help(g,
			"add reason \"...\", with a ticket number if there is "
			"one");
		return;
	}
	if (date && check_date(c, date, &until) < 0)
		return;
	diag_allow(c->d, id, scope, n->span, until, reason ? reason->text : "");
}

void check_allow(struct check *c, const struct ast *block, struct span scope)
{
	for (const struct ast *n = block->kids; n; n = n->next) {
		if (n->kind == AST_ALLOW)
			allow(c, n, scope);
	}
}

void check_allow_files(struct check *c, const struct ast *root)
{
	for (const struct ast *n = root->kids; n; n = n->next) {
		struct span file = {n->span.file, 0, 0};

		if (n->kind != AST_ALLOW)
			continue;
		file.end = (uint32_t)source_get(c->s, file.file)->len;
		allow(c, n, file);
	}
}
