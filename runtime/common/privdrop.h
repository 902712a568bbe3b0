/*
 * Gives up rights.  Every child does this once, after its exec and before its
 * work.  The master logs once, at the start, what is not possible.
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

/* The user and group of a role's processes; uid 0: unchanged. */
struct privdrop_id {
	uid_t uid;
	gid_t gid;
};

/* The users of children if we are root.  Workers: name; if NULL, "tlsd"; if
 * there is none, "nobody".  Monitor and keys: that name with "-monitor" and
 * "-keys" appended; if there is none, the workers' user.  0, or -1 with text in
 * err. */
int privdrop_users(const char *name, struct privdrop_id id[PRIVDROP_ROLES],
	char *err, size_t n);

/* Which protections this process's children will lack, as a sentence; empty if
 * none. keep_root: the policy has Unix servers, see below; one_user: roles
 * share a user. */
void privdrop_lacking(int keep_root, int one_user, char *text, size_t n);

/* As root: an empty root directory (unless keep_root: a Unix server can only be
 * reached by its path), groups, gid and uid.  Always: no new privileges, no
 * core dump, no ptrace by the same user, and an end with the master.  0, or -1
 * with text in err: then stop. */
int privdrop_identity(uid_t uid, gid_t gid, int keep_root, char *err, size_t n);

/* Protects our memory: no core dump, no ptrace by the same user. */
void privdrop_hide(void);
/* Keeps memory out of swap if there is no limit on that.  Call it before
 * privdrop_identity. */
void privdrop_lock(void);

#endif
