/* LINK: grammar/words.c runtime/tls/priority.c */
/* LIBS: -lgnutls */
/*
 * Profiles in GnuTLS's words: exactly the profile's suites, groups and versions
 * come out, in its order; below TLS 1.3 exactly the one that was chosen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <gnutls/gnutls.h>

#include "runtime/tls/priority.h"

/* Two suites of TLS 1.2 whose parts GnuTLS would cross to four. */
static const uint16_t codes[] = {0x1301, 0x1303, 0xc02b, 0xc030, 29, 23, 24};
static struct tbl_profile profiles[] = {
	{.tls_min = 0x0303,
		.tls_max = 0x0304,
		.suite_first = 0,
		.suite_count = 4,
		.group_first = 4,
		.group_count = 3,
		.flags = TBL_PROFILE_SERVER_PREFERENCE},
	{.tls_min = 0x0304,
		.tls_max = 0x0304,
		.suite_first = 0,
		.suite_count = 2,
		.group_first = 4,
		.group_count = 1},
};
static const struct table table = {.suite = codes,
	.suite_count = 7,
	.profile = profiles,
	.profile_count = 2};

struct seen {
	unsigned suites13, suites12, first12, all;
	unsigned versions, groups;
	unsigned first_group;
};

static struct seen look(uint32_t profile, uint16_t suite, uint16_t group)
{
	struct seen s = {0};
	gnutls_priority_t p;
	char text[4096];
	const unsigned *list;
	unsigned char id[2];
	gnutls_protocol_t min;
	unsigned index, i;

	assert_int_equal(priority_text(&table,
				 &(struct priority_wish){.profile = profile,
					 .suite = suite,
					 .group = group,
					 .server = 1},
				 text, sizeof(text)),
		0);
	assert_int_equal(gnutls_priority_init(&p, text, NULL), 0);
	for (i = 0; gnutls_priority_get_cipher_suite_index(p, i, &index) !=
		GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
		i++) {
		if (!gnutls_cipher_suite_info(
			    index, id, NULL, NULL, NULL, &min))
			continue;
		s.suites13 += min == GNUTLS_TLS1_3;
		if (min != GNUTLS_TLS1_3 && !s.suites12++)
			s.first12 = (unsigned)(id[0] << 8 | id[1]);
	}
	s.versions = (unsigned)gnutls_priority_protocol_list(p, &list);
	s.groups = (unsigned)gnutls_priority_group_list(p, &list);
	s.first_group = list[0];
	gnutls_priority_deinit(p);
	return s;
}

static void whole_profile(void **state)
{
	struct seen s = look(0, 0, 0);

	assert_int_equal(s.suites13, 3); /* 1301, 1303, and c030's cipher */
	assert_int_equal(s.versions, 2);
	assert_int_equal(s.groups, 3);
	assert_int_equal(s.first_group, GNUTLS_GROUP_X25519);
	s = look(1, 0, 0);
	assert_int_equal(s.suites13, 2);
	assert_int_equal(s.suites12, 0);
	assert_int_equal(s.versions, 1);
}

static void one_suite(void **state)
{
	struct seen s = look(0, 0xc02b, 0);

	assert_int_equal(s.suites12, 1);
	assert_int_equal(s.first12, 0xc02b);
	s = look(0, 0xc030, 0);
	assert_int_equal(s.suites12, 1);
	assert_int_equal(s.first12, 0xc030);
	/* TLS 1.3 stays enabled: the downgrade sentinel (RFC 8446 4.1.3). */
	assert_int_equal(s.versions, 2);
}

static void group_first(void **state)
{
	struct seen s = look(0, 0, 24);

	assert_int_equal(s.first_group, GNUTLS_GROUP_SECP384R1);
	assert_int_equal(s.groups, 3);
}

static void choice(void **state)
{
	/* The client prefers what the server prefers last. */
	static const uint8_t offer[] = {0xc0, 0x30, 0xc0, 0x2b, 0x00, 0x2f};
	unsigned both = KEY_RSA | KEY_EC;

	assert_int_equal(
		priority_choose(&table, 0, 0x0303, offer, 6, both), 0xc02b);
	assert_int_equal(
		priority_choose(&table, 0, 0x0303, offer, 6, KEY_RSA), 0xc030);
	profiles[0].flags = 0;
	assert_int_equal(
		priority_choose(&table, 0, 0x0303, offer, 6, both), 0xc030);
	profiles[0].flags = TBL_PROFILE_SERVER_PREFERENCE;
	/* AEAD suites do not exist below TLS 1.2; 1.3's are no choice here. */
	assert_int_equal(priority_choose(&table, 0, 0x0302, offer, 6, both), 0);
	assert_int_equal(priority_choose(&table, 1, 0x0303, offer, 6, both), 0);
	assert_int_equal(
		priority_choose(&table, 0, 0x0303, offer + 4, 2, both), 0);
	assert_int_equal(priority_choose(&table, 0, 0x0303, offer, 6, 0), 0);
}

static void common13(void **state)
{
	static const uint8_t offer[] = {0x13, 0x02, 0x13, 0x03};

	assert_true(priority_common13(&table, 1, offer, 4));
	assert_false(priority_common13(&table, 1, offer, 2));
}

static void too_long(void **state)
{
	char text[20];

	assert_int_equal(
		priority_text(&table, &(struct priority_wish){.server = 1},
			text, sizeof(text)),
		-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(whole_profile),
		cmocka_unit_test(one_suite), cmocka_unit_test(group_first),
		cmocka_unit_test(choice), cmocka_unit_test(common13),
		cmocka_unit_test(too_long)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
