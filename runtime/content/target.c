/*
 * Where a request goes once its clause is known: one of a split's backends, by
 * weight or by cookie; and whether it may come by this connection at all.
 */
#include "runtime/content/content.h"

#include <stdio.h>
#include <string.h>

#include "runtime/table/siphash.h"

void content_token(const struct table *t, uint32_t backend,
	char out[CONTENT_TOKEN_LEN + 1])
{
	/* Not a secret: whoever knows the name may know the token. */
	static const uint64_t key[2] = {0x7469637320796b63, 0x656b6f6f63};
	const char *name = table_str(t, t->backend[backend].name_str);

	snprintf(out, CONTENT_TOKEN_LEN + 1, "%016llx",
		(unsigned long long)siphash13(key, name, strlen(name)));
}

static uint32_t by_weight(
	const struct table *t, const struct tbl_caction *a, uint32_t random)
{
	const struct tbl_split *p = t->split + a->split_first;
	uint64_t total = 0, at;
	uint32_t i;

	for (i = 0; i < a->split_count; i++)
		total += p[i].weight;
	at = random * total >> 32;
	for (i = 0; at >= p[i].weight; i++)
		at -= p[i].weight;
	return p[i].backend;
}

uint32_t content_split(const struct table *t, uint32_t action,
	struct http_slice cookie, uint32_t random, int *told)
{
	const struct tbl_caction *a = &t->caction[action];
	char token[CONTENT_TOKEN_LEN + 1];
	uint32_t i;

	*told = 0;
	for (i = 0; a->sticky_str && cookie.n == CONTENT_TOKEN_LEN &&
		i < a->split_count;
		i++) {
		uint32_t backend = t->split[a->split_first + i].backend;

		content_token(t, backend, token);
		if (!memcmp(cookie.at, token, CONTENT_TOKEN_LEN)) {
			*told = 1;
			return backend;
		}
	}
	return by_weight(t, a, random);
}

uint32_t content_backend(const struct table *t, uint32_t action,
	const struct http_head *head, uint32_t random, int *told)
{
	const char *name = table_str(t, t->caction[action].sticky_str);
	struct http_slice cookie = {NULL, 0};

	if (*name)
		cookie = content_cookie(
			head, (struct http_slice){name, strlen(name)});
	return content_split(t, action, cookie, random, told);
}

/* Digits and dots only: an IPv4 address, in whatever spelling. */
static int is_address(struct http_slice s)
{
	size_t i;

	if (s.n && *s.at == '[')
		return 1;
	for (i = 0; i < s.n; i++)
		if (s.at[i] != '.' && (s.at[i] < '0' || s.at[i] > '9'))
			return 0;
	return s.n > 0;
}

int content_host_query(const struct route_query *hello,
	const struct http_head *head, struct route_query *out)
{
	struct http_slice name = http_slice(head, head->host_name);

	*out = *hello;
	if (is_address(name)) {
		out->sni_kind = ROUTE_SNI_NONE;
		return 0;
	}
	/* The root's dot is no part of the name (RFC 6066 3). */
	if (name.n && name.at[name.n - 1] == '.')
		name.n--;
	if (!name.n || name.n > TBL_NAME_MAX)
		return -1;
	out->sni_kind = ROUTE_SNI_NAME;
	out->sni = name.at;
	out->sni_len = (uint8_t)name.n;
	return 0;
}

int content_host_fits(const struct table *t, const struct route_query *hello,
	uint32_t action, const struct http_head *head)
{
	struct route_query q;
	struct route_decision d;

	if (!head->has_host)
		return 1;
	if (content_host_query(hello, head, &q) < 0)
		return 0;
	route_decide(t, &q, &d, NULL, NULL);
	return d.action == action;
}
