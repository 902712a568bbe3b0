/*
 * Segments of the network, for dump: as policy text and as JSON.
 */
#include "dump_segment.h"

#include <string.h>

#include "compiler/base/prefix.h"
#include "compiler/base/segment.h"
#include "grammar/words.h"
#include "dump_word.h"

static void segment(FILE *f, const struct m_segment *s)
{
	char text[64];
	size_t i;

	fputs("segment ", f);
	dump_name(f, s->name.text);
	fputs(" = { ", f);
	for (i = 0; i < s->prefixes.n; i++)
		fprintf(f, "%s%s", i ? ", " : "",
			prefix_text(&s->prefixes.v[i], text));
	fprintf(f, "%s} link %s", s->prefixes.n ? " " : "",
		words_text(words_link, s->link));
	if (s->note) {
		putc(' ', f);
		dump_string(f, s->note, strlen(s->note));
	}
	fputs(";\n", f);
}

void dump_segments(FILE *f, const struct model *m)
{
	size_t i;

	if (m->segments.n)
		putc('\n', f);
	for (i = 0; i < m->segments.n; i++)
		segment(f, &m->segments.v[i]);
}

void dump_json_segments(struct json *j)
{
	char text[64];
	size_t i, k;

	dump_json_key(j, "segments");
	dump_json_open(j, '[');
	for (i = 0; i < j->m->segments.n; i++) {
		const struct m_segment *s = &j->m->segments.v[i];

		dump_json_item(j);
		dump_json_open(j, '{');
		dump_json_text(j, "name", s->name.text);
		dump_json_text(j, "link", words_text(words_link, s->link));
		dump_json_truth(j, "encrypted", segment_encrypts(s));
		dump_json_text(j, "note", s->note);
		dump_json_key(j, "prefixes");
		dump_json_open(j, '[');
		for (k = 0; k < s->prefixes.n; k++) {
			dump_json_item(j);
			fprintf(j->f, "\"%s\"",
				prefix_text(&s->prefixes.v[k], text));
		}
		dump_json_close(j, ']');
		dump_json_close(j, '}');
	}
	dump_json_close(j, ']');
}
