/* The rights of children: what the filter refuses, what it lets through, and
 * that root does not come back.  Each case runs in a process of its own. */
/* LINK: runtime/privdrop.c runtime/privdrop_filter.c */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../runtime/privdrop.h"

static char err[256];

/* Runs f in a child; its return value is the child's status. */
static int in_child(int (*f)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(f());
	assert_true(pid > 0);
	assert_int_equal(pid, waitpid(pid, &status, 0));
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int refused(long r)
{
	return r < 0 && errno == EPERM;
}

#define WANT(x) \
	do { \
		if (!(x)) \
			return __LINE__ % 250 + 1; \
	} while (0)

static int worker_filter(void)
{
	int p[2];

	if (privdrop_filter(PRIVDROP_WORKER, err, sizeof(err)) < 0)
		return 251;
	WANT(refused(open("/etc/passwd", O_RDONLY)));
	WANT(refused(unlink("/nowhere")));
	WANT(refused(execl("/bin/true", "true", NULL)));
	WANT(refused(fork()));
	WANT(refused(kill(getppid(), 0)));
	WANT(refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
	WANT(refused(socket(AF_NETLINK, SOCK_RAW, 0)));
	WANT(refused(socket(AF_PACKET, SOCK_RAW, 0)));
	WANT(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		     -1, 0) == MAP_FAILED);
	WANT(mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	WANT(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	WANT(socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	WANT(pipe2(p, O_CLOEXEC) == 0);
	WANT(write(p[1], "x", 1) == 1);
	return 0;
}

static int keys_filter(void)
{
	if (privdrop_filter(PRIVDROP_KEYS, err, sizeof(err)) < 0)
		return 251;
	WANT(refused(socket(AF_INET, SOCK_STREAM, 0)));
	WANT(refused(socket(AF_UNIX, SOCK_STREAM, 0)));
	WANT(refused(open("/etc/passwd", O_RDONLY)));
	WANT(getpid() > 0);
	return 0;
}

static void test_filter(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	return; /* cmocka 1.1.5 calls a skipped test "not ok" */
#endif
	assert_int_equal(0, in_child(worker_filter));
	assert_int_equal(0, in_child(keys_filter));
}

static int identity(void)
{
	if (privdrop_identity(65534, 65534, 0, err, sizeof(err)) < 0)
		return 251;
	WANT(geteuid() == 65534 && getegid() == 65534);
	WANT(setuid(0) < 0);
#ifndef __SANITIZE_ADDRESS__
	WANT(open("/etc/passwd", O_RDONLY) < 0);
#endif
	WANT(mkdir("/x", 0700) < 0);
	return 0;
}

static void test_identity(void **state)
{
	if (geteuid() != 0)
		return; /* cmocka 1.1.5 calls a skipped test "not ok" */
	assert_int_equal(0, in_child(identity));
}

static void test_user(void **state)
{
	uid_t uid = 0;
	gid_t gid = 0;

	assert_int_equal(-1, privdrop_user("root", &uid, &gid, err,
				     sizeof(err)));
	assert_int_equal(-1, privdrop_user("no-such-user", &uid, &gid, err,
				     sizeof(err)));
	assert_non_null(strstr(err, "no-such-user"));
	assert_int_equal(0, privdrop_user(NULL, &uid, &gid, err, sizeof(err)));
	assert_true(uid != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_filter),
		cmocka_unit_test(test_identity), cmocka_unit_test(test_user)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
