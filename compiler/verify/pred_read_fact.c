/* Reading a predicate's tests on the decision; see pred_priv.h. */
#include <stddef.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "grammar/words.h"
#include "pred_priv.h"

_Static_assert(offsetof(struct m_frontend, name) == 0 &&
		offsetof(struct m_backend, name) == 0 &&
		offsetof(struct m_segment, name) == 0 &&
		offsetof(struct m_cert, name) == 0,
	"read_object wants the name first");

static void read_word(struct pred_reader *r, struct pred_fact *f,
	const struct ast *k, const char *const *words, uint32_t first,
	const char *what)
{
	const char *known[8];
	size_t n = 0;

	for (; words[first + n]; n++) {
		known[n] = words[first + n];
		if (strcmp(known[n], k->text) == 0) {
			PRED_PUSH(r->m->arena, &f->values) =
				first + (uint32_t)n;
			return;
		}
	}
	pred_unknown(r, k, what, known, n);
}

/* Names of a model's array of objects, `stride` octets each, with the m_name in
 * front. */
static void read_object(struct pred_reader *r, struct pred_fact *f,
	const struct ast *k, const void *v, size_t n, size_t stride,
	const char *what)
{
	const char **known = arena_alloc(r->m->arena, (n + 1) * sizeof(*known));

	for (size_t i = 0; i < n; i++) {
		const struct m_name *name =
			(const void *)((const char *)v + i * stride);

		known[i] = name->text;
		if (name->text && strcmp(name->text, k->text) == 0) {
			PRED_PUSH(r->m->arena, &f->values) = (uint32_t)i;
			return;
		}
	}
	pred_unknown(r, k, what, known, n);
}

static void read_route(
	struct pred_reader *r, struct pred_fact *f, const struct ast *k)
{
	struct model *m = r->m;
	const char **known =
		arena_alloc(m->arena, (m->lists.n + 1) * sizeof(*known));

	for (size_t i = 0; i < m->lists.n; i++) {
		known[i] = m->lists.v[i].route.text;
		if (known[i] && strcmp(known[i], k->text) == 0) {
			PRED_PUSH(m->arena, &f->texts) = k->text;
			return;
		}
	}
	pred_unknown(r, k, "route", known, m->lists.n);
}

void pred_read_fact(
	struct pred_reader *r, const struct ast *t, enum pred_about about)
{
	struct model *m = r->m;
	struct pred_fact f = {.about = about, .negated = !!(t->flags & F_NOT)};

	for (const struct ast *k = t->kids; k; k = k->next) {
		switch (about) {
		case PRED_MODE:
			read_word(r, &f, k, words_mode, MODE_NONE + 1, "mode");
			break;
		case PRED_REASON:
			read_word(r, &f, k, words_reject, 0, "reject reason");
			break;
		case PRED_LISTENER:
			read_object(r, &f, k, m->frontends.v, m->frontends.n,
				sizeof(*m->frontends.v), "frontend");
			break;
		case PRED_BACKEND:
			read_object(r, &f, k, m->backends.v, m->backends.n,
				sizeof(*m->backends.v), "backend");
			break;
		case PRED_CERTIFICATE:
			read_object(r, &f, k, m->certs.v, m->certs.n,
				sizeof(*m->certs.v), "certificate");
			break;
		case PRED_LINK:
			read_word(r, &f, k, words_link, 0, "link");
			break;
		case PRED_CLIENT_AUTH:
			read_word(
				r, &f, k, words_client_auth, 0, "client-auth");
			break;
		case PRED_FLOOR:
			f.tls = pred_versions(r, t);
			break;
		case PRED_ENFORCING:
		case PRED_VERIFY:
			break;
		case PRED_SEGMENT:
			read_object(r, &f, k, m->segments.v, m->segments.n,
				sizeof(*m->segments.v), "segment");
			break;
		case PRED_ROUTE:
			read_route(r, &f, k);
		}
	}
	PRED_PUSH(m->arena, &r->p->facts) = f;
}
