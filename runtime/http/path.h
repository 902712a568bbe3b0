/*
 * What a path may mean.  Servers disagree about %2F, `..;`, `\`, `//`, `;x` and
 * double encoding, so no single normal form is safe: this computes the set of
 * all readings.  The decision is run for each, and a request is served only if
 * all agree.  The path itself is forwarded octet for octet.
 *
 * A reading begins with one of
 *   1  the path as it was sent
 *   2  %XX of unreserved octets (RFC 3986 2.3) decoded
 *   3  %2E decoded, anywhere
 *   4  %2E decoded, in segments that are `.` or `..` then
 *   5  every %XX decoded once
 *   6  every %XX decoded, and once more; a `%` of the second time without two
 *      digits stays
 *   7  dot segments resolved as 4 shows them, then every %XX decoded (parsers of
 *      URLs that decode the path of what they parsed)
 *   8  c of the path as it was sent, then every %XX decoded (servlets)
 * and then each of these is applied or not, in this order:
 *   a  every `\` becomes `/`
 *   b  it ends before its first `?` or `#` (which only decoding can bring)
 *   c  of each segment, `;` and what follows is removed; or else
 *   d  it ends before its first `;`
 *   e  runs of `/` become one
 *   f  dot segments are resolved (RFC 3986 5.2.4)
 *   g  A to Z become a to z
 * That is 8 * 2 * 2 * 3 * 2 * 2 * 2 = 768 ways.  Steps a and b change nothing
 * in 1 to 4, as no path may have those octets raw: 4 * 24 + 4 * 96 = 480
 * readings at most (416 is the most that a search has found).  Nothing gets
 * longer, so the path bounds each of them.  Every reading begins with `/`.
 *
 * Refused: %00 (also the second time), a `%` without two hexadecimal digits,
 * and octets that RFC 3986 does not let a path have, a raw `\` among them.
 *
 * A path with none of `% ; // /. A-Z` has one reading and costs one scan.
 */
#ifndef RUNTIME_HTTP_PATH_H
#define RUNTIME_HTTP_PATH_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/http/field.h"
#include "runtime/http/reason.h"

enum {
	HTTP_READINGS_MAX = 480,
	HTTP_PATH_MAX = 8192,   /* octets of a path */
	HTTP_PATH_ROOM = 65536, /* octets of all its readings but the first */
};

/* The caller's; some 75 KiB, needed only while one path is decided. */
struct http_readings {
	unsigned count;
	struct http_slice of[HTTP_READINGS_MAX]; /* distinct */
	uint32_t hash[HTTP_READINGS_MAX];
	uint32_t used;
	char room[HTTP_PATH_ROOM];
};

/*
 * HTTP_FINE: r->of[0] is path itself (not a copy), r->of[1..count) lie in
 * r->room.  HTTP_REASON_PATH_LONG: longer than HTTP_PATH_MAX, or its readings
 * together have more octets than the room; the bound is also one of time.
 */
enum http_reason http_path_read(
	struct http_readings *r, struct http_slice path);

#endif
