/*
 * Helpers of the lints: text around a place, for fixes, and names of elements.
 */
#include <string.h>

#include "compiler/base/site.h"
#include "compiler/base/endpoint.h"
#include "priv.h"

int lint_decrypts(const struct m_action *a)
{
	return words_decrypts(a->mode);
}

int lint_offloads(const struct m_action *a)
{
	return a->mode == MODE_OFFLOAD;
}

int lint_bridges(const struct m_action *a)
{
	return a->mode == MODE_BRIDGE;
}

static int blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\r';
}

struct span lint_statement(struct lint_run *r, struct span span)
{
	const struct source *src = source_get(r->s, span.file);
	uint32_t begin = span.begin, end = span.end;

	if (!src)
		return span;
	while (begin > 0 && blank(src->text[begin - 1]))
		begin--;
	while (end < src->len && blank(src->text[end]))
		end++;
	int first = begin == 0 || src->text[begin - 1] == '\n';
	if (end < src->len && src->text[end] == '\n' && first)
		end++;
	else if (first)
		begin = span.begin; /* something else follows on the line */
	return (struct span){span.file, begin, first ? end : span.end};
}

struct span lint_element(struct lint_run *r, struct span span)
{
	const struct source *src = source_get(r->s, span.file);
	uint32_t begin = span.begin, end = span.end;

	if (!src)
		return span;
	if (src->is_list)
		return lint_statement(r, span);
	while (end < src->len &&
		(blank(src->text[end]) || src->text[end] == '\n'))
		end++;
	if (end < src->len && src->text[end] == ',') {
		end++;
		while (end < src->len && blank(src->text[end]))
			end++;
		return (struct span){span.file, begin, end};
	}
	while (begin > 0 && src->text[begin] != ',')
		begin--;
	return (struct span){span.file, begin, span.end};
}

const struct fact_scope *lint_scope(const struct lint_run *r, uint32_t list)
{
	return &r->f->scopes.v[r->f->list_scope.v[list]];
}

const char *lint_server(struct lint_run *r, const struct m_server *v)
{
	return endpoint_server(r->a, v);
}

const struct m_clause *lint_clause(const struct lint_run *r,
	const struct fact_scope *f, int (*want)(const struct m_action *a))
{
	const struct model *m = r->m;

	for (uint32_t i = 0; i < f->clause_count; i++) {
		const struct m_clause *t = &m->clauses.v[f->clause_first + i];
		if (want(&m->actions.v[t->action]))
			return t;
	}
	return NULL;
}

static const struct ast *find_in(
	const struct ast *n, enum ast_kind kind, struct span name)
{
	for (; n; n = n->next) {
		if (n->kind == AST_FILE || n->kind == AST_BODY) {
			const struct ast *hit = find_in(n->kids, kind, name);
			if (hit)
				return hit;
		} else if (n->kind == kind && n->name_span.file == name.file &&
			n->name_span.begin == name.begin) {
			return n;
		}
	}
	return NULL;
}

const struct ast *lint_find(
	const struct lint_run *r, enum ast_kind kind, struct span name)
{
	return find_in(r->f->root, kind, name);
}

const struct m_clause **lint_first_uses(struct lint_run *r, uint8_t mode)
{
	const struct model *m = r->m;
	const struct m_clause **uses =
		arena_alloc(r->a, (m->backends.n + 1) * sizeof(*uses));

	for (size_t i = 0; i < m->clauses.n; i++) {
		const struct m_action *a =
			&m->actions.v[m->clauses.v[i].action];
		size_t n;
		const uint32_t *v = site_backends(m, a, &n);

		for (size_t k = 0; a->mode == mode && k < n; k++)
			if (!uses[v[k]])
				uses[v[k]] = &m->clauses.v[i];
	}
	return uses;
}

/* Lists have their clauses in the order of the model. */
static uint32_t list_of(const struct model *m, uint32_t clause)
{
	size_t a = 0, b = m->lists.n;

	while (a < b) {
		size_t mid = (a + b) / 2;
		if (m->lists.v[mid].first + m->lists.v[mid].count <= clause)
			a = mid + 1;
		else
			b = mid;
	}
	return a < m->lists.n && clause >= m->lists.v[a].first ? (uint32_t)a
							       : MODEL_NONE;
}

static uint32_t first_name(struct lint_run *r, uint32_t list)
{
	const struct model *m = r->m;

	if (!r->names) {
		r->names = arena_alloc(r->a, m->lists.n * sizeof(*r->names));
		memset(r->names, 0xff, m->lists.n * sizeof(*r->names));
		for (size_t i = m->patterns.n; i-- > 0;)
			r->names[m->patterns.v[i].list] = (uint32_t)i;
	}
	return r->names[list];
}

void lint_name_here(
	struct lint_run *r, struct diag *g, const struct m_clause *clause)
{
	const struct model *m = r->m;
	uint32_t list = list_of(m, (uint32_t)(clause - m->clauses.v)), name;

	if (list == MODEL_NONE ||
		!r->f->scopes.v[r->f->list_scope.v[list]].from_map)
		return;
	name = first_name(r, list);
	if (name != MODEL_NONE)
		diag_label(g, check_pattern_span(r->s, &m->patterns.v[name]),
			"for this name");
}
