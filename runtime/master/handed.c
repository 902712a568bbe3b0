/*
 * The live table across an upgrade (handed.h).  The new tlsd begins with what
 * the old one serves, the sealed table and the sealed bundles of its files, not
 * with the policy's file.  So a table that was rolled back to, that was loaded
 * from elsewhere, or that stayed in force because the file was refused, stays
 * in force.
 */
#include "handed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "master.h"
#include "renew.h"
#include "runtime/common/event.h"

static struct {
	int table, bundle, keys, public;
	unsigned long long origin;
	char path[256], signer[17];
	int given, taken;
} handed = {.table = -1, .bundle = -1, .keys = -1, .public = -1};

/* ---- the old one ---- */

/* The operator was told that an upgrade loads the policy's file. */
static int gives_way(const struct master *m)
{
	return m->unix_wanted || !m->live || strchr(m->live->path, '\n');
}

void handed_put(const struct master *m, int fd)
{
	const struct loaded *l = m->live;

	if (gives_way(m))
		return;
	dprintf(fd, "policy-seen %llx\n", (unsigned long long)m->policy_seen);
	dprintf(fd, "live %d %d %d %d %llu %s\n", l->table_fd, l->bundle_fd,
		l->keys_fd, l->public_fd, (unsigned long long)l->origin,
		l->signer[0] ? l->signer : "-");
	dprintf(fd, "live-path %s\n", l->path);
}

static void keep_open(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, 0);
}

void handed_keep_open(const struct master *m)
{
	if (gives_way(m))
		return;
	keep_open(m->live->table_fd);
	keep_open(m->live->bundle_fd);
	keep_open(m->live->keys_fd);
	keep_open(m->live->public_fd);
}

/* ---- the new one ---- */

static void take_fd(int fd)
{
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void take_live(const char *line)
{
	if (sscanf(line, "live %d %d %d %d %llu %16s", &handed.table,
		    &handed.bundle, &handed.keys, &handed.public,
		    &handed.origin, handed.signer) != 6)
		return;
	take_fd(handed.table);
	take_fd(handed.bundle);
	take_fd(handed.keys);
	take_fd(handed.public);
	handed.given = 1;
}

void handed_take_line(struct master *m, const char *line)
{
	unsigned long long seen;

	if (sscanf(line, "policy-seen %llx", &seen) == 1)
		m->policy_seen = seen;
	else if (strncmp(line, "live-path ", 10) == 0)
		snprintf(handed.path, sizeof(handed.path), "%.*s",
			(int)strcspn(line + 10, "\n"), line + 10);
	else if (strncmp(line, "live ", 5) == 0)
		take_live(line);
}

/* NULL if there is none.  If this program cannot use it, because it wants
 * another format, that is logged. */
static struct loaded *load(const struct options *o)
{
	struct refusal why = {.id = ""};
	char text[900];
	struct loaded *l;

	if (!handed.given)
		return NULL;
	l = load_new();
	l->table_fd = handed.table;
	l->bundle_fd = handed.bundle;
	l->keys_fd = handed.keys;
	l->public_fd = handed.public;
	if (strcmp(handed.signer, "-") != 0)
		memcpy(l->signer, handed.signer, sizeof(l->signer));
	if (load_sealed(l, handed.path, "upgrade", &why) == 0) {
		l->origin = handed.origin;
		return l;
	}
	load_free(&l);
	snprintf(text, sizeof(text),
		"the table in force cannot be taken over "
		"(%s); %s is loaded instead",
		why.text, o->policy);
	event_log(EVENT_WARNING, "upgrade", "id", why.id, "reason", text, NULL);
	return NULL;
}

void handed_load(struct master *m)
{
	m->handed = load(m->options);
	handed.taken = m->handed != NULL;
}

/* The file may have changed during the upgrade, when neither tlsd watched
 * it. */
void handed_look(struct master *m)
{
	struct swap_request r = {.kind = SWAP_LOAD, .by = "watch"};
	uint64_t now = renew_stat(m->options->policy);

	if (handed.taken && now && now != m->policy_seen)
		swap_ask(m, &r);
	handed.taken = 0;
}
