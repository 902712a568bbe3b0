/* The rights of children: what the filter refuses, what it lets through, and
 * that root does not come back.  Each case runs in a process of its own. */
/* LINK: runtime/common/privdrop.c runtime/common/privdrop_filter.c runtime/common/privdrop_landlock.c */
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
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/common/privdrop.h"
#include "runtime/common/privdrop_filter.h"
#include "runtime/common/privdrop_landlock.h"

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

#define WANT(x)                                                                \
	do {                                                                   \
		if (!(x))                                                      \
			return __LINE__ % 250 + 1;                             \
	} while (0)

static int worker_filter(void)
{
	int p[2];

	if (privdrop_filter(PRIVDROP_WORKER, 0, err, sizeof(err)) < 0)
		return 251;
	WANT(refused(open("/etc/passwd", O_RDONLY)));
	WANT(refused(unlink("/nowhere")));
	WANT(refused(execl("/bin/true", "true", NULL)));
	WANT(refused(fork()));
	WANT(refused(kill(getppid(), 0)));
	WANT(refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL)));
	WANT(refused(socket(AF_NETLINK, SOCK_RAW, 0)));
	WANT(refused(socket(AF_PACKET, SOCK_RAW, 0)));
	WANT(mmap(NULL, 4096, PROT_READ | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	WANT(mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	WANT(socket(AF_INET, SOCK_STREAM, 0) >= 0);
	WANT(refused(socket(AF_UNIX, SOCK_STREAM, 0)));
	WANT(pipe2(p, O_CLOEXEC) == 0);
	WANT(write(p[1], "x", 1) == 1);
	return 0;
}

/* Harmless and harmful arguments of the same calls. */
static int worker_arguments(void)
{
	struct rlimit limit = {64, 64};
	struct msghdr none = {NULL};
	struct linger linger = {1, 600};
	int one = 1, zero = 0, s, parent = getppid();

	if (privdrop_filter(PRIVDROP_WORKER, 0, err, sizeof(err)) < 0)
		return 251;
	s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	WANT(s >= 0);
	WANT(refused(socket(AF_INET, SOCK_DGRAM, 0)));
	WANT(refused(socket(AF_INET, SOCK_STREAM, 262 /* MPTCP */)));
	WANT(setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0);
	WANT(setsockopt(s, IPPROTO_TCP, TCP_KEEPCNT, &one, sizeof(one)) == 0);
	WANT(refused(
		setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one))));
	WANT(refused(setsockopt(
		s, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &one, sizeof(one))));
	WANT(refused(setsockopt(
		s, SOL_SOCKET, SO_ATTACH_FILTER, &one, sizeof(one))));
	/* What those who accept from a shared socket would inherit. */
	WANT(refused(
		setsockopt(s, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger))));
	WANT(refused(setsockopt(s, SOL_SOCKET, SO_RCVBUF, &one, sizeof(one))));
	WANT(refused(setsockopt(
		s, IPPROTO_TCP, TCP_USER_TIMEOUT, &one, sizeof(one))));
	WANT(refused(ioctl(s, FIONBIO, &zero)) &&
		refused(ioctl(s, FIOASYNC, &one)));
	WANT(ioctl(s, FIONREAD, &one) == 0 || errno == EINVAL);
	WANT(refused(shutdown(s, SHUT_RDWR)) && refused(shutdown(s, SHUT_RD)));
	WANT(shutdown(s, SHUT_WR) < 0 && errno == ENOTCONN);
	WANT(refused(sendmsg(s, &none, 0)));
	WANT(refused(fcntl(s, F_SETFL, 0)) &&
		refused(fcntl(s, F_SETOWN, parent)) &&
		refused(fcntl(s, F_ADD_SEALS, F_SEAL_WRITE)));
	WANT(fcntl(s, F_GETFL) >= 0);
	WANT(refused(syscall(SYS_tgkill, parent, parent, 0)));
	WANT(syscall(SYS_tgkill, getpid(), getpid(), 0) == 0);
	WANT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
	WANT(refused(setrlimit(RLIMIT_NOFILE, &limit)));
	WANT(refused(prlimit(parent, RLIMIT_NOFILE, NULL, &limit)));
	return 0;
}

/* Only for a policy with unix servers: those with a path, and where the kernel
 * has it, no abstract ones. */
static int worker_unix(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int theirs = socket(AF_UNIX, SOCK_STREAM, 0), ours, scopes;
	socklen_t n = sizeof(to);

	WANT(bind(theirs, (void *)&to, sizeof(sa_family_t)) == 0);
	WANT(listen(theirs, 9) == 0);
	WANT(getsockname(theirs, (void *)&to, &n) == 0);
	WANT(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	scopes = privdrop_scopes();
	WANT(privdrop_landlock() == 0);
	if (privdrop_filter(PRIVDROP_WORKER, 1, err, sizeof(err)) < 0)
		return 251;
	ours = socket(AF_UNIX, SOCK_STREAM, 0);
	WANT(ours >= 0);
	if (scopes)
		WANT(refused(connect(ours, (void *)&to, n)));
	return 0;
}

static int keys_filter(void)
{
	if (privdrop_filter(PRIVDROP_KEYS, 0, err, sizeof(err)) < 0)
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
	assert_int_equal(0, in_child(worker_arguments));
	assert_int_equal(0, in_child(worker_unix));
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
	struct privdrop_id id[PRIVDROP_ROLES] = {{0, 0}};

	assert_int_equal(-1, privdrop_users("root", id, err, sizeof(err)));
	assert_int_equal(
		-1, privdrop_users("no-such-user", id, err, sizeof(err)));
	assert_non_null(strstr(err, "no-such-user"));
	assert_int_equal(0, privdrop_users(NULL, id, err, sizeof(err)));
	for (int i = 0; i < PRIVDROP_ROLES; i++)
		assert_true(id[i].uid != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_filter),
		cmocka_unit_test(test_identity), cmocka_unit_test(test_user)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
