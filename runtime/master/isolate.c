/*
 * One bad certificate does not stop the others (isolate.h; called by files.c).
 * A certificate is bad if its chain or key is missing or damaged, if they do
 * not belong together, or if it may not follow the one in use (renew_fits.h).
 * It then stays at its last good version: of the generation in use, or, after a
 * restart, of the state directory, where only chains are kept (kept_chains.h),
 * so that its key must still be the one on disk.  Without one that fits, it is
 * not served.  Files of CAs and CRLs are never isolated: they decide who is
 * trusted.
 */
#include "isolate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certs.h"
#include "grammar/words.h"
#include "kept_chains.h"
#include "load.h"
#include "options.h"
#include "refuse.h"
#include "renew_fits.h"
#include "runtime/common/bundle.h"
#include "runtime/common/bundle_make.h"
#include "runtime/common/event.h"
#include "runtime/common/generation.h"
#include "runtime/tls/certificate.h"

/* What is known of one certificate. */
struct cert_verdict {
	char *why;    /* NULL: good */
	uint8_t bare; /* only its staple or its SCTs are missing */
	enum bundle_cert state;
};

struct isolate {
	const struct table *t;
	const struct options *options;
	struct bundle_files *files;
	const struct loaded *live; /* or NULL */
	int renewal;               /* of the same table */
	struct bundle *keys;       /* of live, with private keys; or NULL */
	uint32_t *by_name;         /* certificates of live; or NULL */
	struct cert_verdict *verdict;
	uint32_t bad, unserved;
};

static void condemn(void *arg, uint32_t i, const char *why)
{
	struct isolate *s = arg;
	struct cert_verdict *v = &s->verdict[i];

	if (v->why)
		return;
	v->why = strdup(why);
	if (!v->why)
		abort();
	s->bad++;
}

/* ---- which are bad ---- */

static int by_path(const void *key, const void *x)
{
	return strcmp(key, ((const struct bundle_fault *)x)->path);
}

/* 1: there is a fault of this file. */
static int look_at_file(struct isolate *s, uint32_t i, uint32_t str)
{
	const struct bundle_files *f = s->files;
	const struct bundle_fault *x = bsearch(table_str(s->t, str), f->fault,
		f->faults, sizeof(*f->fault), by_path);
	char text[600];

	if (!x)
		return 0;
	snprintf(text, sizeof(text), "%s%s",
		strncmp(x->text, "TC", 2) == 0 ? "" : "TC0422: ", x->text);
	condemn(s, i, text);
	return 1;
}

static void look_at_files(struct isolate *s)
{
	uint32_t i;

	for (i = 0; s->files->faults && i < s->t->cert_count; i++) {
		const struct tbl_cert *c = &s->t->cert[i];
		int bad = look_at_file(s, i, c->chain_str) |
			look_at_file(s, i, c->key_str);
		int bare = look_at_file(s, i, c->sct_str);

		if (c->staple == STAPLE_FILE)
			bare |= look_at_file(s, i, c->staple_str);
		s->verdict[i].bare = !bad && bare;
	}
}

static void look_at_renewed(struct isolate *s, const struct bundle *fresh)
{
	struct refusal why;
	char text[640];
	uint32_t i;

	for (i = 0; s->renewal && i < s->t->cert_count; i++) {
		if (s->verdict[i].why ||
			renew_fits_cert(s->t, s->live->view->bundle, fresh, i,
				&why) == 0)
			continue;
		snprintf(text, sizeof(text), "%s: %s", why.id, why.text);
		condemn(s, i, text);
	}
}

/* What has been collected so far. */
static struct bundle *so_far(const struct isolate *s, char *err, size_t n)
{
	int fd = bundle_seal(s->files, err, n);
	struct bundle *b = fd < 0 ? NULL : bundle_map(fd, err, n);

	if (fd >= 0)
		close(fd);
	return b;
}

static int find_bad(struct isolate *s, char *err, size_t n)
{
	struct bundle *fresh = so_far(s, err, n);
	int r;

	if (!fresh)
		return -1;
	look_at_files(s);
	r = certs_check_each(s->t, fresh,
		s->options->check ? CERTS_ALL : CERTS_FIRST, condemn, s, err,
		n);
	if (r == 0)
		look_at_renewed(s, fresh);
	bundle_unmap(&fresh);
	return r;
}

/* ---- what stays ---- */

static const char *name_of(const struct table *t, uint32_t i)
{
	return table_str(t, t->cert[i].name_str);
}

static int name_order(const void *a, const void *b, void *t)
{
	return strcmp(name_of(t, *(const uint32_t *)a),
		name_of(t, *(const uint32_t *)b));
}

/* Certificate i's place in the table in use; TBL_NONE: it has none. */
static uint32_t in_use(struct isolate *s, uint32_t i)
{
	struct table *t = &s->live->view->table;
	uint32_t low = 0, high = t->cert_count, k;

	if (s->renewal)
		return i;
	if (!s->by_name) {
		s->by_name = calloc(high + 1u, sizeof(*s->by_name));
		if (!s->by_name)
			abort();
		for (k = 0; k < high; k++)
			s->by_name[k] = k;
		qsort_r(s->by_name, high, sizeof(*s->by_name), name_order, t);
	}
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int c = strcmp(name_of(s->t, i), name_of(t, s->by_name[mid]));

		if (c == 0)
			return s->by_name[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return TBL_NONE;
}

static int same_text(const struct isolate *s, uint32_t mine, uint32_t theirs)
{
	return strcmp(table_str(s->t, mine),
		       table_str(&s->live->view->table, theirs)) == 0;
}

static void add_kept(struct isolate *s, uint32_t i, const char *path,
	const uint8_t *data, size_t len)
{
	char name[4200];

	snprintf(name, sizeof(name), BUNDLE_KEPT "%u:%s", (unsigned)i, path);
	bundle_add(s->files, name, data, len);
}

static void keep_file(struct isolate *s, uint32_t i, uint32_t j, uint32_t str)
{
	const char *path = table_str(s->t, str);
	const uint8_t *data;
	size_t len;

	if (*path && bundle_cert_get(s->keys, j, path, &data, &len) == 0)
		add_kept(s, i, path, data, len);
}

static void keep_key(struct isolate *s, uint32_t i, uint32_t j)
{
	const char *path = table_str(s->t, s->t->cert[i].key_str);
	const uint8_t *data;
	char name[4200];
	size_t len;

	snprintf(name, sizeof(name), BUNDLE_KEPT "%u:%s", (unsigned)i, path);
	if (bundle_cert_get_key(s->keys, j, path, &data, &len) == 0)
		bundle_add_key(s->files, name, data, len);
}

/* The version in use of the certificate with the same name and files. */
static int keep_used(struct isolate *s, uint32_t i)
{
	const struct tbl_cert *c = &s->t->cert[i], *old;
	uint32_t j = s->keys ? in_use(s, i) : TBL_NONE;

	if (j == TBL_NONE)
		return 0;
	old = &s->live->view->table.cert[j];
	if (!same_text(s, c->chain_str, old->chain_str) ||
		!same_text(s, c->key_str, old->key_str) ||
		bundle_cert_state(s->keys, j, NULL, 0) == BUNDLE_CERT_UNSERVED)
		return 0;
	keep_file(s, i, j, c->chain_str);
	if (same_text(s, c->sct_str, old->sct_str))
		keep_file(s, i, j, c->sct_str);
	if (c->staple == STAPLE_FILE && old->staple == STAPLE_FILE &&
		same_text(s, c->staple_str, old->staple_str))
		keep_file(s, i, j, c->staple_str);
	keep_key(s, i, j);
	return 1;
}

/* The chain of the time before a restart. */
static int keep_saved(struct isolate *s, uint32_t i)
{
	const char *path = table_str(s->t, s->t->cert[i].chain_str);
	uint8_t *data;
	size_t len;

	data = kept_chains_read(s->options, name_of(s->t, i), path, &len);
	if (!data)
		return 0;
	add_kept(s, i, path, data, len);
	free(data);
	return 1;
}

static void mark(struct isolate *s, const char *what, uint32_t i)
{
	const char *why = s->verdict[i].why;
	char name[32];

	snprintf(name, sizeof(name), "%s%u", what, (unsigned)i);
	bundle_add(s->files, name, why, strlen(why));
}

static void drop(void *arg, uint32_t i, const char *why)
{
	struct isolate *s = arg;
	struct cert_verdict *v = &s->verdict[i];

	/* What was good a moment ago is found out at the next change. */
	if (!v->why || v->state == BUNDLE_CERT_UNSERVED)
		return;
	v->state = BUNDLE_CERT_UNSERVED;
	s->unserved++;
	mark(s, BUNDLE_UNSERVED, i);
}

static void keep(struct isolate *s, uint32_t i)
{
	struct cert_verdict *v = &s->verdict[i];

	v->state = BUNDLE_CERT_KEPT;
	if (keep_used(s, i) || (!v->bare && !s->live && keep_saved(s, i))) {
		mark(s, BUNDLE_KEPT, i);
	} else if (v->bare && !s->options->check) { /* better than nothing */
		v->state = BUNDLE_CERT_FRESH;
		s->bad--;
		event_log(EVENT_WARNING, "certificate-incomplete",
			"certificate", name_of(s->t, i), "reason", v->why,
			NULL);
	} else {
		drop(s, i, NULL);
	}
}

/* ---- does it fit ---- */

static const char *sample(const char *pattern, char out[260])
{
	const char *rest = pattern;

	while (*rest == '*')
		rest++;
	snprintf(out, 260, "%s%s", rest == pattern ? "" : "a", rest);
	return out;
}

/* An old version may lack what the table wants of the new one. */
static int covers(const struct isolate *s, const struct bundle *b, uint32_t i)
{
	const struct tbl_cert *c = &s->t->cert[i];
	struct certificate *x;
	char err[300], name[260];
	int all = 1;
	uint32_t k;

	x = certificate_load(s->t, b, i, &certificate_no_key, err, sizeof(err));
	for (k = 0; x && k < c->covers_count; k++)
		all &= certificate_match(x,
			       sample(table_str(s->t,
					      s->t->covers[c->covers_first +
						      k]),
				       name)) != CERT_MATCH_NONE;
	all &= x != NULL;
	certificate_free(&x);
	return all;
}

/* Those that are kept are checked as any others. */
static int check_kept(struct isolate *s, char *err, size_t n)
{
	struct bundle *b = so_far(s, err, n);
	uint32_t i;
	int r;

	if (!b)
		return -1;
	r = certs_check_each(s->t, b, CERTS_FIRST, drop, s, err, n);
	for (i = 0; r == 0 && !s->renewal && i < s->t->cert_count; i++)
		if (s->verdict[i].state == BUNDLE_CERT_KEPT && !covers(s, b, i))
			drop(s, i, NULL);
	bundle_unmap(&b);
	return r;
}

/* ---- all of it ---- */

/* It may be half of a change: the first that was not bad in the same way
 * before. */
static void doubt(const struct isolate *s, struct loaded *l)
{
	char old[640];
	uint32_t i;

	for (i = 0; s->renewal && i < s->t->cert_count; i++) {
		if (!s->verdict[i].why)
			continue;
		old[0] = 0;
		bundle_cert_state(s->live->view->bundle, i, old, sizeof(old));
		if (strcmp(old, s->verdict[i].why) == 0)
			continue;
		refuse_known(&l->doubt, s->verdict[i].why);
		return;
	}
}

static int keep_bad(struct isolate *s, struct loaded *l, struct refusal *why)
{
	char err[600] = "";
	uint32_t i, first = 0;

	while (!s->verdict[first].why)
		first++;
	doubt(s, l);
	for (i = 0; i < s->t->cert_count; i++)
		if (s->verdict[i].why)
			keep(s, i);
	if (s->bad && check_kept(s, err, sizeof(err)) < 0) {
		refuse(why, "", "%s", err);
		return -1;
	}
	/* Nothing is left that could be isolated from it.  --check reports
	 * all. */
	if (!s->options->check &&
		(s->unserved == s->t->cert_count ||
			(s->renewal && s->bad == s->t->cert_count))) {
		refuse_known(why, s->verdict[first].why);
		return -1;
	}
	return 0;
}

static void release(struct isolate *s)
{
	uint32_t i;

	for (i = 0; i < s->t->cert_count; i++)
		free(s->verdict[i].why);
	free(s->verdict);
	free(s->by_name);
	bundle_unmap(&s->keys);
}

int isolate_bad(struct loaded *l, struct bundle_files *files,
	const struct loaded *live, const struct options *o, struct refusal *why)
{
	struct isolate s = {.t = &l->view->table,
		.options = o,
		.files = files,
		.live = live,
		.renewal = live && strcmp(live->root, l->root) == 0};
	char err[600] = "";
	int r;

	s.verdict = calloc(s.t->cert_count + 1u, sizeof(*s.verdict));
	if (!s.verdict)
		abort();
	if (live)
		s.keys = bundle_map(
			live->keys_fd >= 0 ? live->keys_fd : live->bundle_fd,
			err, sizeof(err));
	r = find_bad(&s, err, sizeof(err));
	if (r < 0)
		refuse(why, "", "%s", err);
	else if (s.bad)
		r = keep_bad(&s, l, why);
	release(&s);
	return r;
}
