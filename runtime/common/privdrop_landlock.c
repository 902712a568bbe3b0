/*
 * Landlock (privdrop_landlock.h), as far as the kernel has it.  No file can be opened
 * even if the system call filter had a hole, and signals and abstract Unix
 * sockets do not reach outside processes.  The filter cannot see addresses, so
 * if a policy has Unix servers, only this blocks abstract sockets (Linux 6.12).
 * Headers of older systems do not know all of it, so numbers are given here.
 */
#include "privdrop_landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

enum { VERSION = 1, SCOPED_SINCE = 6 };

/* landlock_create_ruleset(2), with all of version 6. */
struct rules {
	uint64_t files, net, scoped;
};
#define ALL_FILES ((1ull << 13) - 1) /* of the first version, 2021 */
#define ABSTRACT_UNIX (1ull << 0)
#define SIGNALS (1ull << 1)

/* The version of Landlock that the kernel has; 0: none. */
static int kernel_version(void)
{
	long v = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);

	return v < 0 ? 0 : (int)v;
}

int privdrop_scopes(void)
{
	return kernel_version() >= SCOPED_SINCE;
}

/* An older kernel refuses a larger structure than it knows, unless the rest is
 * zero. */
int privdrop_landlock(void)
{
	struct rules rules = {.files = ALL_FILES};
	int version = kernel_version(), fd, r, e;

#ifdef __SANITIZE_ADDRESS__
	version = 0; /* it needs to write files */
#endif
	if (version == 0)
		return 0;
	if (version >= SCOPED_SINCE)
		rules.scoped = ABSTRACT_UNIX | SIGNALS;
	fd = (int)syscall(
		SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (fd < 0)
		return -1;
	r = (int)syscall(SYS_landlock_restrict_self, fd, 0);
	e = errno;
	close(fd);
	errno = e;
	return r;
}
