/*
 * What differs between two actions, one row for each dimension.
 */
#ifndef COMPILER_DIFF_ACTION_H
#define COMPILER_DIFF_ACTION_H

#include "priv.h"

/* Two actions side by side. */
struct two {
	struct differ *d;
	struct arena *arena;
	const struct model *m[2];
	const struct m_action *a[2];
	struct diff_rows *rows;
};

/* site.c: does one of the two lead to a site?  What sites do; of two frontends,
 * what those without TLS do. */
int diff_has_site(const struct two *t);
void diff_site(struct two *t);
void diff_clear_site(struct two *t);

/* a[0] NULL: there was nothing. */
void diff_action(struct differ *d, const struct m_action *const a[2],
	struct diff_rows *rows);
/* May rows differ though the canonical forms do not?  (What files hold is in
 * neither.) */
int diff_action_deep(const struct m_action *a);
/* What a frontend says for connections of which no route is known yet. */
void diff_settings(struct differ *d);

void diff_row(struct two *t, enum weaken_id kind, const char *old,
	const char *new_, const char *why);

/* named.c: backends, certificates and frontends of other names. */
void diff_named(
	struct differ *d, const struct m_action *a, const struct m_action *b);
void diff_named_frontends(struct differ *d);

/* server.c */
void diff_servers(struct two *t);
/* tls.c; to_server: the gateway is the client. */
void diff_profile(struct two *t, uint32_t old, uint32_t new_, int to_server);
void diff_client_tls(struct two *t);
/* trust.c */
void diff_server_trust(struct two *t);
void diff_client_trust(struct two *t);
/* cert.c */
void diff_certs(struct two *t);
void diff_alpn(struct two *t);
/* limit.c; the rows of two blocks, limits or MODEL_NONE. */
void diff_limit(struct two *t, uint32_t old, uint32_t new_);

#endif
