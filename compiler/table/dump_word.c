/*
 * Words of the policy language, as dump writes them: names and strings with
 * their quotes, values with their units, guards and actions.
 */
#include "dump_word.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "compiler/base/prefix.h"
#include "compiler/base/shown.h"
#include "grammar/table.h"
#include "grammar/words.h"

static void put_plain(FILE *f, char c)
{
	int bad = ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;

	putc(bad ? '?' : c, f);
}

void dump_plain(FILE *f, const char *s)
{
	for (s = shown_text(s); *s; s++)
		put_plain(f, *s);
}

void dump_string(FILE *f, const char *s, size_t len)
{
	putc('"', f);
	for (; len; s++, len--) {
		if (*s == '"' || *s == '\\')
			putc('\\', f);
		put_plain(f, *s);
	}
	putc('"', f);
}

/* Every keyword is also a name, so that only the letters matter. */
void dump_name(FILE *f, const char *name)
{
	const char *p = name;

	if (isalpha((unsigned char)*p))
		while (isalnum((unsigned char)*p) || *p == '_' ||
			(*p == '-' && isalnum((unsigned char)p[1])))
			p++;
	if (*p || p == name)
		dump_string(f, name, strlen(name));
	else
		fputs(name, f);
}

void dump_duration(FILE *f, uint32_t ms)
{
	if (ms % 60000 == 0 && ms)
		fprintf(f, "%um", ms / 60000);
	else if (ms % 1000 == 0)
		fprintf(f, "%us", ms / 1000);
	else
		fprintf(f, "%ums", ms);
}

void dump_size(FILE *f, uint64_t octets)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB"};
	unsigned i = 0;

	while (i < 3 && octets && octets % 1024 == 0) {
		octets /= 1024;
		i++;
	}
	fprintf(f, "%llu%s", (unsigned long long)octets, units[i]);
}

void dump_endpoint(FILE *f, unsigned family, const uint8_t addr[16],
	unsigned port, const char *host)
{
	char text[INET6_ADDRSTRLEN];

	switch (family) {
	case TBL_UNIX:
		fputs("unix:\"", f);
		dump_plain(f, host ? host : "");
		putc('"', f);
		return;
	case TBL_HOST:
		dump_plain(f, host ? host : "");
		fprintf(f, ":%u", port);
		return;
	case TBL_V4:
		inet_ntop(AF_INET, addr, text, sizeof(text));
		fprintf(f, "%s:%u", text, port);
		return;
	default:
		inet_ntop(AF_INET6, addr, text, sizeof(text));
		fprintf(f, "[%s]:%u", text, port);
	}
}

static void and (FILE * f, unsigned *terms)
{
	fputs((*terms)++ ? " and " : " ", f);
}

static void source(FILE *f, const struct model *m, const struct m_clause *c,
	unsigned *terms)
{
	const struct m_set *s;
	char buf[64];
	size_t i;

	if (c->src_test == TBL_SRC_ANY)
		return;
	s = &m->sets.v[c->set];
	and(f, terms);
	fprintf(f, "%ssource in ", c->src_test == TBL_SRC_NOT_IN ? "not " : "");
	if (s->prefixes.n == 1) {
		fputs(prefix_text(s->prefixes.v, buf), f);
		return;
	}
	fputs("{", f);
	for (i = 0; i < s->prefixes.n; i++)
		fprintf(f, "%s%s", i ? ", " : " ",
			prefix_text(&s->prefixes.v[i], buf));
	fputs(" }", f);
}

static void alpn(FILE *f, const struct model *m, uint64_t mask,
	const char * not, unsigned *terms)
{
	size_t i;

	for (i = 0; i < m->alpns.n; i++) {
		if (!(mask >> i & 1))
			continue;
		and(f, terms);
		fprintf(f, "%salpn has ", not );
		dump_string(f, m->alpns.v[i], strlen(m->alpns.v[i]));
	}
}

/* The classes are 1.0, 1.1, 1.2, 1.3 and unknown; ">=" and "<=" do not hold
 * for unknown. */
static void tls(FILE *f, uint8_t mask, unsigned *terms)
{
	unsigned i;

	if (mask == TLSV_ALL)
		return;
	for (i = 0; i < WORDS_TLS; i++) {
		uint8_t upto = (uint8_t)((1 << (i + 1)) - 1);

		if (mask != words_tls[i].bit && mask != (0x0f & ~(upto >> 1)) &&
			mask != (0x0f & upto))
			continue;
		and(f, terms);
		fprintf(f, "tls %s %s",
			mask == words_tls[i].bit                ? "is"
				: mask == (0x0f & ~(upto >> 1)) ? ">="
								: "<=",
			words_tls[i].word);
		return;
	}
	for (i = 0; i < WORDS_TLS; i++) {
		if (mask & words_tls[i].bit)
			continue;
		and(f, terms);
		fprintf(f, "not tls is %s", words_tls[i].word);
	}
}

unsigned dump_guard(FILE *f, const struct model *m, const struct m_clause *c)
{
	unsigned terms = 0;

	source(f, m, c, &terms);
	alpn(f, m, c->alpn_need, "", &terms);
	alpn(f, m, c->alpn_deny, "not ", &terms);
	tls(f, c->tls_mask, &terms);
	return terms;
}

/* Without quotes `site` is not a backend's name here. */
static void put_target(FILE *f, const char *name)
{
	if (strcmp(name, "site") != 0)
		dump_name(f, name);
	else
		dump_string(f, name, strlen(name));
}

void dump_action(FILE *f, const struct model *m, const struct m_action *a)
{
	fputs(words_text(words_mode, a->mode), f);
	if (a->site != MODEL_NONE) {
		fputs(" to site ", f);
		dump_name(f, m->sites.v[a->site].name.text);
	} else if (a->backend == MODEL_NONE) {
		fprintf(f, " %s", words_text(words_reject, a->reject));
	} else {
		fputs(" to ", f);
		put_target(f, m->backends.v[a->backend].name.text);
	}
}

static int by_list(const void *x, const void *y, void *arg)
{
	const struct model *m = arg;
	const struct m_pattern *a = &m->patterns.v[*(const uint32_t *)x];
	const struct m_pattern *b = &m->patterns.v[*(const uint32_t *)y];
	int d;

	if (a->list != b->list)
		return a->list < b->list ? -1 : 1;
	d = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);
	return d ? d : a->len - b->len;
}

/* A table has its names in the order of its index, which tells nobody
 * anything. */
const uint32_t *dump_order(const struct model *m, const struct m_frontend *fe)
{
	uint32_t i,
		*order = arena_alloc(
			m->arena, fe->pattern_count * sizeof(*order) + 1);

	for (i = 0; i < fe->pattern_count; i++)
		order[i] = fe->pattern_first + i;
	qsort_r(order, fe->pattern_count, sizeof(*order), by_list, (void *)m);
	return order;
}
