/*
 * Which of two cipher suites or groups is the stronger one.
 */
#include "strength.h"

#include <stddef.h>
#include <string.h>

#include "compiler/base/suite.h"

/* TC0502's list, CBC, AEAD. */
unsigned strength_class(uint16_t code)
{
	const struct suite *s = suite_by_code(code);

	return !s || s->flags & S_WEAK ? 0 : s->flags & S_AEAD ? 2 : 1;
}

/* Of AEAD, too, the tag of half the length (RFC 6655, 4) and how long the keys
 * of a block cipher are.  Who takes ChaCha20 does so for its speed. */
unsigned strength_of_suite(uint16_t code)
{
	const struct suite *s = suite_by_code(code);
	unsigned class = strength_class(code);

	if (class < 2 || strstr(s->name, "_CCM_8"))
		return class;
	return class + 1 + (strstr(s->name, "_256_") != NULL);
}

/* In bits, SP 800-57 part 1, table 2, and RFC 7748. */
unsigned strength_of_group(uint16_t code)
{
	static const struct {
		uint16_t code, bits;
	} known[] = {{23, 128}, {24, 192}, {25, 256}, {29, 128}, {30, 224},
		{256, 112}, {257, 128}, {258, 152}};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].code == code)
			return known[i].bits;
	return 0;
}
