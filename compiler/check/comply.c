/*
 * Requirement sets: comply.def, grouped by standard.  The rows of a standard
 * are adjacent there, so each is a range of one array.
 */
#include "comply.h"

#include <string.h>

enum standard {
#define STANDARD(id, name, version, source) ID_##id,
#include "comply.def"
	STANDARDS
};

static const struct comply_rule rules[] = {
#define REQUIREMENT(id, clause, check, text)                                   \
	{clause, COMPLY_##check, text, NULL},
#define ATTESTED(id, clause, who, text) {clause, COMPLY_ATTEST, text, who},
#include "comply.def"
};

static const unsigned char owner[] = {
#define REQUIREMENT(id, clause, check, text) ID_##id,
#include "comply.def"
};

static struct comply_standard standards[STANDARDS] = {
#define STANDARD(id, name, version, source) {name, version, source, NULL, 0},
#include "comply.def"
};

static void group(void)
{
	if (standards[0].rules)
		return;
	for (size_t i = 0; i < sizeof(owner); i++) {
		struct comply_standard *s = &standards[owner[i]];
		if (!s->count++)
			s->rules = &rules[i];
	}
}

const struct comply_standard *comply_at(size_t i)
{
	group();
	return i < STANDARDS ? &standards[i] : NULL;
}

const struct comply_standard *comply_find(const char *name)
{
	for (size_t i = 0; i < STANDARDS; i++)
		if (!strcmp(standards[i].name, name))
			return comply_at(i);
	return NULL;
}

const struct comply_rule *comply_rule(
	const struct comply_standard *s, enum comply_check check)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->rules[i].check == check)
			return &s->rules[i];
	return NULL;
}
