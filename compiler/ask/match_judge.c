/*
 * What tlsc match adds to the decision: that the handshake after it cannot
 * succeed, and which line has the name.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/model.h"
#include "compiler/base/shown.h"
#include "compiler/check/check.h"
#include "grammar/words.h"
#include "match.h"

static const struct words_tls *version_of(uint8_t bit)
{
	const struct words_tls *v = words_tls;

	while (v->bit != bit)
		v++;
	return v;
}

/* As verify/serve.c judges classes of clients; this is one. */
static int too_old(const struct tbl_action *a, const struct tbl_profile *p,
	const struct words_tls *v)
{
	if (v->bit == TLSV_UNKNOWN && !words_decrypts(a->mode))
		return p->tls_min > 0x0303;
	return v->wire < p->tls_min;
}

static void judge_version(const struct table *t, const struct route_query *q,
	const struct tbl_action *act, struct match_answer *a)
{
	uint32_t number =
		words_decrypts(act->mode) ? act->profile : act->enforce;
	const struct words_tls *v = version_of(q->tls_bit);
	const struct tbl_profile *p;

	if (number == TBL_NONE)
		return;
	p = &t->profile[number];
	if (!too_old(act, p, v))
		return;
	a->refused = "protocol-version";
	snprintf(a->why, sizeof(a->why),
		"%s%s, and profile '%s' starts at TLS 1.%u",
		v->bit == TLSV_UNKNOWN ? "no version of TLS that is " : "TLS ",
		v->bit == TLSV_UNKNOWN ? "known" : v->word,
		table_str(t, p->name_str), p->tls_min - 0x0301u);
}

static void judge_alpn(const struct table *t, const struct route_query *q,
	const struct tbl_action *act, struct match_answer *a)
{
	if (!words_decrypts(act->mode) || !act->alpn_count)
		return;
	for (uint32_t i = 0; i < act->alpn_count; i++)
		if (q->alpn >> t->alpnref[act->alpn_first + i] & 1)
			return;
	a->refused = "no-application-protocol";
	snprintf(
		a->why, sizeof(a->why), "no protocol that is in the alpn list");
}

void match_judge(const struct table *t, const struct route_query *q,
	int offers_alpn, struct match_answer *a)
{
	const struct tbl_action *act = &t->action[a->decision.action];

	a->refused = NULL;
	if (q->sni_kind == ROUTE_SNI_MALFORMED)
		return;
	judge_version(t, q, act, a);
	if (!a->refused && offers_alpn)
		judge_alpn(t, q, act, a);
}

void match_place(const struct table *t, const struct route_query *q,
	const struct model *m, struct sources *s, struct match_answer *a)
{
	const struct tbl_namerec *r;
	const struct m_pattern *p;
	uint32_t i, column;

	route_list(t, q, &r);
	if (!r || q->sni_kind != ROUTE_SNI_NAME)
		return;
	a->name = table_name_key(r);
	a->name_len = r->len;
	i = !m ? MODEL_NONE
	       : check_pattern_find(m, q->frontend, a->name, a->name_len);
	if (i == MODEL_NONE || !source_get(s, m->patterns.v[i].file))
		return;
	p = &m->patterns.v[i];
	a->name_file = source_get(s, p->file)->path;
	source_locate(s, p->file, p->off, &a->name_line, &column);
	a->in_list = source_get(s, p->file)->is_list;
}
