/*
 * Typed literals: durations, sizes, counts, rates, ports, versions, dates and
 * endpoints, from their text.  Pure: an error is returned as text.
 */
#ifndef COMPILER_LITERAL_H
#define COMPILER_LITERAL_H

#include <stddef.h>
#include <stdint.h>

/* What a reader says on failure: why (lower case, no full stop) and, when
 * there is one, a help line. */
struct literal_why {
	char why[128];
	char help[128];
};

/* All return 0, or -1 with w filled. */
int literal_duration(const char *text, uint64_t *ms, struct literal_why *w);
int literal_size(const char *text, uint64_t *octets, struct literal_why *w);
int literal_count(const char *text, uint64_t *n, struct literal_why *w);
/* "20/s", "2k/s": a second. */
int literal_rate(const char *text, uint64_t *n, struct literal_why *w);
/* "10MiB/s": octets a second. */
int literal_bandwidth(const char *text, uint64_t *n, struct literal_why *w);
int literal_port(const char *text, uint16_t *port, struct literal_why *w);
/* "1.2" -> 0x0303. */
int literal_version(const char *text, uint16_t *wire, struct literal_why *w);
/* "2027-03-31" -> days since 1970-01-01. */
int literal_date(const char *text, int64_t *days, struct literal_why *w);

/* "10.0.0.1:443", "[::1]:443", "host.name:443", unix:"/path".  ":443" is a host
 * without a name. */
struct literal_endpoint {
	uint8_t family; /* enum tbl_family */
	uint16_t port;
	uint8_t addr[16];
	const char *host; /* points into text: name or path, host_len octets */
	size_t host_len;
};
int literal_endpoint(
	const char *text, struct literal_endpoint *e, struct literal_why *w);

#endif
