/*
 * What a table needs from the master (facts.h): which processes, which rights,
 * how long a drain.
 */
#include "facts.h"

#include <string.h>

#include "grammar/words.h"
#include "load.h"
#include "runtime/common/bundle.h"
#include "runtime/common/generation.h"
#include "runtime/table/table.h"

double facts_drain(const struct loaded *l)
{
	const struct table *t = &l->view->table;
	uint32_t i, most = 0;

	for (i = 0; i < t->limit_count; i++)
		if (t->limit[i].drain_ms > most)
			most = t->limit[i].drain_ms;
	return most / 1000.0;
}

int facts_have_unix(const struct loaded *l)
{
	const struct table *t = &l->view->table;
	uint32_t i;

	for (i = 0; i < t->server_count; i++)
		if (t->server[i].family == TBL_UNIX)
			return 1;
	return 0;
}

int facts_want_monitor(const struct loaded *l)
{
	const struct table *t = &l->view->table;
	uint32_t i;

	for (i = 0; i < t->backend_count; i++)
		if (t->backend[i].check != 0)
			return 1;
	for (i = 0; i < t->cert_count; i++)
		if (t->cert[i].staple == STAPLE_AUTO)
			return 1;
	return 0;
}

int facts_have_tokens(const struct loaded *l)
{
	const struct table *t = &l->view->table;
	uint32_t i;

	for (i = 0; i < t->cert_count; i++)
		if (strncmp(table_str(t, t->cert[i].key_str), BUNDLE_PKCS11,
			    strlen(BUNDLE_PKCS11)) == 0)
			return 1;
	return 0;
}
