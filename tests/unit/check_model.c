/* LINK: tlsc */
/*
 * From text to model: defaults, inheritance, masks, set algebra, interning and
 * resumption domains, as check.c hands them to the rest of the compiler.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/arena.h"
#include "compiler/check/check.h"
#include "compiler/check/resolve.h"
#include "grammar/table.h"

static struct arena *a;
static struct diags *d;

static struct model *model_of(const char *text)
{
	static const struct options options = {
		.no_fs = 1, .no_credentials = 1, .now = 1790000000};
	struct resolved r;

	if (a)
		arena_free(&a);
	a = arena_new();
	struct sources *s = source_new(a);
	d = diag_new(a, s);
	uint32_t file = source_add(s, "in.tls", text, strlen(text));
	resolve_source(a, s, d, &options, file, &r);
	struct model *m = check_model(a, s, d, &options, &r);
	return m;
}

#define FRONT                                                                  \
	"policy 1;\n"                                                          \
	"backend web { server 10.0.0.1:80; }\n"                                \
	"certificate c { chain \"c.pem\"; key \"c.key\"; }\n"                  \
	"frontend f { listen 127.0.0.1:443; no-sni reject close;\n"            \
	"default reject access-denied; malformed reject close;\n"

static const struct m_action *action_of(
	const struct model *m, const struct m_clause *t)
{
	return &m->actions.v[t->action];
}

/* The n-th clause of the list of the pattern. */
static const struct m_clause *clause(
	const struct model *m, const char *key, uint32_t n)
{
	for (size_t i = 0; i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		if (p->len == strlen(key) && !memcmp(p->key, key, p->len)) {
			const struct m_list *l = &m->lists.v[p->list];
			assert_true(n < l->count);
			return &m->clauses.v[l->first + n];
		}
	}
	fail_msg("no pattern %s", key);
	return NULL;
}

static void defaults_are_filled_in(void **state)
{
	struct model *m = model_of(
		FRONT "certificate c;\n"
		      "route r sni \"a.test\" { offload to web; } }\n");

	assert_int_equal(diag_count(d, DIAG_WARNING), 0);
	const struct m_action *act = action_of(m, clause(m, "a.test", 0));
	assert_int_equal(act->mode, 2);
	assert_int_equal(act->certs.n, 1);
	assert_int_equal(act->alpn.n, 0);
	const struct m_profile *p = &m->profiles.v[act->profile];
	assert_string_equal(p->name.text, "intermediate");
	assert_int_equal(p->tls_min, 0x0303);
	assert_int_equal(p->suites.v[0], 0x1301);
	const struct m_limit *l = &m->limits.v[act->limit];
	assert_int_equal(l->hello_bytes, 65536);
	assert_int_equal(l->idle_ms, 300000);
	assert_int_equal(l->conns, 0);
	const struct m_backend *b = &m->backends.v[act->backend];
	assert_int_equal(b->has_tls, 0);
	assert_int_equal(b->servers.v[0].weight, 1);
	assert_int_equal(m->lists.v[m->frontends.v[0].default_].is_arm, 1);
}

static void guards_become_masks(void **state)
{
	struct model *m = model_of(FRONT
		"route r sni \"a.test\" {\n"
		"when tls >= 1.2 reject close;\n"
		"when not tls >= 1.2 reject close;\n"
		"when tls <= 1.1 and alpn has \"h2\" reject close;\n"
		"when tls is unknown and not alpn has \"x\" reject close;\n"
		"otherwise passthrough to web; } }\n");

	assert_int_equal(m->alpns.n, 2);
	assert_string_equal(m->alpns.v[0], "h2");
	assert_int_equal(clause(m, "a.test", 0)->tls_mask, 0x0c);
	assert_int_equal(clause(m, "a.test", 1)->tls_mask, 0x13);
	assert_int_equal(clause(m, "a.test", 2)->tls_mask, 0x03);
	assert_int_equal(clause(m, "a.test", 2)->alpn_need, 1);
	assert_int_equal(clause(m, "a.test", 3)->tls_mask, 0x10);
	assert_int_equal(clause(m, "a.test", 3)->alpn_deny, 2);
	assert_int_equal(clause(m, "a.test", 4)->tls_mask, 0x1f);
	assert_int_equal(m->frontends.v[0].alpn_mentioned, 3);
}

static void sources_are_one_set(void **state)
{
	struct model *m = model_of(
		"policy 1;\n"
		"set a = { 10.0.0.0/8 };\n"
		"set b = { 10.1.0.0/16, 192.0.2.0/24 };\n"
		"backend web { server 10.0.0.1:80; }\n"
		"frontend f { listen 127.0.0.1:443; no-sni reject close;\n"
		"default reject close; malformed reject close;\n"
		"route r sni \"a.test\" {\n"
		"when source in a reject close;\n"
		"when source in a and source in b reject close;\n"
		"when not source in a and not source in b reject close;\n"
		"when source in b and not source in a reject close;\n"
		"when source in { 10.1.0.0/17, 10.1.128.0/17 } reject close;\n"
		"otherwise passthrough to web; } }\n");
	const struct m_clause *t = clause(m, "a.test", 0);

	assert_int_equal(t->src_test, TBL_SRC_IN);
	assert_string_equal(m->sets.v[t->set].name.text, "a");
	t = clause(m, "a.test", 1);
	assert_int_equal(m->sets.v[t->set].prefixes.n, 1);
	assert_int_equal(m->sets.v[t->set].prefixes.v[0].len, 16);
	/* The same addresses are the same set, however they are written. */
	assert_int_equal(clause(m, "a.test", 4)->set, t->set);
	t = clause(m, "a.test", 2);
	assert_int_equal(t->src_test, TBL_SRC_NOT_IN);
	assert_int_equal(m->sets.v[t->set].prefixes.n, 2);
	t = clause(m, "a.test", 3);
	assert_int_equal(m->sets.v[t->set].prefixes.v[0].addr[0], 192);
	assert_int_equal(clause(m, "a.test", 5)->src_test, TBL_SRC_ANY);
}

static void lists_are_edited(void **state)
{
	struct model *m = model_of(
		"policy 1;\n"
		"profile p extends intermediate {\n"
		"  ciphers -= TLS_AES_256_GCM_SHA384;\n"
		"  ciphers += TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256;\n"
		"  groups = secp384r1;\n"
		"}\n"
		"profile q extends p { tls 1.2; }\n"
		"backend web { server 10.0.0.1:80; }\n"
		"certificate c { chain \"c.pem\"; key \"c.key\"; }\n"
		"frontend f { listen 127.0.0.1:443; no-sni reject close;\n"
		"default reject close; malformed reject close;\n"
		"certificate c; profile q; alpn = \"h2\", \"http/1.1\";\n"
		"route r sni \"a.test\" { alpn += \"x\"; offload to web; }\n"
		"route s sni \"b.test\" { alpn -= \"h2\"; offload to web; } "
		"}\n");
	const struct m_action *act = action_of(m, clause(m, "a.test", 0));
	const struct m_profile *q = &m->profiles.v[act->profile];

	assert_int_equal(diag_count(d, DIAG_ERROR), 0);
	assert_int_equal(q->tls_max, 0x0303);
	assert_int_equal(q->suites.n, 9);
	assert_int_equal(q->suites.v[8], 0xc027);
	assert_int_equal(q->groups.n, 1);
	assert_int_equal(act->alpn.n, 3);
	assert_string_equal(m->alpns.v[act->alpn.v[2]], "x");
	act = action_of(m, clause(m, "b.test", 0));
	assert_int_equal(act->alpn.n, 1);
	assert_string_equal(m->alpns.v[act->alpn.v[0]], "http/1.1");
}

static void equal_actions_are_one(void **state)
{
	struct model *m = model_of(FRONT
		"certificate c;\n"
		"route r sni \"a.test\" { offload to web; }\n"
		"route s sni \"b.test\" { certificate c; offload to web; }\n"
		"route t sni \"c.test\" {\n"
		"  client-auth ca \"ca.pem\" require; offload to web; }\n"
		"route u sni \"d.test\" {\n"
		"  client-auth ca \"ca.pem\" request; offload to web; }\n"
		"route v sni \"e.test\" {\n"
		"  client-auth ca \"./ca.pem\" require; offload to web; }\n"
		"route w sni \"f.test\" { profile modern; offload to web; } "
		"}\n");

	assert_int_equal(
		clause(m, "a.test", 0)->action, clause(m, "b.test", 0)->action);
	assert_int_equal(
		clause(m, "c.test", 0)->action, clause(m, "e.test", 0)->action);
	uint32_t plain = action_of(m, clause(m, "a.test", 0))->domain;
	uint32_t required = action_of(m, clause(m, "c.test", 0))->domain;
	assert_int_not_equal(plain, required);
	assert_int_not_equal(
		required, action_of(m, clause(m, "d.test", 0))->domain);
	assert_int_not_equal(
		plain, action_of(m, clause(m, "f.test", 0))->domain);
	assert_int_not_equal(plain, 0);
	assert_int_equal(
		action_of(m,
			&m->clauses
				 .v[m->lists.v[m->frontends.v[0].no_sni].first])
			->domain,
		0);
}

static void covers_follow_the_routes_own_certificate(void **state)
{
	struct model *m =
		model_of(FRONT "certificate c;\n"
			       "route r sni \"b.test\", \"A.test\" { "
			       "certificate c; offload to web; }\n"
			       "route s sni \"c.test\" { offload to web; }\n"
			       "route t sni \"d.test\" { certificate c; "
			       "passthrough to web; } }\n");

	assert_int_equal(m->certs.v[0].covers.n, 2);
	assert_string_equal(m->certs.v[0].covers.v[0], "a.test");
	assert_string_equal(m->certs.v[0].covers.v[1], "b.test");
}

static void a_bridge_always_has_a_profile(void **state)
{
	struct model *m =
		model_of(FRONT "certificate c;\n"
			       "route r sni \"a.test\" { bridge to web; } }\n");

	assert_int_equal(m->backends.v[0].has_tls, 1);
	assert_string_equal(m->profiles.v[m->backends.v[0].profile].name.text,
		"intermediate");
}

static int teardown(void **state)
{
	arena_free(&a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_filled_in),
		cmocka_unit_test(guards_become_masks),
		cmocka_unit_test(sources_are_one_set),
		cmocka_unit_test(lists_are_edited),
		cmocka_unit_test(equal_actions_are_one),
		cmocka_unit_test(covers_follow_the_routes_own_certificate),
		cmocka_unit_test(a_bridge_always_has_a_profile),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, teardown);
}
