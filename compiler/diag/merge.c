/*
 * The identity of findings, independent of where a run met them: merging
 * several runs without repetition, and fingerprints that survive moved lines,
 * so that SARIF and GitLab recognise a finding.
 */
#include <string.h>

#include "compiler/base/arena.h"
#include "list.h"

static uint64_t mix(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * 0x100000001b3u;
	while (*s++);
	return h;
}

/* What makes a fault the same in two runs. */
uint64_t diag_identity(const struct diag *g)
{
	struct diag_place at = diag_place(g, g->span);
	uint64_t h = 0xcbf29ce484222325u ^ g->id;

	h = (h ^ at.line) * 0x100000001b3u;
	h = (h ^ at.column) * 0x100000001b3u;
	return mix(mix(h, at.path ? at.path : ""), g->message);
}

/* Into an open-addressing set of `cap` (a power of 2): was it there? */
static int put(uint64_t *set, size_t cap, uint64_t h)
{
	size_t i = (h ^ h >> 29) & (cap - 1);

	h += !h;
	for (; set[i]; i = (i + 1) & (cap - 1))
		if (set[i] == h)
			return 1;
	set[i] = h;
	return 0;
}

static void uncount(struct diag_report *r, enum diag_level level)
{
	*(level >= DIAG_DENY                    ? &r->errors
			: level == DIAG_WARNING ? &r->warnings
						: &r->notes) -= 1;
}

struct diag_report *diag_report_merge(
	struct arena *a, struct diag_report *const *v, size_t n)
{
	struct diag_report *r = arena_alloc(a, sizeof(*r));
	size_t all = 0, cap = 16;
	uint64_t *set;

	r->arena = a;
	for (size_t i = 0; i < n; i++) {
		all += v[i]->n;
		r->left_out += v[i]->left_out;
		r->errors += v[i]->errors;
		r->warnings += v[i]->warnings;
		r->notes += v[i]->notes;
	}
	while (cap < all * 2)
		cap *= 2;
	set = arena_alloc(a, cap * sizeof(*set));
	r->v = arena_alloc(a, (all + 1) * sizeof(*r->v));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < v[i]->n; k++) {
			struct diag *g = v[i]->v[k];

			if (n > 1 && put(set, cap, diag_identity(g)))
				uncount(r, g->level);
			else
				r->v[r->n++] = g;
		}
	return r;
}

/* The line without its indentation: moving code about keeps it. */
static uint64_t mix_line(uint64_t h, const struct diag *g, uint32_t line)
{
	size_t len = 0;
	const char *s =
		source_line(diag_sources(g->owner), g->span.file, line, &len);

	while (len && (*s == ' ' || *s == '\t'))
		s++, len--;
	while (len && (unsigned char)s[len - 1] <= ' ')
		len--;
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;
	return h;
}

uint64_t *diag_fingerprints(struct arena *a, struct diag *const *v, size_t n)
{
	uint64_t *out = arena_alloc(a, (n + 1) * sizeof(*out)), *set;
	size_t cap = 16;

	while (cap < n * 2)
		cap *= 2;
	set = arena_alloc(a, cap * sizeof(*set));
	for (size_t i = 0; i < n; i++) {
		struct diag_place at = diag_place(v[i], v[i]->span);
		uint64_t h = mix(0xcbf29ce484222325u, diag_id_text(v[i]->id));

		h = mix(h, at.path ? at.path : v[i]->message);
		if (at.path)
			h = mix_line(h, v[i], at.line);
		/* The second of two equal lines is another finding. */
		while (put(set, cap, h))
			h = (h ^ 0x9e) * 0x100000001b3u;
		out[i] = h;
	}
	return out;
}
