/*
 * Source addresses of backends that this machine has or lacks (sources.h).  If
 * no interface has one, by mistake or because it comes later, its servers
 * cannot be reached, however healthy they are.
 */
#include "sources.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "runtime/common/dial.h"
#include "runtime/table/table.h"

static int fits(const struct tbl_extra *source, const struct tbl_server *to)
{
	return to->family == TBL_HOST || to->family == source->family;
}

int sources_reach(
	const struct table *t, uint32_t backend, const struct tbl_server *to)
{
	uint32_t n = 0, i, tried = 0;
	const struct tbl_extra *s =
		table_extra(t, TBL_EXTRA_SOURCE, backend, &n);

	for (i = 0; s && i < n; i++) {
		if (!fits(&s[i], to))
			continue;
		tried++;
		if (dial_source_is_here(&s[i]))
			return 1;
	}
	return tried == 0; /* without any, the kernel chooses one */
}

void sources_warn(const struct table *t)
{
	const struct tbl_extra *s;
	char text[INET6_ADDRSTRLEN];
	uint32_t b, n, i;

	for (b = 0; b < t->backend_count; b++) {
		n = 0;
		s = table_extra(t, TBL_EXTRA_SOURCE, b, &n);
		for (i = 0; s && i < n; i++) {
			if (dial_source_is_here(&s[i]))
				continue;
			inet_ntop(s[i].family == TBL_V4 ? AF_INET : AF_INET6,
				s[i].addr, text, sizeof(text));
			fprintf(stderr,
				"tlsd: warning: backend %s: source %s: no "
				"interface of this machine has this address\n",
				table_str(t, t->backend[b].name_str), text);
		}
	}
}
