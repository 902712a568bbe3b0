/*
 * Name patterns.  The fast path (a lower-case LDH name, the millions of lines
 * of a map) is one pass over the octets without a copy; anything else goes
 * through libidn2 (IDNA 2008, non-transitional, RFC 5891).
 */
#include "name.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

unsigned name_kind(const char *key, size_t len)
{
	if (len > 3 && !memcmp(key, "**.", 3))
		return 2;
	return len > 2 && !memcmp(key, "*.", 2);
}

size_t name_mark(const char *key, size_t len)
{
	unsigned kind = name_kind(key, len);
	return kind ? kind + 1 : 0;
}

int name_covers(const char *outer, size_t outer_len, const char *inner,
	size_t inner_len)
{
	unsigned ko = name_kind(outer, outer_len);
	unsigned ki = name_kind(inner, inner_len);
	if (outer_len == inner_len && !memcmp(outer, inner, outer_len))
		return 1;
	if (!ko || ki > ko)
		return 0;
	/* What both patterns say after their marks. */
	const char *so = outer + ko + 1;
	size_t lo = outer_len - ko - 1;
	const char *si = inner;
	size_t li = inner_len;
	if (ki) {
		si += ki + 1;
		li -= ki + 1;
	}
	if (ki && li == lo)
		return !memcmp(so, si, lo); /* *.x inside **.x */
	if (li <= lo + 1 || memcmp(si + li - lo, so, lo) != 0 ||
		si[li - lo - 1] != '.')
		return 0;
	/* One label in front of the suffix, or any number for "**". */
	return ko == 2 || (!ki && !memchr(si, '.', li - lo - 1));
}

/* Is this lower-case LDH in sound labels, and nothing that needs a closer
 * look (xn--, digits at the end, underscores)? */
static int plain(const char *s, size_t len)
{
	size_t label = 0, alpha_label = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char ch = (unsigned char)s[i];
		if (ch == '.') {
			if (label == 0 || label > 63 || s[i - 1] == '-')
				return 0;
			label = alpha_label = 0;
			continue;
		}
		int alpha = ch >= 'a' && ch <= 'z';
		if (!alpha && !(ch >= '0' && ch <= '9') &&
			(ch != '-' || label == 0))
			return 0;
		/* "??--" is reserved: xn-- and its like need libidn2. */
		if (ch == '-' && label == 3 && s[i - 1] == '-')
			return 0;
		alpha_label += (size_t)alpha;
		label++;
	}
	return label > 0 && label <= 63 && s[len - 1] != '-' && alpha_label > 0;
}

static enum name_result bad(
	struct name_why *w, const char *why, const char *help)
{
	snprintf(w->why, sizeof(w->why), "%s", why);
	snprintf(w->help, sizeof(w->help), "%s", help ? help : "");
	return NAME_BAD;
}

static int is_address(const char *text)
{
	unsigned char addr[16];
	char buf[64];
	size_t n = strlen(text);

	if (inet_pton(AF_INET, text, addr) == 1 ||
		inet_pton(AF_INET6, text, addr) == 1)
		return 1;
	if (n < 3 || n >= sizeof(buf) || text[0] != '[' || text[n - 1] != ']')
		return 0;
	memcpy(buf, text + 1, n - 2);
	buf[n - 2] = '\0';
	return inet_pton(AF_INET6, buf, addr) == 1;
}

/* Faults that can be seen in the text itself, before IDNA has a say.  Only
 * the ASCII ones: what is left goes to libidn2. */
static enum name_result judge_text(
	const char *name, size_t mark, struct name_why *w)
{
	size_t n = strlen(name);

	if (n == 0)
		return bad(w,
			mark ? "nothing follows the wildcard" : "an empty name",
			NULL);
	if (is_address(name))
		return bad(w,
			"an IP address is not a server name (RFC 6066, 3)",
			"clients send no SNI for an address: use 'no-sni' of "
			"the frontend");
	if (strchr(name, '*'))
		return bad(w, "a wildcard must be the whole leftmost label",
			"write '*.x' for one label or '**.x' for one or more");
	if (name[n - 1] == '.')
		return bad(w,
			"a trailing dot never arrives in SNI "
			"(RFC 6066, 3)",
			"remove the dot");
	if (name[0] == '.' && !mark)
		return bad(w, "an empty label",
			"write '*.x' for one label or '**.x' for one or more");
	if (name[0] == '.' || strstr(name, ".."))
		return bad(w, "an empty label", NULL);
	for (const char *p = name; *p; p++) {
		unsigned char ch = (unsigned char)*p;
		if (ch < 0x80 && !strchr("-._", ch) &&
			!(ch >= '0' && ch <= '9') &&
			!((ch | 32) >= 'a' && (ch | 32) <= 'z')) {
			bad(w, "",
				strchr(":/?", ch)
					? "write only the name, without "
					  "scheme, port or path"
					: strchr("^$~()[]+\\|", ch)
					? "regular expressions are not "
					  "supported: '*.x' is one label, "
					  "'**.x' one or more"
					: NULL);
			if (ch > 32 && ch < 127)
				snprintf(w->why, sizeof(w->why),
					"'%c' is not allowed in a host name",
					ch);
			else
				snprintf(w->why, sizeof(w->why),
					"octet 0x%02x is not allowed in a host "
					"name",
					ch);
			return NAME_BAD;
		}
	}
	return NAME_AS_IS;
}

/* Label faults that remain after the conversion. */
static enum name_result judge_labels(const char *name, struct name_why *w)
{
	size_t label = 0, alpha = 0;

	for (const char *p = name;; p++) {
		if (*p && *p != '.') {
			label++;
			alpha += (size_t)(*p < '0' || *p > '9');
			continue;
		}
		if (label == 0)
			return bad(w, "an empty label", NULL);
		if (label > 63)
			return bad(w, "a label has more than 63 octets", NULL);
		if (p[-1] == '-' || *(p - label) == '-')
			return bad(w, "a label begins or ends with a hyphen",
				NULL);
		if (!*p)
			break;
		label = alpha = 0;
	}
	if (!alpha)
		return bad(w,
			"the last label is all digits, but no top-level domain "
			"is",
			NULL);
	return NAME_AS_IS;
}

/* An A-label must decode, and encode to itself. */
static enum name_result judge_alabels(const char *name, struct name_why *w)
{
	char *u = NULL, *back = NULL;
	int rc = idn2_to_unicode_8z8z(name, &u, 0);
	if (rc == IDN2_OK)
		rc = idn2_to_ascii_8z(u, &back, IDN2_NONTRANSITIONAL);
	enum name_result r = NAME_AS_IS;
	if (rc != IDN2_OK || strcasecmp(back, name) != 0) {
		bad(w, "", NULL);
		snprintf(w->why, sizeof(w->why),
			"an xn-- label that is not a valid A-label (%s)",
			rc != IDN2_OK ? idn2_strerror(rc)
				      : "it does not encode to itself");
		r = NAME_BAD;
	}
	idn2_free(u);
	idn2_free(back);
	return r;
}

static enum name_result to_ascii(
	const char *name, char *out, size_t room, struct name_why *w)
{
	char *a = NULL;
	int rc = idn2_to_ascii_8z(
		name, &a, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK) {
		bad(w, "", NULL);
		snprintf(w->why, sizeof(w->why),
			"not a valid international name (%s)",
			idn2_strerror(rc));
		return NAME_BAD;
	}
	snprintf(out, room, "%s", a);
	idn2_free(a);
	return NAME_CONVERTED;
}

static enum name_result slow(const char *text, size_t len, size_t mark,
	char *buf, size_t *out_len, struct name_why *w)
{
	char copy[1024], name[256];
	enum name_result r = NAME_LOWERED;
	int ascii = 1;

	if (len >= sizeof(copy) || memchr(text, '\0', len))
		return bad(w, "not a host name", NULL);
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (judge_text(copy + mark, mark, w) == NAME_BAD)
		return NAME_BAD;
	for (size_t i = mark; i < len; i++) {
		if ((unsigned char)copy[i] >= 0x80)
			ascii = 0;
		else if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] |= 32;
	}
	if (ascii && len - mark >= sizeof(name))
		return bad(w, "longer than 253 octets", NULL);
	if (ascii)
		memcpy(name, copy + mark, len - mark + 1);
	else if ((r = to_ascii(copy + mark, name, sizeof(name), w)) == NAME_BAD)
		return NAME_BAD;
	w->underscore = strchr(name, '_') != NULL;
	if (judge_labels(name, w) == NAME_BAD ||
		(ascii && strstr(name, "xn--") &&
			judge_alabels(name, w) == NAME_BAD))
		return NAME_BAD;
	*out_len = mark + strlen(name);
	if (*out_len > NAME_MAX_OCTETS)
		return bad(w, "longer than 253 octets", NULL);
	memcpy(buf, copy, mark);
	memcpy(buf + mark, name, strlen(name) + 1);
	if (*out_len == len && !memcmp(buf, text, len))
		return NAME_AS_IS;
	return r;
}

enum name_result name_pattern(const char *text, size_t len, char buf[256],
	size_t *out_len, struct name_why *w)
{
	size_t mark = name_mark(text, len);

	w->help[0] = '\0';
	w->underscore = 0;
	enum name_result r = NAME_AS_IS;
	*out_len = len;
	if (len == mark || !plain(text + mark, len - mark) ||
		len > NAME_MAX_OCTETS)
		r = slow(text, len, mark, buf, out_len, w);
	if (r != NAME_BAD && mark && *out_len - mark > NAME_MAX_WILD_SUFFIX)
		return bad(
			w, "a wildcard's suffix has at most 240 octets", NULL);
	return r;
}

enum name_result name_host(const char *text, size_t len, char buf[256],
	size_t *out_len, struct name_why *w)
{
	w->help[0] = '\0';
	w->underscore = 0;
	*out_len = len;
	if (len && len <= NAME_MAX_OCTETS && plain(text, len))
		return NAME_AS_IS;
	return slow(text, len, 0, buf, out_len, w);
}
