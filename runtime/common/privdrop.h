/*
 * Giving up rights.  Every child calls this once, between its exec and its
 * work; what it could not take is said by the master, once, at the start.
 */
#ifndef RUNTIME_PRIVDROP_H
#define RUNTIME_PRIVDROP_H

#include <stddef.h>
#include <sys/types.h>

enum privdrop_role {
	PRIVDROP_WORKER,
	PRIVDROP_MONITOR,
	PRIVDROP_KEYS,
	PRIVDROP_ROLES
};

/* Whom a role's processes become; uid 0: they stay what they are. */
struct privdrop_id {
	uid_t uid;
	gid_t gid;
};

/* Whom children become when we are root.  Workers: name, or when NULL "tlsd",
 * or when there is none "nobody".  The monitor and keys: the users of that name
 * with "-monitor" and "-keys" behind, and where there is none, the workers'.
 * 0, or -1 with text in err. */
int privdrop_users(const char *name, struct privdrop_id id[PRIVDROP_ROLES],
	char *err, size_t n);

/* What this process's children will have to do without, as a sentence; empty
 * when nothing.  keep_root: the policy has unix servers, see below; one_user:
 * roles share a user. */
void privdrop_lacking(int keep_root, int one_user, char *text, size_t n);

/* As root: an empty root directory (unless keep_root: a unix server can only
 * be reached by its path), groups, gid and uid.  Always: no new privileges, no
 * core, no ptrace by equals, and an end with the master.  0, or -1 with text in
 * err: then do not go on. */
int privdrop_identity(uid_t uid, gid_t gid, int keep_root, char *err, size_t n);

/* What we hold is for nobody else: no core, no ptrace by equals. */
void privdrop_hide(void);
/* Memory is not written to swap, where that is allowed without a limit; before
 * privdrop_identity. */
void privdrop_lock(void);

/* The system calls of the role and no others, and unix sockets only when
 * unix_too; the rest fail with EPERM.  0, or
 * -1 with text in err.  In a sanitizer build it does nothing: the sanitizers
 * have needs of their own. */
int privdrop_filter(enum privdrop_role role, int unix_too, char *err, size_t n);

/* ---- privdrop_landlock.c ---- */

/* Abstract unix sockets and signals can be held back by it. */
int privdrop_scopes(void);
/* Takes what the kernel has.  0, or -1 with errno. */
int privdrop_landlock(void);

#endif
