/*
 * Any octets as a name map and as a list of prefixes and of names: no crash,
 * and every name that is taken is one the table may hold.
 */
/* LINK: tlsc */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler/base/arena.h"
#include "compiler/base/name.h"
#include "compiler/check/check.h"
#include "compiler/check/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void sound(const struct m_pattern *p)
{
	char buf[256];
	struct name_why why;
	size_t n;

	must(p->len > 0 && p->len <= NAME_MAX_OCTETS);
	must(name_pattern(p->key, p->len, buf, &n, &why) == NAME_AS_IS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options options = {.now = 1790000000};
	static const char text[] =
		"policy 1;\n"
		"set nets from \"/proc/self/fd/%d\";\n"
		"set some names from \"/proc/self/fd/%d\";\n"
		"backend a { server 127.0.0.1:1; }\n"
		"backend b { server 127.0.0.1:2; }\n"
		"frontend f { listen 127.0.0.1:3; no-sni reject close;\n"
		"default reject close; malformed reject close;\n"
		"when source in nets reject close;\n"
		"route m sni from \"/proc/self/fd/%d\" { passthrough to a; } "
		"}\n"
		"frontend g { listen 127.0.0.1:4; no-sni reject close;\n"
		"default reject close; malformed reject close;\n"
		"route n sni in some { passthrough to a; } }\n";
	char policy[sizeof(text) + 64];
	int fd = memfd_create("map", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(policy, sizeof(policy), text, fd, fd, fd);
	struct arena *a = arena_new();
	struct sources *s = source_new(a);
	struct diags *d = diag_new(a, s);
	struct resolved r;
	uint32_t file = source_add(s, "in.tls", policy, strlen(policy));

	resolve_source(a, s, d, &options, file, &r);
	struct model *m = check_model(a, s, d, &options, &r);
	for (size_t i = 0; i < m->patterns.n; i++) {
		const struct m_pattern *p = &m->patterns.v[i];
		sound(p);
		must(check_pattern_find(m, p->frontend, p->key, p->len) == i);
	}
	arena_free(&a);
	close(fd);
	return 0;
}
