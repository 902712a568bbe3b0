/*
 * Mistakes of people who know another tool's language: its word for the thing,
 * a name without quotes, a `=` too many.  A list of what is allowed there does
 * not help them; a line that shows how it is written does.
 */
#include "parse_hint.h"

#include <ctype.h>
#include <string.h>

#include "compiler/base/arena.h"
#include "grammar/words.h"
#include "parse.h"

#define MODES                                                                  \
	"'passthrough to' forwards TLS untouched, 'offload to' decrypts, "     \
	"'bridge to' decrypts and encrypts again"

static const struct {
	const char *found, *keyword; /* which must be expected */
	const char *help;            /* NULL: that it is called so */
} aliases[] = {
	{"if", "when", NULL},
	{"else", "otherwise", NULL},
	{"or", "and", "there is no 'or': write a second clause"},
	{"bind", "listen", NULL},
	{"upstream", "backend", NULL},
	{"cluster", "backend", NULL},
	{"pool", "backend", NULL},
	{"acl", "set", NULL},
	{"cert", "certificate", NULL},
	{"ssl_certificate", "certificate", NULL},
	{"host", "sni", NULL},
	{"hostname", "sni", NULL},
	{"server_name", "sni", NULL},
	{"src", "source", NULL},
	{"ip", "source", NULL},
	{"file", "chain", NULL},
	{"cert", "chain", NULL},
	{"crt", "chain", NULL},
	{"ssl_certificate_key", "key", NULL},
	{"sni", "alpn",
		"names are for routes: 'route NAME sni \"x\" { ... }'; a "
		"clause tests source, alpn and tls"},
	{"redirect", "reject",
		"HTTP is not read here: a site redirects, see policy(5)"},
	{"deny", "reject", NULL},
	{"drop", "reject",
		"'reject close' closes the connection and sends nothing"},
	{"block", "reject", NULL},
	{"refuse", "reject", NULL},
	{"forward", "passthrough", MODES},
	{"pass", "passthrough", MODES},
	{"proxy", "passthrough", MODES},
	{"proxy_pass", "passthrough", MODES},
	{"use_backend", "passthrough", MODES},
	{"terminate", "offload", NULL},
	{"decrypt", "offload", NULL},
	{"reencrypt", "bridge", NULL},
	{"re-encrypt", "bridge", NULL},
	{"live", "require",
		"CRLs are always live: their issuers renew them, and a CA "
		"of the file must have signed them"},
	{"none", "name", "to verify nothing, remove the line"},
	{"tls", "profile",
		"TLS versions are set in a profile: 'profile NAME extends "
		"intermediate { tls 1.2 .. 1.3; }'"},
};

static int expects(const struct expected *e, size_t n, const char *name)
{
	while (n-- > 0)
		if (!strcmp(e[n].name, name))
			return 1;
	return 0;
}

static int is(const struct parse *p, struct span at, const char *text)
{
	size_t len = strlen(text);

	return at.end - at.begin == len &&
		!memcmp(p->base + at.begin, text, len);
}

const char *parse_alias(
	const struct parse *p, const struct expected *e, size_t n)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++) {
		if (!is(p, p->last, aliases[i].found) ||
			!expects(e, n, aliases[i].keyword))
			continue;
		return aliases[i].help
			? aliases[i].help
			: arena_printf(p->arena, "it is called '%s' here",
				  aliases[i].keyword);
	}
	return NULL;
}

static const char *assertion(
	const struct parse *p, const struct expected *e, size_t n)
{
	if (!expects(e, n, "mode") || !expects(e, n, "no-sni"))
		return NULL;
	if (is(p, p->last, ";") && expects(e, n, "':'"))
		return "an assertion has two parts: 'assert every PREMISE : "
		       "CLAIM;'";
	for (unsigned i = MODE_NONE + 1; words_mode[i]; i++)
		if (is(p, p->last, words_mode[i]))
			return arena_printf(p->arena,
				"write 'mode is %s' or %s", words_mode[i],
				strcmp(words_mode[i], "reject")
					? "'backend is NAME'"
					: "'reason is close'");
	return NULL;
}

/* What goes on from here to the next blank or mark: `certs` is the start of a
 * path without quotes. */
static const char *unquoted(const struct parse *p)
{
	const char *text = p->base + p->last.begin;
	size_t len = 0, max = p->len - p->last.begin;

	while (len < max && len < 80 && text[len] > ' ' &&
		!strchr(";,{}\"'#", text[len]))
		len++;
	if (!len ||
		!(isalnum((unsigned char)*text) || *text == '*' ||
			*text == '/' || *text == '_' || *text == '.'))
		return NULL;
	return arena_printf(
		p->arena, "put it in double quotes: \"%.*s\"", (int)len, text);
}

static int is_number(const struct parse *p, struct span at)
{
	for (uint32_t i = at.begin; i < at.end; i++)
		if (!isdigit((unsigned char)p->base[i]))
			return 0;
	return at.end > at.begin;
}

/* How a statement is written that begins well. */
static const char *form(
	const struct parse *p, const struct expected *e, size_t n)
{
	char first = p->base[p->last.begin];

	if (first == '{' &&
		(is(p, p->before_last, "limits") ||
			is(p, p->before_last, "profile")))
		return "declare it at the top level, with a name, and write "
		       "that name here";
	if (first == '{' && is(p, p->before_last, "test"))
		return "a test has a title: 'test \"what it shows\" { ... } "
		       "expect ...;'";
	if (first == '=' && expects(e, n, "':'") && n == 1)
		return "a parameter has a type: 'param env : prod | staging = "
		       "prod;', 'param port : port = 443;'";
	if (first == ',' && expects(e, n, "weight"))
		return "each server is a statement of its own: 'server A; "
		       "server B;'";
	if (first == ';' && expects(e, n, "link") && n == 1)
		return "say how octets travel there: 'link ipsec', "
		       "'wireguard', 'macsec', 'vlan' or 'none'";
	if (first == ';' && is(p, p->before_last, "}"))
		return "there is no ';' after a block";
	if (expects(e, n, "server") &&
		memchr(p->base + p->last.begin, ':',
			p->last.end - p->last.begin))
		return "write 'server ADDRESS:PORT;'";
	if (expects(e, n, "names") && expects(e, n, "'{'"))
		return "a set is written in braces: 'set NAME = { 10.0.0.0/8, "
		       "... };'";
	if (expects(e, n, "an address") && isalpha((unsigned char)first) &&
		memchr(p->base + p->last.begin, '.',
			p->last.end - p->last.begin))
		return "a set of names is written 'set NAME = names { "
		       "\"www.example.com\" };'";
	if (isalpha((unsigned char)first) && is_number(p, p->before_last) &&
		expects(e, n, "';'"))
		return "a number and its unit are one word, such as 5m";
	return NULL;
}

static const char *reasons(const struct parse *p)
{
	const char *all = words_reject[0];

	for (unsigned i = 1; words_reject[i]; i++)
		all = arena_printf(p->arena, "%s|%s", all, words_reject[i]);
	return all;
}

const char *parse_hint(
	const struct parse *p, const struct expected *e, size_t n)
{
	const char *hint;

	if (p->last.begin >= p->len)
		return NULL;
	if ((hint = parse_alias(p, e, n)) || (hint = assertion(p, e, n)))
		return hint;
	if (is(p, p->before_last, "reject") && expects(e, n, "a name"))
		return arena_printf(
			p->arena, "give the reason: 'reject %s'", reasons(p));
	if (is(p, p->last, "=") && expects(e, n, "a name") &&
		!expects(e, n, "':'"))
		return "there is no '=' here: the value follows its word";
	if ((hint = form(p, e, n)))
		return hint;
	if (expects(e, n, "sni") && !expects(e, n, "no-sni"))
		return "say for which names: 'route NAME sni "
		       "\"www.example.com\" { ... }'";
	if (expects(e, n, "a string") && !expects(e, n, "a name"))
		return unquoted(p);
	return NULL;
}
