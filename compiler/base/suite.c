/*
 * Cipher suites and groups: lookups over the two vocabularies.  A policy names
 * a few dozen of them, so linear searches do.
 */
#include "suite.h"

#include <string.h>
#include <strings.h>

#include "grammar/words.h"

static const struct suite suites[] = {
#define SUITE(code, iana, kx, cipher, mac, flags)                              \
	{code, iana, kx, cipher, mac, flags},
#include "grammar/suites.def"
};

#define SUITES (sizeof(suites) / sizeof(suites[0]))

const struct suite *suite_find(const char *name)
{
	for (size_t i = 0; i < SUITES; i++)
		if (!strcasecmp(suites[i].name, name))
			return &suites[i];
	return NULL;
}

const struct suite *suite_by_code(uint16_t code)
{
	for (size_t i = 0; i < SUITES; i++)
		if (suites[i].code == code)
			return &suites[i];
	return NULL;
}

size_t suite_count(void)
{
	return SUITES;
}

const struct suite *suite_at(size_t i)
{
	return i < SUITES ? &suites[i] : NULL;
}

int suite_usable(const struct suite *s)
{
	if (!s->cipher)
		return 0;
	return !*s->kx || suite_auth(s);
}

const char *suite_auth(const struct suite *s)
{
	if (!s->kx)
		return NULL;
	if (!strcmp(s->kx, "ECDHE-RSA") || !strcmp(s->kx, "DHE-RSA"))
		return "RSA";
	if (!strcmp(s->kx, "ECDHE-ECDSA"))
		return "ECDSA";
	if (!strcmp(s->kx, "DHE-DSS"))
		return "DSA";
	return NULL;
}

uint16_t suite_group_find(const char *name)
{
	for (size_t i = 0; i < WORDS_GROUPS; i++)
		if (!strcasecmp(words_groups[i].word, name))
			return words_groups[i].code;
	return 0;
}

const char *suite_group_name(uint16_t code)
{
	for (size_t i = 0; i < WORDS_GROUPS; i++)
		if (words_groups[i].code == code)
			return words_groups[i].word;
	return NULL;
}

const char *suite_group_at(size_t i)
{
	return i < WORDS_GROUPS ? words_groups[i].word : NULL;
}
