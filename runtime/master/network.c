/*
 * Which links carry octets to a network (network.h).  No system calls:
 * network_read.c makes them.
 */
#include "network.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "grammar/table.h"
#include "grammar/words.h"

#define MAIN_TABLE 254u /* RT_TABLE_MAIN; the local table is left out */

static int starts(const struct network_prefix *p, const uint8_t addr[16])
{
	unsigned whole = p->len / 8, rest = p->len % 8;

	return memcmp(p->addr, addr, whole) == 0 &&
		(!rest || !((p->addr[whole] ^ addr[whole]) >> (8 - rest)));
}

static int holds(
	const struct network_prefix *outer, const struct network_prefix *inner)
{
	return outer->family == inner->family && outer->len <= inner->len &&
		starts(outer, inner->addr);
}

static const struct network_device *device_of(
	const struct network *n, const struct network_route *r)
{
	size_t i;

	for (i = 0; i < n->devices; i++)
		if (r->device && n->device[i].index == r->device)
			return &n->device[i];
	return NULL;
}

/* IPsec devices have a different name in the kernel. */
static int is_kind(const struct network_device *d, unsigned link)
{
	if (!d)
		return 0;
	if (link == LINK_IPSEC)
		return strcmp(d->kind, "xfrm") == 0 ||
			strcmp(d->kind, "vti") == 0 ||
			strcmp(d->kind, "vti6") == 0;
	return strcmp(d->kind, words_link[link]) == 0;
}

static int by_policy(const struct network *n, const struct network_prefix *p)
{
	size_t i;

	for (i = 0; i < n->ipsecs; i++)
		if (holds(&n->ipsec[i], p))
			return 1;
	return 0;
}

/* The route of the main table that takes part of it elsewhere: the longest that
 * contains it, or one that contains a part of it. */
static const struct network_route *elsewhere(const struct network *n,
	const struct network_prefix *p, unsigned link, int longest)
{
	const struct network_route *worst = NULL;
	size_t i;

	for (i = 0; i < n->routes; i++) {
		const struct network_route *r = &n->route[i];

		if (r->table != MAIN_TABLE || is_kind(device_of(n, r), link))
			continue;
		if (p->len < r->to.len && holds(p, &r->to))
			return r;
		if (holds(&r->to, p) && r->to.len > longest &&
			(!worst || r->to.len > worst->to.len))
			worst = r;
	}
	return worst;
}

/* The length of the longest prefix that contains it and uses that link; -1:
 * none.  Rules that choose other tables are ignored, in its favour. */
static int longest_there(
	const struct network *n, const struct network_prefix *p, unsigned link)
{
	int longest = -1;
	size_t i;

	for (i = 0; i < n->routes; i++)
		if (holds(&n->route[i].to, p) && n->route[i].to.len > longest &&
			is_kind(device_of(n, &n->route[i]), link))
			longest = n->route[i].to.len;
	return longest;
}

const char *network_text(const struct network_prefix *p, char out[NETWORK_TEXT])
{
	char addr[INET6_ADDRSTRLEN];

	inet_ntop(p->family == TBL_V4 ? AF_INET : AF_INET6, p->addr, addr,
		sizeof(addr));
	snprintf(out, NETWORK_TEXT, "%s/%u", addr, p->len);
	return out;
}

static void explain(const struct network *n, const struct network_route *other,
	unsigned link, char *why, size_t space)
{
	const struct network_device *d = other ? device_of(n, other) : NULL;
	char to[NETWORK_TEXT];

	if (!other)
		snprintf(why, space,
			link == LINK_IPSEC
				? "no IPsec policy and no route through an "
				  "IPsec device covers it"
				: "no route through a %s device covers it",
			words_link[link]);
	else
		snprintf(why, space,
			"the route to %s goes through %s, which is not %s",
			network_text(&other->to, to),
			d ? d->name : "several devices or none",
			words_link[link]);
}

int network_carries(const struct network *n, const struct network_prefix *p,
	unsigned link, char *why, size_t space)
{
	const struct network_route *other;
	int longest;

	if (link == LINK_NONE || (link == LINK_IPSEC && by_policy(n, p)))
		return 1;
	if (n->no_routes) {
		snprintf(why, space, "routes cannot be read: %s",
			strerror(n->no_routes));
		return -1;
	}
	longest = longest_there(n, p, link);
	other = elsewhere(n, p, link, longest);
	if (longest >= 0 && !other)
		return 1;
	if (link == LINK_IPSEC && n->no_ipsec) {
		snprintf(why, space, "IPsec policies cannot be read: %s",
			strerror(n->no_ipsec));
		return -1;
	}
	explain(n, longest < 0 && link == LINK_IPSEC ? NULL : other, link, why,
		space);
	return 0;
}
