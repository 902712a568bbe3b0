/*
 * PEM text (pem.h).
 */
#include "pem.h"

#include <string.h>

#define LABEL_MAX 64

static const char begin[] = "-----BEGIN ", end[] = "-----END ";
static const char dashes[] = "-----", private_key[] = "PRIVATE KEY";

static const uint8_t *find(
	const uint8_t *p, const uint8_t *stop, const char *text)
{
	/* An empty file has no octets to point to. */
	return p == stop ? NULL
			 : memmem(p, (size_t)(stop - p), text, strlen(text));
}

static int starts(
	const uint8_t *p, const uint8_t *stop, const char *text, size_t len)
{
	return (size_t)(stop - p) >= len && memcmp(p, text, len) == 0;
}

/* The dashes after a label, which is on one line. */
static const uint8_t *label_end(const uint8_t *p, const uint8_t *stop)
{
	const uint8_t *to = find(p, stop, dashes);

	if (!to || (size_t)(to - p) > LABEL_MAX ||
		memchr(p, '\n', (size_t)(to - p)) ||
		memchr(p, '\r', (size_t)(to - p)))
		return NULL;
	return to;
}

/* The octet after the END of a block whose first line ends at p; NULL: other
 * dashes come first. */
static const uint8_t *block_end(
	const uint8_t *p, const uint8_t *stop, const struct judge_pem *b)
{
	const uint8_t *at = find(p, stop, dashes);

	if (!at || !starts(at, stop, end, strlen(end)))
		return NULL;
	at += strlen(end);
	if (!starts(at, stop, b->label, b->label_len))
		return NULL;
	at += b->label_len;
	if (!starts(at, stop, dashes, strlen(dashes)))
		return NULL;
	return at + strlen(dashes);
}

int judge_pem_next(const uint8_t **p, size_t *n, struct judge_pem *b)
{
	const uint8_t *stop = *p + *n, *from = *p, *at, *to, *whole;
	size_t line = strlen(dashes);

	while ((at = find(from, stop, begin))) {
		from = at + strlen(begin);
		to = label_end(from, stop);
		if (!to)
			continue;
		b->label = (const char *)from;
		b->label_len = (size_t)(to - from);
		to += line;
		whole = block_end(to, stop, b);
		b->whole = whole != NULL;
		b->block = at;
		if (whole)
			to = whole;
		b->len = (size_t)(to - at);
		/* Its last dashes may be the first ones of the next block. */
		*p = to - line;
		*n = (size_t)(stop - *p);
		return 1;
	}
	return 0;
}

int judge_pem_is(const struct judge_pem *b, const char *label)
{
	return b->label_len == strlen(label) &&
		memcmp(b->label, label, b->label_len) == 0;
}

/* Some kind of private key, encrypted or not. */
static int is_private(const struct judge_pem *b)
{
	size_t n = strlen(private_key);

	return b->label_len >= n &&
		memcmp(b->label + b->label_len - n, private_key, n) == 0;
}

int judge_pem_has_private(const uint8_t *p, size_t n)
{
	struct judge_pem b;

	while (judge_pem_next(&p, &n, &b))
		if (is_private(&b))
			return 1;
	return 0;
}
