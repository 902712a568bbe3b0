/* The TLS profiles that are built in. */
#include <string.h>

#include "priv.h"

/* Mozilla's server-side TLS guidelines 5.7 (modern, intermediate), of which
 * finite-field DHE is left out; fips: what SP 800-52r2 and FIPS 140-3 modules
 * agree on.  AES-128-GCM first: SHA-256 is several times cheaper than SHA-384
 * where the processor has instructions for it. */
static const struct builtin {
	const char *name;
	uint16_t min, max, suites[10], groups[4];
} builtins[] = {
	{"modern", 0x0304, 0x0304, {0x1301, 0x1302, 0x1303}, {29, 23, 24}},
	{"intermediate", 0x0303, 0x0304,
		{0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9,
			0xcca8},
		{29, 23, 24}},
	{"fips", 0x0303, 0x0304,
		{0x1301, 0x1302, 0xc02b, 0xc02f, 0xc02c, 0xc030}, {23, 24}},
};

static const struct builtin *builtin_find(const char *name)
{
	for (size_t b = 0; b < sizeof(builtins) / sizeof(builtins[0]); b++)
		if (!strcmp(builtins[b].name, name))
			return &builtins[b];
	return NULL;
}

const char *check_profile_builtin_at(size_t i)
{
	return i < sizeof(builtins) / sizeof(builtins[0]) ? builtins[i].name
							  : NULL;
}

const char *check_profile_builtins(struct check *c)
{
	const char *all = "these are built in:";

	for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		all = arena_printf(
			c->a, "%s%s %s", all, i ? "," : "", builtins[i].name);
	return all;
}

uint32_t check_profile_builtin(struct check *c, const char *name)
{
	struct model *m = c->m;

	for (size_t i = c->profile_declared; i < m->profiles.n; i++)
		if (!strcmp(m->profiles.v[i].name.text, name))
			return (uint32_t)i;
	const struct builtin *t = builtin_find(name);
	if (!t)
		return MODEL_NONE;
	struct m_profile *p = &PUSH(c->a, &m->profiles);
	*p = (struct m_profile){.name = {t->name, {0, 0, 0}},
		.tls_min = t->min,
		.tls_max = t->max,
		.server_preference = 1,
		.tickets = 1};
	for (size_t i = 0; i < 10 && t->suites[i]; i++)
		PUSH(c->a, &p->suites) = t->suites[i];
	for (size_t i = 0; i < 4 && t->groups[i]; i++)
		PUSH(c->a, &p->groups) = t->groups[i];
	return (uint32_t)(m->profiles.n - 1);
}

int check_profile_reserved(const char *name)
{
	return builtin_find(name) != NULL;
}

/* The same codes, and zeros after them? */
static int same_codes(
	const uint16_t *own, size_t room, const uint16_t *v, size_t n)
{
	return n <= room && !memcmp(own, v, n * sizeof(*v)) &&
		(n == room || !own[n]);
}

int check_profile_is_builtin(const struct m_profile *p)
{
	const struct builtin *b = builtin_find(p->name.text);

	return b && p->tls_min == b->min && p->tls_max == b->max &&
		p->server_preference && p->tickets && !p->early_data &&
		same_codes(b->suites, 10, p->suites.v, p->suites.n) &&
		same_codes(b->groups, 4, p->groups.v, p->groups.n);
}
