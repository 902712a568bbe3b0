/*
 * A build without the prover of assertions refuses policies that have some,
 * rather than passing over them.  The definitions are weak: the real ones take
 * their place when they are linked.
 */
#include "ast.h"
#include "verify.h"

__attribute__((weak)) void verify_assertions(struct model *m, struct diags *d)
{
	for (size_t i = 0; i < m->texts.n; i++)
		if (m->texts.v[i].kind == 2 && m->texts.v[i].node)
			diag_add(d, DIAG_TC0801, m->texts.v[i].node->span,
				"this build cannot prove assertions");
}

__attribute__((weak)) void verify_semantic(struct model *m)
{
}
