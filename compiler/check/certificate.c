/*
 * Certificate statements: paths, staples and pins, and the files themselves
 * (cert.h) unless --no-fs.  A key that is not the certificate's is TC0404, a
 * key or chain that no program can use TC0423; a profile under which no
 * offered key type works is TC0503.
 */
#include <stdlib.h>
#include <string.h>

#include "cert.h"
#include "compiler/base/suite.h"
#include "runtime/table/hex.h"
#include "priv.h"

/* A block as it is read: files are looked at when all of it is known. */
struct block {
	struct m_cert cert;
	const struct ast *chain, *key, *staple, *sct;
};

static void chain(struct setting *s)
{
	struct block *b = s->obj;
	b->chain = s->lit[0];
}

static void key(struct setting *s)
{
	struct block *b = s->obj;
	b->key = s->lit[0];
}

static void staple(struct setting *s)
{
	static const char *const words[] = {"none", "auto", NULL};
	struct block *b = s->obj;

	b->cert.staple_span = s->node->span;
	if (s->lit[0]->kind == AST_STRING) {
		b->cert.staple = 2;
		b->staple = s->lit[0];
		return;
	}
	int i = check_word(s->c, s->lit[0], words);
	if (i >= 0)
		b->cert.staple = (uint8_t)i;
}

static void sct(struct setting *s)
{
	struct block *b = s->obj;
	b->sct = s->lit[0];
}

static void open_files(struct check *c, struct block *b)
{
	struct m_cert *t = &b->cert;

	t->chain_span = check_span(b->chain);
	t->chain_open = check_credential(c, b->chain, &t->chain);
	t->key_span = check_span(b->key);
	t->key_open = check_credential(c, b->key, &t->key);
	if (b->staple)
		t->staple_open =
			check_credential(c, b->staple, &t->staple_path);
	if (!b->sct)
		return;
	t->sct_span = check_span(b->sct);
	t->sct_open = check_credential(c, b->sct, &t->sct_path);
}

static void pin(struct setting *s)
{
	struct m_cert *t = &((struct block *)s->obj)->cert;
	const char *text = s->lit[0]->text, *p = text;

	if (!strncmp(p, "sha256:", 7))
		p += 7;
	for (size_t i = 0; p != text && strlen(text) == 71 && i < 32; i++) {
		int hi = hex_value(p[2 * i]), lo = hex_value(p[2 * i + 1]);
		if (hi < 0 || lo < 0)
			break;
		t->pin[i] = (uint8_t)(hi << 4 | lo);
		t->has_pin = i == 31;
	}
	if (t->has_pin)
		return;
	struct diag *g = diag_add(s->c->d, DIAG_TC0103, check_span(s->lit[0]),
		"a pin is 'sha256:' and 64 hexadecimal digits");
	diag_help(g,
		"openssl x509 -in CERT -noout -pubkey | openssl pkey "
		"-pubin -outform DER | sha256sum");
}

static void on_missing(struct setting *s)
{
	struct m_cert *t = &((struct block *)s->obj)->cert;
	int i = check_word(s->c, s->lit[0], words_missing);

	if (i >= 0)
		t->missing = (uint8_t)i;
}

static const struct setting_key keys[] = {
	{"chain", chain, 1, 1, 0, NULL},
	{"key", key, 1, 1, 0, NULL},
	{"staple", staple, 1, 1, 0, NULL},
	{"sct", sct, 1, 1, 0, NULL},
	{"pin", pin, 1, 1, 0, NULL},
	{"on-missing", on_missing, 1, 1, 0, NULL},
	{NULL, NULL, 0, 0, 0, NULL},
};

static void key_fault(struct check *c, struct m_cert *t)
{
	const struct certinfo *i = t->info;
	struct diag *g;

	switch (i->key_state) {
	case CERT_KEY_MISMATCH:
		g = diag_add(c->d, DIAG_TC0404, t->key_span,
			"this key does not belong to the certificate");
		diag_label(
			g, t->chain_span, "its public key is a different one");
		break;
	case CERT_KEY_ENCRYPTED:
		g = diag_add(c->d, DIAG_TC0423, t->key_span,
			"the key is encrypted: tlsd cannot ask for a "
			"passphrase");
		diag_help(g,
			"decrypt it (openssl pkey -in KEY -out KEY.plain) and "
			"protect the file by its mode, or keep the key in a "
			"PKCS#11 token");
		break;
	case CERT_KEY_UNREADABLE:
	case CERT_KEY_BAD:
		g = diag_add(c->d, DIAG_TC0423, t->key_span,
			"cannot read the key: %s", i->key_error);
		break;
	case CERT_KEY_NO_MODULE:
		g = diag_add(c->d, DIAG_TC0423, t->key_span,
			"cannot reach the PKCS#11 key: %s", i->key_error);
		diag_help(g,
			"is the token's module registered with p11-kit "
			"(p11-kit list-modules)?");
		break;
	case CERT_KEY_LOCKED: /* not ours to open: tlsd will know */
	case CERT_KEY_OK:
		break;
	}
}

static void read_files(struct check *c, struct m_cert *t)
{
	struct certinfo *i = cert_read(c->a, t->chain_open, t->key_open);

	if (i->chain_error) {
		struct diag *g = diag_add(c->d, DIAG_TC0423, t->chain_span,
			"cannot read the certificate chain: %s",
			i->chain_error);
		diag_help(g,
			"a chain is one or more PEM certificates, beginning "
			"with the server's");
		return;
	}
	t->info = i;
	key_fault(c, t);
	if (t->has_pin && memcmp(t->pin, i->certs[0].spki, 32) != 0) {
		struct diag *g = diag_add(c->d, DIAG_TC0404, t->chain_span,
			"the certificate's public key is not the pinned one");
		diag_note(g, "its pin would be sha256:%s",
			cert_hex(c->a, i->certs[0].spki, 32));
	}
}

static void missing_file(struct check *c, const struct block *b)
{
	const char *what = b->chain ? "key" : "chain";
	struct diag *g = diag_add(c->d, DIAG_TC0201, b->cert.name.span,
		"certificate '%s' has no %s", b->cert.name.text, what);

	diag_help(g, "add: %s \"FILE.pem\";", what);
}

void check_certs(struct check *c)
{
	for (size_t i = 0; i < c->decls[SPACE_CERTIFICATE].n; i++) {
		const struct ast *n = c->decls[SPACE_CERTIFICATE].v[i];
		struct block b = {.cert = {.name = {n->text, check_span(n)},
					  .span = n->span}};

		check_settings(c, n, keys, &b);
		check_allow(c, n, n->span);
		if (b.chain && b.key)
			open_files(c, &b);
		else if (!ast_kid(n, AST_ERROR)) /* may hide what is missing */
			missing_file(c, &b);
		if (b.cert.chain_open)
			read_files(c, &b.cert);
		PUSH(c->a, &c->m->certs) = b.cert;
	}
}

/* Does some suite of the profile work with this key type? */
static int works(const struct m_profile *p, const char *type)
{
	for (size_t i = 0; i < p->suites.n; i++) {
		const struct suite *s = suite_by_code(p->suites.v[i]);
		if (!s || !suite_usable(s))
			continue;
		if ((s->flags & S_13) ? p->tls_max >= 0x0304 &&
					strcmp(type, "DSA") != 0
				      : !strcmp(suite_auth(s), type))
			return 1;
	}
	return 0;
}

/* Ed25519 and Ed448 sign for ECDHE-ECDSA suites (RFC 8422, 5.1). */
static const char *auth_of(const struct certinfo *i)
{
	switch (i->certs[0].key) {
	case CERT_RSA:
	case CERT_RSA_PSS:
		return "RSA";
	case CERT_DSA:
		return "DSA";
	default:
		return "ECDSA";
	}
}

static int text_cmp(const void *x, const void *y)
{
	return strcmp(*(const char *const *)x, *(const char *const *)y);
}

/* What each certificate must go on covering: sorted, each once. */
void check_cert_covers(struct check *c)
{
	for (size_t i = 0; i < c->m->certs.n; i++) {
		struct m_cert *t = &c->m->certs.v[i];
		size_t n = 0;
		if (t->covers.n)
			qsort(t->covers.v, t->covers.n, sizeof(*t->covers.v),
				text_cmp);
		for (size_t k = 0; k < t->covers.n; k++)
			if (!n || strcmp(t->covers.v[n - 1], t->covers.v[k]))
				t->covers.v[n++] = t->covers.v[k];
		t->covers.n = n;
	}
}

void check_cert_profiles(struct check *c)
{
	const struct model *m = c->m;

	for (size_t s = 0; s < c->f->scopes.n; s++) {
		const struct fact_scope *sc = &c->f->scopes.v[s];
		/* What is inherited is the frontend's fault. */
		if (sc->profile_index == MODEL_NONE ||
			(sc->node->kind != AST_FRONTEND && !sc->certificate &&
				!sc->profile))
			continue;
		const struct m_profile *p = &m->profiles.v[sc->profile_index];
		if (p->tls_min == 0 || !p->suites.n) /* told of the profile */
			continue;
		size_t usable = 0, known = 0;
		for (size_t i = 0; i < sc->certs.n; i++) {
			const struct m_cert *t = &m->certs.v[sc->certs.v[i]];
			known += t->info != NULL;
			usable += t->info && works(p, auth_of(t->info));
		}
		if (!known || usable || known < sc->certs.n)
			continue;
		const struct m_cert *t = &m->certs.v[sc->certs.v[0]];
		struct diag *g = diag_add(c->d, DIAG_TC0503,
			sc->certificate ? sc->certificate->span : sc->name_span,
			"no cipher suite of profile '%s' works with %s key of "
			"certificate '%s'",
			p->name.text, cert_key_phrase(t->info), t->name.text);
		if (p->suites_span.file)
			diag_label(g, p->suites_span, "its suites");
		diag_help(g,
			"add suites for that type of key, or a "
			"certificate of another type");
	}
}
