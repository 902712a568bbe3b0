/*
 * The certificates whose files cannot be used (bad_certs.h): a line in the
 * audit log when one becomes bad and when it is good again, and the list for
 * tlsctl and --check.  What was done about them is isolate.c's.
 */
#include "bad_certs.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "load.h"
#include "master.h"
#include "refusals.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/table/table.h"

struct list {
	struct bad_cert *v;
	size_t count;
};

static struct list now; /* of the live table, by name */

const char *bad_certs_word(enum bundle_cert state)
{
	return state == BUNDLE_CERT_KEPT ? "kept" : "unserved";
}

static void add(struct list *l, const char *name, enum bundle_cert state,
	const char *why)
{
	struct bad_cert *x;

	l->v = realloc(l->v, (l->count + 1) * sizeof(*l->v));
	if (!l->v)
		abort();
	x = &l->v[l->count++];
	x->name = strdup(name);
	if (!x->name)
		abort();
	x->state = state;
	refuse_known(&x->why, why);
}

static void release(struct list *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		free(l->v[i].name);
	free(l->v);
	*l = (struct list){NULL, 0};
}

static int by_name(const void *a, const void *b)
{
	const struct bad_cert *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static struct list list_of(const struct loaded *l)
{
	const struct table *t = &l->view->table;
	struct list bad = {NULL, 0};
	char why[640];
	uint32_t i;

	for (i = 0; l->view->bundle && i < t->cert_count; i++) {
		enum bundle_cert state =
			bundle_cert_state(l->view->bundle, i, why, sizeof(why));

		if (state != BUNDLE_CERT_FRESH)
			add(&bad, table_str(t, t->cert[i].name_str), state,
				why);
	}
	if (bad.count)
		qsort(bad.v, bad.count, sizeof(*bad.v), by_name);
	return bad;
}

static const struct bad_cert *find(
	const struct list *l, const struct bad_cert *x)
{
	return l->count ? bsearch(x, l->v, l->count, sizeof(*l->v), by_name)
			: NULL;
}

static int is_same(const struct bad_cert *a, const struct bad_cert *b)
{
	return a->state == b->state && strcmp(a->why.id, b->why.id) == 0 &&
		strcmp(a->why.text, b->why.text) == 0;
}

/* One that the table does not have any more is not good. */
static int has_cert(const struct table *t, const char *name)
{
	uint32_t i;

	for (i = 0; i < t->cert_count; i++)
		if (strcmp(table_str(t, t->cert[i].name_str), name) == 0)
			return 1;
	return 0;
}

static void tell(
	const struct table *t, const struct list *old, const struct list *new)
{
	const struct bad_cert *x;
	size_t i;

	for (i = 0; i < new->count; i++) {
		x = find(old, &new->v[i]);
		if (x && is_same(x, &new->v[i]))
			continue;
		x = &new->v[i];
		event_audit(EVENT_ERROR, "certificate-bad", "certificate",
			x->name, "state", bad_certs_word(x->state), "id",
			x->why.id, "reason", x->why.text, NULL);
	}
	for (i = 0; i < old->count; i++)
		if (!find(new, &old->v[i]) && has_cert(t, old->v[i].name))
			event_audit(EVENT_NOTICE, "certificate-good",
				"certificate", old->v[i].name, NULL);
}

void bad_certs_tell(struct master *m)
{
	struct list new = list_of(m->live);

	tell(&m->live->view->table, &now, &new);
	release(&now);
	now = new;
	m->bad_certs = now.count;
	refusals_count(m);
}

const struct bad_cert *bad_certs_now(size_t *n)
{
	*n = now.count;
	return now.v;
}

void bad_certs_forget(void)
{
	release(&now);
}

int bad_certs_print(const struct loaded *l)
{
	struct list bad = list_of(l);
	int status = 0;
	size_t i;

	for (i = 0; i < bad.count; i++)
		status |= check_print(&bad.v[i].why);
	release(&bad);
	return status;
}
