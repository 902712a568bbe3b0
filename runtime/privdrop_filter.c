/*
 * The system calls each role may make (privdrop.h).  The lists are short on
 * purpose: no role opens a file, starts a program, makes memory executable or
 * looks at another process.  A call that is not listed fails with EPERM, which
 * the caller sees as any other failure; it is not a crash.
 *
 *   everyone  memory (never executable), clocks, randomness, signals of its
 *             own, reading and writing descriptors it holds, exit
 *   worker    plus: accept, connect and socket options, for the address
 *             families inet, inet6 and unix; epoll; pipes and splice
 *   monitor   plus: the same without accept's pipes, with bind and listen
 *             (DNS sockets, the metrics listener is handed over)
 *   keys      nothing more than everyone and messages on its sockets
 */
#include "privdrop.h"

#include <errno.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define CALL(name) SCMP_SYS(name)

static const int everyone[] = {
	CALL(read), CALL(readv), CALL(write), CALL(writev), CALL(close),
	CALL(lseek), CALL(fstat), CALL(newfstatat), CALL(fcntl), CALL(dup),
	CALL(recvmsg), CALL(recvfrom), CALL(sendmsg), CALL(sendto),
	CALL(shutdown), CALL(munmap), CALL(mremap), CALL(madvise), CALL(brk),
	CALL(mlock), CALL(clock_gettime), CALL(gettimeofday), CALL(time),
	CALL(clock_nanosleep), CALL(nanosleep), CALL(getrandom), CALL(getpid),
	CALL(gettid), CALL(tgkill), CALL(getuid), CALL(geteuid), CALL(getgid),
	CALL(getegid), CALL(rt_sigaction), CALL(rt_sigprocmask),
	CALL(rt_sigreturn), CALL(sigaltstack), CALL(exit), CALL(exit_group),
	CALL(futex), CALL(restart_syscall), CALL(sched_yield), CALL(getrusage),
	CALL(rseq), CALL(set_robust_list), CALL(epoll_create1),
	CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(poll),
	CALL(ppoll), CALL(eventfd2), CALL(timerfd_create),
	CALL(timerfd_settime), CALL(timerfd_gettime), CALL(getsockopt),
	CALL(getsockname), CALL(getpeername), CALL(prlimit64), CALL(uname),
	CALL(sysinfo),
};

static const int network[] = {
	CALL(accept), CALL(accept4), CALL(connect), CALL(setsockopt),
};

static const int worker[] = {
	CALL(pipe2), CALL(splice), CALL(tee), CALL(vmsplice), CALL(socketpair),
};

static const int monitor[] = {
	CALL(bind), CALL(listen),
};

static int allow_all(scmp_filter_ctx f, const int *calls, size_t n)
{
	size_t i;
	int r = 0;

	for (i = 0; i < n && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, calls[i], 0);
	return r;
}

#define ALLOW(f, calls) allow_all(f, calls, sizeof(calls) / sizeof(calls[0]))

/* Memory may be mapped and protected, but never made executable. */
static int allow_memory(scmp_filter_ctx f)
{
	int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(mmap), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(mprotect), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	return r;
}

static int allow_sockets(scmp_filter_ctx f)
{
	static const uint64_t family[] = {AF_INET, AF_INET6, AF_UNIX};
	size_t i;
	int r = 0;

	for (i = 0; i < 3 && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, family[i]));
	return r;
}

/* How much is waiting in a socket or pipe; nothing about terminals. */
static int allow_ioctl(scmp_filter_ctx f)
{
	int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(ioctl), 1,
		SCMP_A1(SCMP_CMP_EQ, FIONREAD));

	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(ioctl), 1,
			SCMP_A1(SCMP_CMP_EQ, FIONBIO));
	return r;
}

static int build(scmp_filter_ctx f, enum privdrop_role role)
{
	int r = ALLOW(f, everyone);

	if (r == 0)
		r = allow_memory(f);
	if (r == 0)
		r = allow_ioctl(f);
	if (r == 0 && role != PRIVDROP_KEYS)
		r = ALLOW(f, network);
	if (r == 0 && role != PRIVDROP_KEYS)
		r = allow_sockets(f);
	if (r == 0 && role == PRIVDROP_WORKER)
		r = ALLOW(f, worker);
	if (r == 0 && role == PRIVDROP_MONITOR)
		r = ALLOW(f, monitor);
	return r;
}

int privdrop_filter(enum privdrop_role role, char *err, size_t n)
{
#ifdef __SANITIZE_ADDRESS__
	(void)build;
	return 0;
#else
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = f ? build(f, role) : -ENOMEM;

	if (r == 0)
		r = seccomp_load(f);
	if (r < 0)
		snprintf(err, n, "system call filter: %s", strerror(-r));
	if (f)
		seccomp_release(f);
	return r < 0 ? -1 : 0;
#endif
}
