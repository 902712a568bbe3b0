/*
 * Reads routes and devices (rtnetlink(7)) and IPsec policies from the kernel
 * (network_read.h).  Everyone may read the former; the latter need CAP_NET_ADMIN.
 */
#include "network_read.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "grammar/table.h"

#define ANSWER (256u << 10) /* octets; the kernel sends 32 KiB at most */
#define WAIT 5              /* seconds for an answer */

typedef void (*each_fn)(struct network *n, const struct nlmsghdr *h);

/* ---- asking ---- */

static int ask(int protocol, uint16_t type, const void *body, size_t len)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK};
	struct timeval wait = {.tv_sec = WAIT};
	struct {
		struct nlmsghdr head;
		char body[64];
	} m = {.head = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(len),
		       .nlmsg_type = type,
		       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		       .nlmsg_seq = 1}};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -1;
	memcpy(m.body, body, len);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (sendto(fd, &m, m.head.nlmsg_len, 0, (void *)&to, sizeof(to)) >= 0)
		return fd;
	close(fd);
	return -1;
}

/* 1: more to come; 0: that was all; -1 with errno. */
static int take(struct network *n, char *buf, size_t len, each_fn each)
{
	struct nlmsghdr *h = (void *)buf;

	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type == NLMSG_ERROR) {
			errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
			return -1;
		}
		each(n, h);
	}
	return 1;
}

/* 0, or errno. */
static int dump(struct network *n, int protocol, uint16_t type,
	const void *body, size_t len, each_fn each)
{
	char *buf = malloc(ANSWER);
	int fd = buf ? ask(protocol, type, body, len) : -1;
	int r = fd < 0 ? -1 : 1, failed;
	ssize_t got;

	while (r > 0) {
		got = recv(fd, buf, ANSWER, MSG_TRUNC);
		if (got < 0 && errno == EINTR)
			continue;
		if ((size_t)got > ANSWER && got > 0)
			errno = EMSGSIZE;
		r = got < 0 || (size_t)got > ANSWER
			? -1
			: take(n, buf, (size_t)got, each);
	}
	failed = r < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	free(buf);
	return failed;
}

/* ---- answers ---- */

static void *grow(void *v, size_t n, size_t size)
{
	void *more = realloc(v, (n + 1) * size);

	if (!more)
		abort();
	memset((char *)more + n * size, 0, size);
	return more;
}

static void copy_text(char *out, size_t space, const struct rtattr *a)
{
	snprintf(out, space, "%.*s", (int)RTA_PAYLOAD(a),
		(const char *)RTA_DATA(a));
}

static void take_kind(struct network_device *d, const struct rtattr *info)
{
	const struct rtattr *a = RTA_DATA(info);
	int left = (int)RTA_PAYLOAD(info);

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == IFLA_INFO_KIND)
			copy_text(d->kind, sizeof(d->kind), a);
}

static void take_device(struct network *n, const struct nlmsghdr *h)
{
	const struct ifinfomsg *m = NLMSG_DATA(h);
	const struct rtattr *a = IFLA_RTA(m);
	int left = (int)IFLA_PAYLOAD(h);
	struct network_device *d;

	if (h->nlmsg_type != RTM_NEWLINK ||
		h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return;
	n->device = grow(n->device, n->devices, sizeof(*d));
	d = &n->device[n->devices++];
	d->index = m->ifi_index;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == IFLA_IFNAME)
			copy_text(d->name, sizeof(d->name), a);
		if (a->rta_type == IFLA_LINKINFO)
			take_kind(d, a);
	}
}

static int family_of(unsigned family)
{
	return family == AF_INET ? TBL_V4 : family == AF_INET6 ? TBL_V6 : 0;
}

static void take_address(struct network_prefix *p, const void *addr, size_t len)
{
	size_t space = p->family == TBL_V4 ? 4 : 16;

	memcpy(p->addr, addr, len < space ? len : space);
}

static void take_attributes(struct network_route *r, const struct nlmsghdr *h)
{
	const struct rtattr *a = RTM_RTA((struct rtmsg *)NLMSG_DATA(h));
	int left = (int)RTM_PAYLOAD(h);

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == RTA_DST)
			take_address(&r->to, RTA_DATA(a), RTA_PAYLOAD(a));
		if (a->rta_type == RTA_OIF && RTA_PAYLOAD(a) >= 4)
			memcpy(&r->device, RTA_DATA(a), 4);
		if (a->rta_type == RTA_TABLE && RTA_PAYLOAD(a) >= 4)
			memcpy(&r->table, RTA_DATA(a), 4);
	}
}

static void take_route(struct network *n, const struct nlmsghdr *h)
{
	const struct rtmsg *m = NLMSG_DATA(h);
	struct network_route *r;

	if (h->nlmsg_type != RTM_NEWROUTE ||
		h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)) ||
		m->rtm_type != RTN_UNICAST || !family_of(m->rtm_family) ||
		m->rtm_table == RT_TABLE_LOCAL)
		return;
	n->route = grow(n->route, n->routes, sizeof(*r));
	r = &n->route[n->routes++];
	r->to.family = (uint8_t)family_of(m->rtm_family);
	r->to.len = m->rtm_dst_len;
	r->table = m->rtm_table;
	take_attributes(r, h);
}

/* For all protocols and ports, and with encryption. */
static int encrypts(
	const struct xfrm_userpolicy_info *p, const struct nlmsghdr *h)
{
	const struct rtattr *a =
		(const void *)((const char *)p + NLMSG_ALIGN(sizeof(*p)));
	int left = (int)(h->nlmsg_len - NLMSG_SPACE(sizeof(*p)));

	if (p->dir != XFRM_POLICY_OUT || p->action != XFRM_POLICY_ALLOW ||
		p->sel.proto || p->sel.dport_mask || p->sel.sport_mask)
		return 0;
	for (; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == XFRMA_TMPL)
			return 1;
	return 0;
}

static void take_policy(struct network *n, const struct nlmsghdr *h)
{
	const struct xfrm_userpolicy_info *p = NLMSG_DATA(h);
	struct network_prefix *to;

	if (h->nlmsg_type != XFRM_MSG_NEWPOLICY ||
		h->nlmsg_len < NLMSG_SPACE(sizeof(*p)) ||
		!family_of(p->sel.family) || !encrypts(p, h))
		return;
	n->ipsec = grow(n->ipsec, n->ipsecs, sizeof(*to));
	to = &n->ipsec[n->ipsecs++];
	to->family = (uint8_t)family_of(p->sel.family);
	to->len = p->sel.prefixlen_d;
	take_address(to, &p->sel.daddr, sizeof(p->sel.daddr));
}

void network_read(struct network *n)
{
	struct ifinfomsg links = {.ifi_family = AF_UNSPEC};
	struct rtmsg routes = {.rtm_family = AF_UNSPEC};
	struct xfrm_userpolicy_id policies = {.dir = 0};

	memset(n, 0, sizeof(*n));
	n->no_routes = dump(n, NETLINK_ROUTE, RTM_GETLINK, &links,
		sizeof(links), take_device);
	if (!n->no_routes)
		n->no_routes = dump(n, NETLINK_ROUTE, RTM_GETROUTE, &routes,
			sizeof(routes), take_route);
	n->no_ipsec = dump(
		n, NETLINK_XFRM, XFRM_MSG_GETPOLICY, &policies, 0, take_policy);
}

void network_free(struct network *n)
{
	free(n->device);
	free(n->route);
	free(n->ipsec);
	memset(n, 0, sizeof(*n));
}
