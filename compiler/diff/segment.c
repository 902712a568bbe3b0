/*
 * What the policy claims about the network: nothing proves it, and lints and
 * assertions believe it.
 */
#include <ctype.h>
#include <string.h>

#include "compiler/base/prefix.h"
#include "compiler/base/segment.h"
#include "priv.h"

static const struct m_segment *find(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->segments.n; i++)
		if (strcmp(m->segments.v[i].name.text, name) == 0)
			return &m->segments.v[i];
	return NULL;
}

/* "10.40.0.0/16, 2001:db8::/48 link ipsec \"tunnel 7\"" */
static const char *said(struct differ *d, const struct m_segment *s)
{
	struct listed l = diff_listed(d, 4);
	const char *networks;
	char text[64];

	if (!s)
		return NULL;
	for (size_t i = 0; i < s->prefixes.n; i++)
		diff_listed_add(&l,
			arena_printf(d->a, "%s",
				prefix_text(&s->prefixes.v[i], text)));
	networks = diff_listed_end(&l);
	return arena_printf(d->a, "%s link %s%s%s%s",
		networks ? networks : "{ }", words_text(words_link, s->link),
		s->note ? " \"" : "", s->note ? s->note : "",
		s->note ? "\"" : "");
}

/* The network is called encrypted by some segment of the policy. */
static int encrypted(const struct model *m, const struct m_prefix *p)
{
	const struct m_segment *best = NULL;
	unsigned len = 0;

	for (size_t i = 0; i < m->segments.n; i++)
		for (size_t k = 0; k < m->segments.v[i].prefixes.n; k++) {
			const struct m_prefix *in =
				&m->segments.v[i].prefixes.v[k];

			if (!prefix_contains(in, p) || (best && in->len <= len))
				continue;
			best = &m->segments.v[i];
			len = in->len;
		}
	return best && segment_encrypts(best);
}

static int same_networks(const struct m_segment *a, const struct m_segment *b)
{
	if (!a || !b || a->prefixes.n != b->prefixes.n)
		return 0;
	for (size_t i = 0; i < a->prefixes.n; i++)
		if (prefix_cmp(&a->prefixes.v[i], &b->prefixes.v[i]) != 0)
			return 0;
	return 1;
}

/* But for the note, on which no assertion rests. */
static int alike(const struct m_segment *a, const struct m_segment *b)
{
	return a && b && same_networks(a, b) && a->link == b->link;
}

/* Something of the new one was not called encrypted before. */
static int claims_more(const struct differ *d, const struct m_segment *s)
{
	for (size_t i = 0; s && segment_encrypts(s) && i < s->prefixes.n; i++)
		if (!encrypted(d->m[0], &s->prefixes.v[i]))
			return 1;
	return 0;
}

/* What one that is gone or smaller took out of an encrypted one is so again. */
static int uncovers(const struct differ *d, const struct m_segment *s)
{
	for (size_t i = 0; s && !segment_encrypts(s) && i < s->prefixes.n; i++)
		if (encrypted(d->m[1], &s->prefixes.v[i]))
			return 1;
	return 0;
}

/* Does the word follow `before` somewhere in the text? */
static int has_word(const char *text, const char *before, const char *word)
{
	size_t n = strlen(word), m = strlen(before);

	for (; (text = strstr(text, before)); text += m) {
		const char *at = text + m;

		if (strncmp(at, word, n) == 0 &&
			!isalnum((unsigned char)at[n]) &&
			(!at[n] || !strchr("-._", at[n])))
			return 1;
	}
	return 0;
}

/* Does an assertion rest on the segment of that name, or on how segments are
 * linked?  Its text does not spell out what the segment is. */
static int asserted(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->texts.n; i++) {
		const char *text = m->texts.v[i].text;

		if (m->texts.v[i].kind != 2)
			continue;
		if (strstr(text, "link is ") ||
			(name &&
				(has_word(text, "segment ", name) ||
					has_word(text, "segment \"", name))))
			return 1;
	}
	return 0;
}

static void segment(struct differ *d, const struct m_segment *old,
	const struct m_segment *new_)
{
	const char *name = old ? old->name.text : new_->name.text;
	const char *moved = same_networks(old, new_) ? NULL : name;
	const char *why = NULL;

	if (alike(old, new_) && diff_text_same(old->note, new_->note))
		return;
	if (claims_more(d, new_) || uncovers(d, old))
		why = "more of the network is called encrypted";
	else if (!alike(old, new_) &&
		(asserted(d->m[0], moved) || asserted(d->m[1], moved)))
		why = "an assertion depends on it";
	else if (old && new_ && segment_encrypts(new_) &&
		!diff_text_same(old->note, new_->note))
		why = "something else is said to encrypt it";
	diff_item(d, WEAKEN_SEGMENT, name, said(d, old), said(d, new_), why);
}

void diff_segments(struct differ *d)
{
	const struct model *a = d->m[0], *b = d->m[1];

	for (size_t i = 0; i < a->segments.n; i++)
		segment(d, &a->segments.v[i],
			find(b, a->segments.v[i].name.text));
	for (size_t i = 0; i < b->segments.n; i++)
		if (!find(a, b->segments.v[i].name.text))
			segment(d, NULL, &b->segments.v[i]);
}
