/* What carries octets to a network: devices, routes and policies as they may
 * be, whatever this kernel has. */
/* LINK: grammar/words.c runtime/master/network.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/table.h"
#include "grammar/words.h"
#include "runtime/master/network.h"

enum { ETH = 1, WG, VLAN, MACSEC, XFRM, SEVERAL = 0 };
enum { MAIN = 254, OTHER = 51820 };

static struct network_device devices[] = {
	{ETH, "eth0", ""},
	{WG, "wg0", "wireguard"},
	{VLAN, "eth0.5", "vlan"},
	{MACSEC, "macsec0", "macsec"},
	{XFRM, "ipsec0", "xfrm"},
};
static struct network_route routes[8];
static struct network_prefix policies[4];
static struct network n;
static char why[200];

static struct network_prefix prefix(const char *addr, unsigned len)
{
	struct network_prefix p = {.len = (uint8_t)len};

	p.family = strchr(addr, ':') ? TBL_V6 : TBL_V4;
	assert_int_equal(inet_pton(p.family == TBL_V6 ? AF_INET6 : AF_INET,
				 addr, p.addr),
		1);
	return p;
}

static void route(const char *addr, unsigned len, int device, uint32_t table)
{
	routes[n.routes++] =
		(struct network_route){prefix(addr, len), table, device};
}

static void policy(const char *addr, unsigned len)
{
	policies[n.ipsecs++] = prefix(addr, len);
}

static int fresh(void **state)
{
	(void)state;
	n = (struct network){devices, 5, routes, 0, policies, 0, 0, 0};
	why[0] = 0;
	return 0;
}

static int carries(const char *addr, unsigned len, unsigned link)
{
	struct network_prefix p = prefix(addr, len);

	return network_carries(&n, &p, link, why, sizeof(why));
}

static void by_device(void **state)
{
	static const struct {
		int device;
		unsigned link;
	} v[] = {{WG, LINK_WIREGUARD}, {VLAN, LINK_VLAN}, {MACSEC, LINK_MACSEC},
		{XFRM, LINK_IPSEC}};
	size_t i, k;

	for (i = 0; i < 4; i++) {
		fresh(state);
		route("0.0.0.0", 0, ETH, MAIN);
		route("10.40.0.0", 15, v[i].device, MAIN);
		for (k = 0; k < 4; k++)
			assert_int_equal(
				carries("10.40.0.0", 16, v[k].link), i == k);
	}
}

static void nowhere(void **state)
{
	(void)state;
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 0);
	assert_string_equal(
		why, "no route through a wireguard device covers it");
	assert_int_equal(carries("10.40.0.0", 16, LINK_IPSEC), 0);
	assert_string_equal(why,
		"no IPsec policy and no route through an IPsec "
		"device covers it");
	assert_int_equal(carries("10.40.0.0", 16, LINK_NONE), 1);
}

/* The longest prefix counts, and no part may go elsewhere. */
static void elsewhere(void **state)
{
	(void)state;
	route("10.0.0.0", 8, WG, MAIN);
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 1);
	route("10.40.0.0", 16, ETH, MAIN);
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 0);
	assert_string_equal(why,
		"the route to 10.40.0.0/16 goes through eth0, "
		"which is not wireguard");
	routes[1].to = prefix("10.40.7.0", 24);
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 0);
	assert_string_equal(why,
		"the route to 10.40.7.0/24 goes through eth0, "
		"which is not wireguard");
	assert_int_equal(carries("10.40.8.0", 24, LINK_WIREGUARD), 1);
	routes[1].device = SEVERAL;
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 0);
	assert_non_null(strstr(why, "goes through several devices or none"));
	routes[1].device = WG;
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 1);
}

/* wg-quick's default route is in a table of its own. */
static void other_table(void **state)
{
	(void)state;
	route("0.0.0.0", 0, ETH, MAIN);
	route("0.0.0.0", 0, WG, OTHER);
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 1);
	route("10.40.0.0", 16, ETH, MAIN);
	assert_int_equal(carries("10.40.0.0", 16, LINK_WIREGUARD), 0);
}

static void by_policy(void **state)
{
	(void)state;
	route("10.40.0.0", 16, ETH, MAIN);
	policy("10.40.0.0", 17);
	assert_int_equal(carries("10.40.0.0", 16, LINK_IPSEC), 0);
	assert_int_equal(carries("10.40.0.0", 17, LINK_IPSEC), 1);
	assert_int_equal(carries("10.40.128.0", 17, LINK_IPSEC), 0);
	assert_int_equal(carries("10.40.0.0", 17, LINK_WIREGUARD), 0);
	policy("2001:db8::", 32);
	assert_int_equal(carries("2001:db8:40::", 48, LINK_IPSEC), 1);
	assert_int_equal(carries("2001:db9::", 48, LINK_IPSEC), 0);
	policy("::", 0);
	assert_int_equal(carries("2001:db9::", 48, LINK_IPSEC), 1);
	assert_int_equal(carries("192.0.2.0", 24, LINK_IPSEC), 0);
}

/* What is unknown is neither a fault nor a proof. */
static void unread(void **state)
{
	(void)state;
	n.no_ipsec = EPERM;
	assert_int_equal(carries("10.40.0.0", 16, LINK_IPSEC), -1);
	assert_string_equal(
		why, "IPsec policies cannot be read: Operation not permitted");
	assert_int_equal(carries("10.40.0.0", 16, LINK_VLAN), 0);
	route("10.40.0.0", 16, XFRM, MAIN);
	assert_int_equal(carries("10.40.0.0", 16, LINK_IPSEC), 1);
	n.no_routes = EACCES;
	assert_int_equal(carries("10.40.0.0", 16, LINK_VLAN), -1);
	policy("10.0.0.0", 8);
	assert_int_equal(carries("10.40.0.0", 16, LINK_IPSEC), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_device, fresh),
		cmocka_unit_test_setup(nowhere, fresh),
		cmocka_unit_test_setup(elsewhere, fresh),
		cmocka_unit_test_setup(other_table, fresh),
		cmocka_unit_test_setup(by_policy, fresh),
		cmocka_unit_test_setup(unread, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
