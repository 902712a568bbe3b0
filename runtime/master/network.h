/*
 * Routes, devices and IPsec policies of this machine, and whether traffic to a
 * network is carried as a policy's segments claim.  For --check.
 */
#ifndef RUNTIME_NETWORK_H
#define RUNTIME_NETWORK_H

#include <stddef.h>
#include <stdint.h>

#define NETWORK_KIND 16

/* A prefix of family TBL_V4 or TBL_V6, v4 in the first four octets. */
struct network_prefix {
	uint8_t family, len;
	uint8_t addr[16];
};
struct network_device {
	int index;
	char name[16];
	char kind[NETWORK_KIND]; /* "wireguard", "vlan", ...; empty: hardware */
};
struct network_route {
	struct network_prefix to;
	uint32_t table;
	int device; /* 0: several, or none */
};
struct network {
	struct network_device *device;
	size_t devices;
	struct network_route *route; /* unicast ones */
	size_t routes;
	struct network_prefix *ipsec; /* what is encrypted when it is sent */
	size_t ipsecs;
	int no_routes, no_ipsec; /* errno of what could not be read, or 0 */
};

/* "10.40.0.0/16"; returns out. */
#define NETWORK_TEXT 64
const char *network_text(
	const struct network_prefix *p, char out[NETWORK_TEXT]);

/* Is everything sent to the prefix carried by link (WORD_LINK)? 1: yes; 0: no,
 * with a sentence in why; -1: it is unknown, with a sentence in why. */
int network_carries(const struct network *n, const struct network_prefix *p,
	unsigned link, char *why, size_t space);

#endif
