/*
 * dump --as inventory: every certificate and key that a policy names, where
 * they are, what they are and which routes use them, so that the inventory of
 * trusted keys and certificates (PCI DSS 4.0.1, 4.2.1.1) is a command.
 */
#include "dump.h"

#include <string.h>
#include <time.h>

#include "compiler/base/arena.h"
#include "compiler/base/json_out.h"
#include "compiler/base/within.h"
#include "compiler/check/cert.h"
#include "runtime/table/hex.h"

/* A certificate's use by a clause list of a frontend, or by its own clauses:
 * list MODEL_NONE. */
struct use {
	uint32_t frontend, list;
	struct use *next;
};

struct inventory {
	FILE *f;
	const struct model *m;
	const char *base;
	const struct within_reach *reach; /* NULL: nothing is opened */
	struct use **uses;                /* of each certificate, last first */
};

static void member(FILE *f, const char *key, const char *value)
{
	fprintf(f, ", \"%s\": ", key);
	json_put(f, value);
}

static void when(FILE *f, const char *key, int64_t t)
{
	time_t at = (time_t)t;
	char buf[40];
	struct tm tm;

	if (!gmtime_r(&at, &tm) ||
		!strftime(buf, sizeof(buf), "%Y-%m-%dT%H:%M:%SZ", &tm))
		buf[0] = 0;
	member(f, key, buf[0] ? buf : NULL);
}

/* At most 32 octets. */
static void hex(FILE *f, const char *key, const uint8_t *p, size_t n)
{
	char digits[HEX_SHA256];

	fprintf(f, ", \"%s\": \"%s\"", key, hex_text(digits, p, n));
}

static const char *key_word(enum cert_key key)
{
	static const char *const words[] = {[CERT_RSA] = "RSA",
		[CERT_RSA_PSS] = "RSA-PSS",
		[CERT_EC] = "ECDSA",
		[CERT_ED25519] = "Ed25519",
		[CERT_ED448] = "Ed448",
		[CERT_DSA] = "DSA",
		[CERT_OTHER] = "other"};

	return words[key];
}

static const char *key_state_word(enum cert_key_state s)
{
	static const char *const words[] = {[CERT_KEY_OK] = "ok",
		[CERT_KEY_UNREADABLE] = "unreadable",
		[CERT_KEY_BAD] = "bad",
		[CERT_KEY_ENCRYPTED] = "encrypted",
		[CERT_KEY_MISMATCH] = "mismatch",
		[CERT_KEY_NO_MODULE] = "no-module",
		[CERT_KEY_LOCKED] = "not-read"};

	return words[s];
}

static void put_cert(FILE *f, const struct cert *c)
{
	size_t i;

	fputs("{\"subject\": ", f);
	json_put(f, c->subject);
	member(f, "issuer", c->issuer);
	hex(f, "serial", c->serial, c->serial_len);
	when(f, "not_before", c->not_before);
	when(f, "not_after", c->not_after);
	member(f, "key", key_word(c->key));
	fprintf(f, ", \"bits\": %u", c->bits);
	member(f, "curve", c->curve);
	member(f, "signature_hash", c->hash);
	hex(f, "spki_sha256", c->spki, sizeof(c->spki));
	fprintf(f, ", \"ca\": %s, \"names\": [", c->is_ca ? "true" : "false");
	for (i = 0; i < c->dns_count; i++) {
		fputs(i ? ", " : "", f);
		json_put(f, c->dns[i]);
	}
	fputs("]}", f);
}

static void put_chain(FILE *f, const struct certinfo *info)
{
	size_t i;

	fputs(",\n    \"chain\": [", f);
	for (i = 0; i < info->count; i++) {
		fputs(i ? ",\n      " : "\n      ", f);
		put_cert(f, &info->certs[i]);
	}
	fputs(info->count ? "\n    ]" : "]", f);
}

static const char *below(const struct inventory *v, const char *path)
{
	if (*path == '/' || !strncmp(path, "pkcs11:", 7) || !*v->base)
		return path;
	return arena_printf(v->m->arena, "%s%s", v->base, path);
}

static const char outside[] =
	"outside the directory of the table; '--allow-path' lets tlsc read it";

/* What to open, or NULL. */
static const char *openable(const struct inventory *v, const char *path)
{
	const char *open = below(v, path);

	if (strncmp(open, "pkcs11:", 7) == 0)
		return within_tokens(v->reach) ? open : NULL;
	return within_judge(v->reach, open) == WITHIN_NOT ? NULL : open;
}

static void put_files(struct inventory *v, const struct m_cert *c)
{
	const struct certinfo *info = c->info;
	const char *chain;

	if (!info && v->reach) {
		chain = openable(v, c->chain);
		if (!chain) {
			member(v->f, "chain_error", outside);
			return;
		}
		info = cert_read(v->m->arena, chain, openable(v, c->key));
	}
	if (!info)
		return;
	member(v->f, "chain_error", info->chain_error);
	if (!info->chain_error)
		member(v->f, "key_state", key_state_word(info->key_state));
	if (info->key_is_file)
		fprintf(v->f, ", \"key_mode\": \"%04o\", \"key_uid\": %u",
			(unsigned)info->key_mode & 07777,
			(unsigned)info->key_uid);
	put_chain(v->f, info);
}

static void put_uses(struct inventory *v, uint32_t cert)
{
	const struct model *m = v->m;
	const struct use *u = v->uses[cert];

	fputs(",\n    \"used_by\": [", v->f);
	for (; u; u = u->next) {
		fputs("{\"frontend\": ", v->f);
		json_put(v->f, m->frontends.v[u->frontend].name.text);
		member(v->f, "route",
			u->list == MODEL_NONE ? NULL
					      : m->lists.v[u->list].route.text);
		fputs(u->next ? "}, " : "}", v->f);
	}
	fputs("]}", v->f);
}

static void put_one(struct inventory *v, uint32_t i)
{
	const struct m_cert *c = &v->m->certs.v[i];
	FILE *f = v->f;

	fprintf(f, "%s\n   {\"name\": ", i ? "," : "");
	json_put(f, c->name.text);
	member(f, "chain_file", c->chain);
	member(f, !strncmp(c->key, "pkcs11:", 7) ? "key_token" : "key_file",
		c->key);
	if (c->has_pin)
		hex(f, "pin_sha256", c->pin, sizeof(c->pin));
	put_files(v, c);
	put_uses(v, i);
}

static void use(struct inventory *v, uint32_t frontend, uint32_t list,
	uint32_t first, uint32_t count)
{
	const struct model *m = v->m;
	uint32_t i;
	size_t k;

	for (i = first; i < first + count; i++) {
		const struct m_action *a =
			&m->actions.v[m->clauses.v[i].action];

		for (k = 0; a->profile != MODEL_NONE && k < a->certs.n; k++) {
			struct use **u = &v->uses[a->certs.v[k]];
			struct use *fresh;

			if (*u && (*u)->frontend == frontend &&
				(*u)->list == list)
				continue;
			fresh = arena_alloc(m->arena, sizeof(*fresh));
			*fresh = (struct use){frontend, list, *u};
			*u = fresh;
		}
	}
}

/* Each clause list once for each frontend, however many names it has. */
static void uses(struct inventory *v)
{
	const struct model *m = v->m;
	uint32_t *seen = arena_alloc(m->arena, m->lists.n * sizeof(*seen) + 1);
	uint32_t f, i;

	for (f = (uint32_t)m->frontends.n; f--;) {
		const struct m_frontend *fe = &m->frontends.v[f];

		for (i = fe->pattern_count; i--;) {
			uint32_t list =
				m->patterns.v[fe->pattern_first + i].list;

			if (seen[list] == f + 1)
				continue;
			seen[list] = f + 1;
			use(v, f, list, m->lists.v[list].first,
				m->lists.v[list].count);
		}
		use(v, f, fe->default_, m->lists.v[fe->default_].first,
			m->lists.v[fe->default_].count);
		use(v, f, fe->no_sni, m->lists.v[fe->no_sni].first,
			m->lists.v[fe->no_sni].count);
		use(v, f, MODEL_NONE, fe->pre_first, fe->pre_count);
	}
}

static void put_bundle(struct inventory *v, const char *owner, const char *name,
	const char *purpose, const char *path, int *first)
{
	const struct certinfo *info;
	const char *open;

	fprintf(v->f, "%s\n   {\"%s\": ", *first ? "" : ",", owner);
	*first = 0;
	json_put(v->f, name);
	member(v->f, "purpose", purpose);
	member(v->f, "file", path);
	open = v->reach && path ? openable(v, path) : NULL;
	if (v->reach && path && !open)
		member(v->f, "chain_error", outside);
	if (open) {
		info = cert_read_bundle(v->m->arena, open);
		member(v->f, "chain_error", info->chain_error);
		put_chain(v->f, info);
	}
	putc('}', v->f);
}

/* Trust anchors: towards servers, and for clients' certificates. */
static void trust(struct inventory *v)
{
	const struct model *m = v->m;
	int first = 1;
	size_t i, k;

	for (i = 0; i < m->backends.n; i++) {
		const struct m_backend *b = &m->backends.v[i];

		if (b->ca || b->system_ca)
			put_bundle(v, "backend", b->name.text, "server", b->ca,
				&first);
	}
	for (i = 0; i < m->actions.n; i++) {
		const struct m_action *a = &m->actions.v[i];

		for (k = 0; k < i; k++)
			if (m->actions.v[k].client_ca && a->client_ca &&
				!strcmp(m->actions.v[k].client_ca,
					a->client_ca))
				break;
		if (a->client_auth && k == i)
			put_bundle(v, "frontend", NULL, "client", a->client_ca,
				&first);
	}
}

void dump_inventory(FILE *f, const struct model *m, const char *base,
	const struct within_reach *reach)
{
	struct inventory v = {f, m, base, reach, NULL};
	uint32_t i;

	v.uses = arena_alloc(m->arena, m->certs.n * sizeof(*v.uses) + 1);
	uses(&v);
	fputs("{\"format\": \"1.0\",\n \"certificates\": [", f);
	for (i = 0; i < m->certs.n; i++)
		put_one(&v, i);
	fputs("],\n \"trust\": [", f);
	trust(&v);
	fputs("]}\n", f);
}
