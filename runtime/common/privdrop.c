/*
 * Gives up rights (privdrop.h): identity and root directory. privdrop_filter.c
 * has the system call filter.
 */
#include "privdrop.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "privdrop_landlock.h"

#ifdef __SANITIZE_ADDRESS__
#define SANITIZED 1 /* LeakSanitizer reads /proc and traces itself */
#else
#define SANITIZED 0
#endif

static int find_user(const char *name, struct privdrop_id *id)
{
	const struct passwd *pw = getpwnam(name);

	if (!pw)
		return -1;
	id->uid = pw->pw_uid;
	id->gid = pw->pw_gid;
	return 0;
}

/* NAME-monitor, NAME-keys.  Never root, even if such a user is root. */
static void find_other(const char *name, const char *role,
	struct privdrop_id *id, const struct privdrop_id *workers)
{
	char full[64];

	snprintf(full, sizeof(full), "%.40s-%s", name, role);
	if (find_user(full, id) < 0 || id->uid == 0)
		*id = *workers;
}

int privdrop_users(const char *name, struct privdrop_id id[PRIVDROP_ROLES],
	char *err, size_t n)
{
	const char *used = name ? name : "tlsd";
	struct privdrop_id *workers = &id[PRIVDROP_WORKER];
	int r = find_user(used, workers);

	if (r < 0 && !name) {
		used = "nobody";
		r = find_user(used, workers);
	}
	if (r < 0) {
		snprintf(err, n, "there is no user %s",
			name ? name : "tlsd or nobody");
		return -1;
	}
	if (workers->uid == 0) {
		snprintf(err, n, "--user %s is root; give an unprivileged user",
			used);
		return -1;
	}
	find_other(used, "monitor", &id[PRIVDROP_MONITOR], workers);
	find_other(used, "keys", &id[PRIVDROP_KEYS], workers);
	return 0;
}

static void lacks(char *text, size_t n, const char *what)
{
	size_t have = strlen(text);

	snprintf(text + have, n - have, "%s%s", have ? "; " : "", what);
}

void privdrop_lacking(int keep_root, int one_user, char *text, size_t n)
{
	text[0] = 0;
	if (geteuid() != 0)
		lacks(text, n,
			"not started as root: processes run as this user and "
			"can see its files; the system call filter and "
			"no_new_privs are on");
	else if (keep_root)
		lacks(text, n,
			"the policy has Unix servers, which are reached by "
			"path: no empty root directory; the system call filter "
			"still prevents opening files");
	if (one_user && geteuid() == 0)
		lacks(text, n,
			"workers, monitor and keys run as one user: create the "
			"users tlsd, tlsd-monitor and tlsd-keys, or those of "
			"--user");
	if (SANITIZED) {
		lacks(text, n,
			"a sanitizer build: no system call filter, no "
			"empty root directory");
		return;
	}
	if (keep_root && !privdrop_scopes())
		lacks(text, n,
			"this kernel cannot keep workers from abstract Unix "
			"sockets (Linux 6.12 with Landlock can)");
}

/* The directory is removed before it becomes the root: nothing can be created
 * in it. */
static int enter_removed(const char *place)
{
	char dir[64];

	snprintf(dir, sizeof(dir), "%s/tlsd-root.XXXXXX", place);
	return mkdtemp(dir) && chdir(dir) == 0 && rmdir(dir) == 0 ? 0 : -1;
}

static int empty_root(void)
{
	/* The first that exists and is writable. */
	if (enter_removed("/tmp") < 0 && enter_removed("/run") < 0 &&
		enter_removed("/dev/shm") < 0)
		return -1;
	/* Not left at ".": "/" is the same removed directory. */
	return chroot(".") < 0 ? -1 : chdir("/");
}

static int become(uid_t uid, gid_t gid)
{
	if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 ||
		setresuid(uid, uid, uid) < 0)
		return -1;
	/* If we could get root back, that would be a defect of the kernel or of
	 * this file. */
	if (setuid(0) == 0 || geteuid() != uid) {
		errno = EPERM;
		return -1;
	}
	return 0;
}

void privdrop_hide(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, SANITIZED, 0, 0, 0);
}

/* With a limit, a key might be one too many to load. */
void privdrop_lock(void)
{
	struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};

	setrlimit(RLIMIT_MEMLOCK, &all);
	if (!SANITIZED && getrlimit(RLIMIT_MEMLOCK, &all) == 0 &&
		all.rlim_cur == RLIM_INFINITY)
		mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

int privdrop_identity(uid_t uid, gid_t gid, int keep_root, char *err, size_t n)
{
	if (geteuid() == 0) {
		if (!keep_root && !SANITIZED && empty_root() < 0) {
			snprintf(err, n, "empty root directory: %s",
				strerror(errno));
			return -1;
		}
		if (become(uid, gid) < 0) {
			snprintf(err, n, "becoming uid %u: %s", (unsigned)uid,
				strerror(errno));
			return -1;
		}
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		snprintf(err, n, "no_new_privs: %s", strerror(errno));
		return -1;
	}
	privdrop_hide();
	/* If the master dies, this process is killed.  Set last, because a
	 * change of user clears it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return 0;
}
