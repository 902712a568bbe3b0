/*
 * The text of the state file (state_file.h):
 *
 *	tlsd state 1
 *	serial 8 ROOT
 *	crl PATH ISSUER SCOPE KEY DELTA NUMBER THISUPDATE NAME
 *	end SHA-256 of all octets before this line
 *
 * PATH to KEY are ids in hexadecimal; so is NUMBER, unless it is "-".  NAME is
 * for people and extends to the end of the line.
 */
#include "state_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "runtime/judge/crl_mark.h"
#include "runtime/table/hex.h"

#define HEAD "tlsd state 1\n"
#define SHA256 32

/* ---- reading ---- */

/* n octets at *p, and the character after them.  0, or -1. */
static int take_hex(const char **p, uint8_t *out, size_t n, char after)
{
	size_t i;

	for (i = 0; i < n; i++) {
		int high = hex_value((*p)[0]);
		int low = high < 0 ? -1 : hex_value((*p)[1]);

		if (low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
		*p += 2;
	}
	return *(*p)++ == after ? 0 : -1;
}

static int take_serial(struct state *s, const char *p)
{
	uint8_t unused[SHA256];
	const char *root;
	char *end;

	errno = 0;
	s->serial = strtoull(p, &end, 10);
	if (errno || end == p || *p == '-' || *end != ' ')
		return -1;
	root = ++end;
	p = root;
	if (take_hex(&p, unused, sizeof(unused), 0) < 0)
		return -1;
	memcpy(s->root, root, sizeof(s->root));
	return 0;
}

/* "-" for none. */
static int take_number(const char **p, struct judge_crl_mark *m)
{
	size_t len = strcspn(*p, " ");

	if (len == 1 && **p == '-') {
		*p += 2;
		return (*p)[-1] == ' ' ? 0 : -1;
	}
	m->number_len = (unsigned)(len / 2);
	if (len == 0 || len % 2 || m->number_len > sizeof(m->number))
		return -1;
	return take_hex(p, m->number, m->number_len, ' ');
}

static int take_crl(struct state *s, const char *p)
{
	struct state_crl *c = state_add(s);
	struct judge_crl_mark *m = &c->mark;
	char *end;

	if (take_hex(&p, c->path, sizeof(c->path), ' ') < 0 ||
		take_hex(&p, m->issuer, sizeof(m->issuer), ' ') < 0 ||
		take_hex(&p, m->scope, sizeof(m->scope), ' ') < 0 ||
		take_hex(&p, m->key, sizeof(m->key), ' ') < 0 ||
		(*p != '0' && *p != '1') || p[1] != ' ')
		return -1;
	m->delta = *p == '1';
	p += 2;
	if (take_number(&p, m) < 0)
		return -1;
	errno = 0;
	m->from = strtoll(p, &end, 10);
	if (errno || end == p || *end != ' ' ||
		strlen(end + 1) >= sizeof(m->name))
		return -1;
	strcpy(m->name, end + 1);
	return 0;
}

/* One line without its end.  0, or -1 if it is not one of ours. */
static int take_line(struct state *s, const char *line)
{
	if (strncmp(line, "serial ", 7) == 0)
		return take_serial(s, line + 7);
	if (strncmp(line, "crl ", 4) == 0)
		return take_crl(s, line + 4);
	return -1;
}

static int hash(const char *text, size_t len, char out[2 * SHA256 + 1])
{
	uint8_t raw[SHA256];

	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text, len, raw) < 0)
		return -1;
	hex_text(out, raw, SHA256);
	return 0;
}

/* The length of the last line; its hash covers everything before it. */
#define END_LEN (4 + 2 * SHA256 + 1)

static int is_whole(const char *text, size_t len)
{
	char sum[2 * SHA256 + 1];
	const char *end;

	if (len < strlen(HEAD) + END_LEN ||
		memcmp(text, HEAD, strlen(HEAD)) != 0)
		return 0;
	end = text + len - END_LEN;
	return strncmp(end, "end ", 4) == 0 && text[len - 1] == '\n' &&
		hash(text, len - END_LEN, sum) == 0 &&
		memcmp(end + 4, sum, 2 * SHA256) == 0;
}

int state_text_parse(struct state *s, char *text, size_t len)
{
	char *p = text + strlen(HEAD), *end, *newline;
	int good = is_whole(text, len);

	memset(s, 0, sizeof(*s));
	end = good ? text + len - END_LEN : p;
	for (; good && p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (newline)
			*newline = 0;
		good = newline && take_line(s, p) == 0;
	}
	if (good)
		return 0;
	state_free(s);
	return -1;
}

/* ---- writing ---- */

_Static_assert(
	2 * JUDGE_CRL_ID < HEX_SHA256 && 2 * JUDGE_CRL_NUMBER < HEX_SHA256,
	"put_hex");

static void put_hex(FILE *f, const uint8_t *p, size_t n)
{
	char digits[HEX_SHA256];

	fprintf(f, "%s ", hex_text(digits, p, n));
}

static void put_crl(FILE *f, const struct state_crl *c)
{
	const struct judge_crl_mark *m = &c->mark;

	fputs("crl ", f);
	put_hex(f, c->path, sizeof(c->path));
	put_hex(f, m->issuer, sizeof(m->issuer));
	put_hex(f, m->scope, sizeof(m->scope));
	put_hex(f, m->key, sizeof(m->key));
	fprintf(f, "%d ", m->delta);
	if (m->number_len)
		put_hex(f, m->number, m->number_len);
	else
		fputs("- ", f);
	fprintf(f, "%" PRId64 " %s\n", m->from, m->name);
}

char *state_text(const struct state *s, size_t *len)
{
	char *text = NULL, sum[2 * SHA256 + 1];
	FILE *f = open_memstream(&text, len);
	size_t i;

	if (!f)
		return NULL;
	fputs(HEAD, f);
	if (s->serial && s->root[0])
		fprintf(f, "serial %" PRIu64 " %s\n", s->serial, s->root);
	for (i = 0; i < s->crls; i++)
		put_crl(f, &s->crl[i]);
	fflush(f);
	if (hash(text, *len, sum) == 0)
		fprintf(f, "end %s\n", sum);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}

/* ---- in memory ---- */

void state_path(const char *name, uint8_t out[JUDGE_CRL_ID])
{
	uint8_t raw[SHA256] = {0};

	gnutls_hash_fast(GNUTLS_DIG_SHA256, name, strlen(name), raw);
	memcpy(out, raw, JUDGE_CRL_ID);
}

struct state_crl *state_add(struct state *s)
{
	struct state_crl *more = realloc(s->crl, (s->crls + 1) * sizeof(*more));

	if (!more)
		abort();
	s->crl = more;
	memset(&more[s->crls], 0, sizeof(*more));
	return &more[s->crls++];
}

void state_free(struct state *s)
{
	free(s->crl);
	memset(s, 0, sizeof(*s));
}
