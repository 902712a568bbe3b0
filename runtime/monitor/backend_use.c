/*
 * How clients use backends (backend_use.h).  Names are searched only if a check
 * needs one.
 */
#include "backend_use.h"

#include <stdlib.h>
#include <string.h>

#include "grammar/words.h"

int backend_use_tls(const struct tbl_backend *b, const struct backend_use *w)
{
	if (b->check == CHECK_TLS)
		return 1;
	/* HTTP: without TLS if connections are, or may be, relayed without
	 * it. */
	return b->check == CHECK_HTTP &&
		(b->profile != TBL_NONE || w->modes == 1u << MODE_PASSTHROUGH);
}

/* The name that the policy gives itself; NULL: none. */
static const char *given_name(const struct table *t, uint32_t backend)
{
	const struct tbl_backend *b = &t->backend[backend];
	uint32_t count;
	const struct tbl_extra *x =
		table_extra(t, TBL_EXTRA_CHECK_SNI, backend, &count);

	if (x)
		return table_str(t, x->value);
	if (b->sni_str)
		return table_str(t, b->sni_str);
	return b->verify_name_str ? table_str(t, b->verify_name_str) : NULL;
}

static int is_before(const char *key, size_t len, const char *than)
{
	size_t n = strlen(than);
	int order = memcmp(key, than, len < n ? len : n);

	return order < 0 || (order == 0 && len < n);
}

/* An exact name that leads to backends: it becomes theirs if it is the
 * first. */
static int consider(const struct table *t, const struct tbl_namerec *r,
	struct backend_use *w, const uint8_t *wanted)
{
	const struct tbl_list *l = &t->list[r->list];
	const char *key = table_name_key(r);
	uint32_t i, b;
	char *copy;

	for (i = l->first; i < l->first + l->count; i++) {
		b = t->action[t->clause[i].action].backend;
		if (b == TBL_NONE || !wanted[b] ||
			(w[b].sni && !is_before(key, r->len, w[b].sni)))
			continue;
		copy = strndup(key, r->len);
		if (!copy)
			return -1;
		free(w[b].sni);
		w[b].sni = copy;
	}
	return 0;
}

static int from_names(
	const struct table *t, struct backend_use *w, const uint8_t *wanted)
{
	const struct tbl_namerec *r;
	uint32_t off = 0;

	while ((r = table_name_next(t, &off)))
		if (table_name_key(r)[0] != '*' &&
			consider(t, r, w, wanted) < 0)
			return -1;
	return 0;
}

static int fill(const struct table *t, struct backend_use *w, uint8_t *wanted)
{
	uint32_t i, open = 0;
	const char *sni;

	for (i = 0; i < t->action_count; i++)
		if (t->action[i].backend != TBL_NONE)
			w[t->action[i].backend].modes |= 1u
				<< t->action[i].mode;
	for (i = 0; i < t->backend_count; i++) {
		int http = t->backend[i].check == CHECK_HTTP;

		if (!http && !backend_use_tls(&t->backend[i], &w[i]))
			continue;
		sni = given_name(t, i);
		if (!sni) {
			/* A server without TLS needs no name, except for
			 * HTTP. */
			wanted[i] = http ||
				(w[i].modes &
					(1u << MODE_PASSTHROUGH |
						1u << MODE_BRIDGE));
			open += wanted[i];
		} else if (!(w[i].sni = strdup(sni))) {
			return -1;
		}
	}
	return open ? from_names(t, w, wanted) : 0;
}

struct backend_use *backend_uses_new(const struct table *t)
{
	struct backend_use *w = calloc(t->backend_count + 1u, sizeof(*w));
	uint8_t *wanted = calloc(t->backend_count + 1u, 1);

	if (w && (!wanted || fill(t, w, wanted) < 0))
		backend_uses_free(&w, t->backend_count);
	free(wanted);
	return w;
}

void backend_uses_free(struct backend_use **w, uint32_t backends)
{
	uint32_t i;

	for (i = 0; *w && i < backends; i++)
		free((*w)[i].sni);
	free(*w);
	*w = NULL;
}
