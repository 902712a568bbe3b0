/*
 * Does a decision agree with a predicate's fact (pred.h)?
 */
#include <string.h>

#include "compiler/base/segment.h"
#include "grammar/words.h"
#include "pred.h"
#include "runtime/table/table.h"

static int has_cert(const struct pred_fact *f, const struct m_action *a)
{
	for (size_t i = 0; i < a->certs.n; i++)
		if (pred_has(f, a->certs.v[i]))
			return 1;
	return 0;
}

static int has_text(const struct pred_fact *f, const char *text)
{
	for (size_t i = 0; text && i < f->texts.n; i++)
		if (strcmp(f->texts.v[i], text) == 0)
			return 1;
	return 0;
}

/* Of every server of the backend. */
static int hop_holds(const struct model *m, const struct pred_fact *f,
	const struct m_backend *b)
{
	if (f->about == PRED_SEGMENT)
		return f->values.n &&
			segment_holds(&m->segments.v[f->values.v[0]], b);
	for (size_t i = 0; i < b->servers.n; i++) {
		const struct m_segment *s = segment_of(m, &b->servers.v[i]);

		if (!s || !pred_has(f, s->link))
			return 0;
	}
	return b->servers.n > 0;
}

/* What nothing is agreed on for, or what nobody holds to a profile, has no
 * oldest version. */
static int floor_holds(const struct model *m, const struct pred_fact *f,
	const struct m_action *a)
{
	uint32_t profile = words_decrypts(a->mode) ? a->profile
		: a->mode == MODE_PASSTHROUGH      ? a->enforce
						   : MODEL_NONE;
	uint16_t min;

	if (profile == MODEL_NONE)
		return 0;
	min = m->profiles.v[profile].tls_min;
	return f->tls >> (min > 0x0301 ? min - 0x0301 : 0) & 1;
}

static int verifies(const struct m_backend *b)
{
	return b->ca || b->system_ca;
}

int pred_fact_holds(const struct model *m, const struct pred_fact *f,
	uint32_t list, const struct m_action *a, uint32_t backend)
{
	switch (f->about) {
	case PRED_MODE:
		return pred_has(f, a->mode);
	case PRED_BACKEND:
		return backend != MODEL_NONE && pred_has(f, backend);
	case PRED_REASON:
		return a->mode == MODE_REJECT && pred_has(f, a->reject);
	case PRED_CERTIFICATE:
		return words_decrypts(a->mode) && has_cert(f, a);
	case PRED_ROUTE:
		return has_text(f, m->lists.v[list].route.text);
	case PRED_LINK:
	case PRED_SEGMENT:
		return backend != MODEL_NONE &&
			hop_holds(m, f, &m->backends.v[backend]);
	case PRED_CLIENT_AUTH:
		return pred_has(
			f, words_decrypts(a->mode) ? a->client_auth : 0);
	case PRED_FLOOR:
		return floor_holds(m, f, a);
	case PRED_ENFORCING:
		return a->mode == MODE_PASSTHROUGH && a->enforce != MODEL_NONE;
	case PRED_VERIFY:
		return a->mode == MODE_BRIDGE && backend != MODEL_NONE &&
			verifies(&m->backends.v[backend]);
	case PRED_LISTENER:
		break;
	}
	return 1;
}
