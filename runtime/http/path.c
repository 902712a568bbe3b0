/*
 * The readings of a path: steps 1 to 8 and a to g of path.h, each a function
 * from octets to octets, applied to the set that there is so far.  Called
 * before every decision by path; owns nothing.
 */
#include "runtime/http/path.h"

#include <assert.h>
#include <string.h>

#include "runtime/http/octets.h"

/* Writes the changed s to out, never longer than s; returns its length, or
 * NUL_MET.  May be done in place where nothing says otherwise. */
typedef size_t change(char *out, struct http_slice s);
static const size_t NUL_MET = SIZE_MAX;

/* What a path contains that some step changes. */
enum {
	HAS_PERCENT = 1,
	HAS_SEMICOLON = 2,
	HAS_SLASHES = 4, /* two in a row */
	HAS_DOT = 8,     /* a segment begins with one */
	HAS_UPPER = 16,
	HAS_BACKSLASH = 32,
	HAS_MARK = 64, /* `?` or `#` */
};

static int is_encoded(struct http_slice s, size_t i)
{
	return s.at[i] == '%' && s.n - i > 2 &&
		http_octet(s.at[i + 1], OCTET_HEX) &&
		http_octet(s.at[i + 2], OCTET_HEX);
}

static char decoded(const char *percent)
{
	return (char)(http_hex(percent[1]) << 4 | http_hex(percent[2]));
}

static unsigned features(struct http_slice s)
{
	unsigned has = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.at[i], next = i + 1 < s.n ? s.at[i + 1] : 'x';

		if (c >= 'A' && c <= 'Z')
			has |= HAS_UPPER;
		else if (c == '/')
			has |= next == '/'    ? HAS_SLASHES
				: next == '.' ? HAS_DOT
					      : 0;
		else if (c == '%')
			has |= HAS_PERCENT;
		else if (c == ';')
			has |= HAS_SEMICOLON;
		else if (c == '\\')
			has |= HAS_BACKSLASH;
		else if (c == '?' || c == '#')
			has |= HAS_MARK;
	}
	return has;
}

/* From s.at[i] up to the next slash. */
static struct http_slice segment(struct http_slice s, size_t i)
{
	const char *slash = memchr(s.at + i, '/', s.n - i);

	return (struct http_slice){
		s.at + i, slash ? (size_t)(slash - s.at) - i : s.n - i};
}

static int is_dots(const char *s, size_t n)
{
	return (n == 1 || n == 2) && s[0] == '.' && s[n - 1] == '.';
}

/* --- a to g ------------------------------------------------------------ */

static size_t replace_backslashes(char *out, struct http_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		out[i] = s.at[i] == '\\' ? '/' : s.at[i];
	return s.n;
}

static size_t cut_at_mark(char *out, struct http_slice s)
{
	size_t n = 0;

	for (; n < s.n && s.at[n] != '?' && s.at[n] != '#'; n++)
		out[n] = s.at[n];
	return n;
}

static size_t remove_parameters(char *out, struct http_slice s)
{
	size_t n = 0;
	int inside = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.at[i] == '/')
			inside = 0;
		else if (s.at[i] == ';')
			inside = 1;
		if (!inside)
			out[n++] = s.at[i];
	}
	return n;
}

static size_t cut_at_semicolon(char *out, struct http_slice s)
{
	size_t n = 0;

	for (; n < s.n && s.at[n] != ';'; n++)
		out[n] = s.at[n];
	return n;
}

static size_t merge_slashes(char *out, struct http_slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (s.at[i] != '/' || n == 0 || out[n - 1] != '/')
			out[n++] = s.at[i];
	return n;
}

/* RFC 3986 5.2.4.  out[0..n) holds whole segments, each after its slash. */
static size_t resolve_dots(char *out, struct http_slice s)
{
	size_t n = 0;

	for (size_t i = 1; i <= s.n;) {
		struct http_slice part = segment(s, i);
		int dots = is_dots(part.at, part.n);

		if (dots && part.n == 2)
			while (n > 0 && out[--n] != '/')
				;
		i += part.n + 1;
		if (dots && i <= s.n)
			continue;
		out[n++] = '/';
		if (dots)
			continue;
		memmove(out + n, part.at, part.n);
		n += part.n;
	}
	return n;
}

static size_t lower_case(char *out, struct http_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		out[i] = http_lower(s.at[i]);
	return s.n;
}

/* --- 2 to 8 ------------------------------------------------------------ */

/* Which octets to decode: each kind has those of the one before. */
enum kind { DOT, UNRESERVED, ANY };

static int is_of(enum kind kind, char octet)
{
	return kind == ANY || octet == '.' ||
		(kind == UNRESERVED && http_octet(octet, OCTET_UNRESERVED));
}

static size_t decode_kind(char *out, struct http_slice s, enum kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		out[n] = s.at[i];
		if (is_encoded(s, i) && is_of(kind, decoded(s.at + i))) {
			out[n] = decoded(s.at + i);
			i += 2;
		}
		n++;
	}
	return n;
}

static size_t decode_unreserved(char *out, struct http_slice s)
{
	return decode_kind(out, s, UNRESERVED);
}

static size_t decode_dots(char *out, struct http_slice s)
{
	return decode_kind(out, s, DOT);
}

/* Not in place: a segment is looked at again. */
static size_t decode_dot_segments(char *out, struct http_slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		struct http_slice part = segment(s, i);
		size_t len = decode_dots(out + n, part);

		if (!is_dots(out + n, len)) {
			memcpy(out + n, part.at, part.n);
			len = part.n;
		}
		n += len;
		i += part.n;
		if (i < s.n)
			out[n++] = '/';
	}
	return n;
}

static size_t decode_once(char *out, struct http_slice s)
{
	size_t n = decode_kind(out, s, ANY);

	return memchr(out, '\0', n) ? NUL_MET : n;
}

static size_t decode_twice(char *out, struct http_slice s)
{
	size_t n = decode_once(out, s);

	return n == NUL_MET ? n : decode_once(out, (struct http_slice){out, n});
}

static size_t decode_resolved(char *out, struct http_slice s)
{
	size_t n = decode_dot_segments(out, s);

	n = resolve_dots(out, (struct http_slice){out, n});
	return decode_once(out, (struct http_slice){out, n});
}

static size_t decode_without_parameters(char *out, struct http_slice s)
{
	size_t n = remove_parameters(out, s);

	return decode_once(out, (struct http_slice){out, n});
}

/* --- the set ----------------------------------------------------------- */

static uint32_t hash(struct http_slice s)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.at[i]) * 16777619u;
	return h;
}

static int is_there(
	const struct http_readings *r, struct http_slice s, uint32_t h)
{
	for (unsigned i = 0; i < r->count; i++)
		if (r->hash[i] == h && r->of[i].n == s.n &&
			memcmp(r->of[i].at, s.at, s.n) == 0)
			return 1;
	return 0;
}

static void add(struct http_readings *r, struct http_slice s)
{
	uint32_t h = hash(s);

	if (is_there(r, s, h))
		return;
	assert(r->count < HTTP_READINGS_MAX && s.n > 0 && s.at[0] == '/');
	r->of[r->count] = s;
	r->hash[r->count++] = h;
	if (r->count > 1)
		r->used += (uint32_t)s.n;
}

/* Adds the first `count` readings, changed. */
static enum http_reason apply(
	struct http_readings *r, unsigned count, change *to)
{
	for (unsigned i = 0; i < count; i++) {
		struct http_slice s = {r->room + r->used, 0};

		if (r->of[i].n > sizeof(r->room) - r->used)
			return HTTP_REASON_PATH_LONG;
		s.n = to(r->room + r->used, r->of[i]);
		if (s.n == NUL_MET)
			return HTTP_REASON_PATH_NUL;
		add(r, s);
	}
	return HTTP_FINE;
}

static enum http_reason decode(struct http_readings *r)
{
	static change *const ways[] = {decode_unreserved, decode_dots,
		decode_dot_segments, decode_once, decode_twice, decode_resolved,
		decode_without_parameters};
	enum http_reason why = HTTP_FINE;

	for (size_t i = 0; why == HTTP_FINE && i < sizeof(ways) / sizeof(*ways);
		i++)
		why = apply(r, 1, ways[i]);
	return why;
}

/* A step is left out when no reading has what it changes, and no step before
 * it can bring that about. */
static const struct {
	unsigned has;
	change *first, *other;
} steps[] = {
	{HAS_BACKSLASH, replace_backslashes, NULL},
	{HAS_MARK, cut_at_mark, NULL},
	{HAS_SEMICOLON, remove_parameters, cut_at_semicolon},
	{HAS_SLASHES | HAS_BACKSLASH | HAS_SEMICOLON, merge_slashes, NULL},
	{HAS_DOT | HAS_BACKSLASH, resolve_dots, NULL},
	{HAS_UPPER, lower_case, NULL},
};

static enum http_reason all_readings(struct http_readings *r, unsigned has)
{
	enum http_reason why = HTTP_FINE;

	/* Dots alone are changed by 7, which then decodes nothing. */
	if (has & (HAS_PERCENT | HAS_DOT))
		why = decode(r);
	for (unsigned i = 1; i < r->count; i++)
		has |= features(r->of[i]);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		unsigned count = r->count;

		if (!(has & steps[i].has))
			continue;
		if (why == HTTP_FINE)
			why = apply(r, count, steps[i].first);
		if (why == HTTP_FINE && steps[i].other)
			why = apply(r, count, steps[i].other);
	}
	return why;
}

static enum http_reason check(struct http_slice s)
{
	if (s.n == 0 || s.at[0] != '/')
		return HTTP_REASON_PATH;
	if (s.n > HTTP_PATH_MAX)
		return HTTP_REASON_PATH_LONG;
	for (size_t i = 0; i < s.n; i++) {
		if (!http_octet(s.at[i], OCTET_PATH))
			return HTTP_REASON_PATH_OCTET;
		if (s.at[i] != '%')
			continue;
		if (!is_encoded(s, i))
			return HTTP_REASON_PATH_PERCENT;
		if (decoded(s.at + i) == '\0')
			return HTTP_REASON_PATH_NUL;
	}
	return HTTP_FINE;
}

/* Has it one reading?  The only scan that an ordinary path costs. */
static int is_plain(struct http_slice s)
{
	if (s.n == 0 || s.n > HTTP_PATH_MAX || s.at[0] != '/')
		return 0;
	for (size_t i = 0; i < s.n; i++) {
		if (http_octet(s.at[i], OCTET_PLAIN))
			continue;
		if (s.at[i] != '/')
			return 0;
		if (i + 1 < s.n && (s.at[i + 1] == '/' || s.at[i + 1] == '.'))
			return 0;
	}
	return 1;
}

enum http_reason http_path_read(struct http_readings *r, struct http_slice path)
{
	enum http_reason why;

	r->count = 1;
	r->used = 0;
	r->of[0] = path;
	if (is_plain(path))
		return HTTP_FINE;
	why = check(path);
	if (why != HTTP_FINE)
		return why;
	r->hash[0] = hash(path);
	return all_readings(r, features(path));
}
