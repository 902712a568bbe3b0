/*
 * Files of CAs (ca_files.h): whoever is in one is trusted, so a table that says
 * what they hold is used with nothing else, signed or not.  What was compared
 * and tested is what runs, and a gateway without --pubkey behaves as the one
 * with it that it is tried for.
 */
#include "ca_files.h"

#include <stdio.h>
#include <string.h>

#include "load.h"
#include "master.h"
#include "options.h"
#include "runtime/common/bundle.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/seal/trust.h"

int ca_files_check(
	const struct table *t, const struct bundle *b, char *err, size_t n)
{
	char why[440];
	uint32_t i, rows;

	for (i = 0; i < t->trust_count; i += rows) {
		const char *path = table_str(t, t->trust[i].file_str);
		const uint8_t *data;
		size_t len;

		table_trust(t, path, &rows);
		/* What nobody names is not there, and trusted by nobody. */
		if (bundle_get(b, path, &data, &len) < 0 ||
			seal_trust_fits(t, path, data, len, why, sizeof(why)) ==
				0)
			continue;
		snprintf(err, n, "TC0903: %s: %s", path, why);
		return -1;
	}
	return 0;
}

void ca_files_tell(const struct master *m)
{
	const char *path = seal_trust_unbound(&m->live->view->table);

	if (!path || !m->options->signed_only ||
		m->swap.request.kind == SWAP_RENEW)
		return;
	event_log(EVENT_WARNING, "trust-unbound", "policy", m->live->path, "ca",
		path, "reason",
		"the table does not say what this file holds, so its signature "
		"does not cover who is trusted",
		NULL);
}
