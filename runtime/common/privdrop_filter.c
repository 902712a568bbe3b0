/*
 * The system calls that each role may make (privdrop_filter.h).  The lists are short on
 * purpose: no role can open a file, start a program, make memory executable,
 * look at another process, send it a signal or pass it a descriptor.  If a call
 * can do harmless and harmful things, its arguments are checked, too.  A call
 * that is not listed fails with EPERM, like any other failure; it does not crash
 * the caller.
 *
 *   everyone  memory (never executable), clocks, randomness, signals of its
 *             own, reading and writing descriptors it holds, exit
 *   worker    plus: accept, connect and socket options, TCP sockets; epoll;
 *             pipes and splice
 *   monitor   plus: the same without pipes, with UDP and with bind (DNS; the
 *             metrics listener is handed over)
 *   keys      plus: messages on its sockets
 *
 * A filter cannot see memory: the address given to connect may stop a listening
 * socket (master/revive.c restores it), or be a Unix socket
 * (privdrop_landlock.c).
 */
#include "privdrop_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) SCMP_SYS(name)

static const int everyone[] = {
	CALL(read),
	CALL(readv),
	CALL(write),
	CALL(writev),
	CALL(close),
	CALL(lseek),
	CALL(fstat),
	CALL(newfstatat),
	CALL(dup),
	CALL(recvmsg),
	CALL(recvfrom),
	CALL(sendto),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(brk),
	CALL(mlock),
	CALL(clock_gettime),
	CALL(gettimeofday),
	CALL(time),
	CALL(clock_nanosleep),
	CALL(nanosleep),
	CALL(getrandom),
	CALL(getpid),
	CALL(gettid),
	CALL(getuid),
	CALL(geteuid),
	CALL(getgid),
	CALL(getegid),
	CALL(rt_sigaction),
	CALL(rt_sigprocmask),
	CALL(rt_sigreturn),
	CALL(sigaltstack),
	CALL(exit),
	CALL(exit_group),
	CALL(futex),
	CALL(restart_syscall),
	CALL(sched_yield),
	CALL(getrusage),
	CALL(rseq),
	CALL(set_robust_list),
	CALL(epoll_create1),
	CALL(epoll_ctl),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(poll),
	CALL(ppoll),
	CALL(eventfd2),
	CALL(timerfd_create),
	CALL(timerfd_settime),
	CALL(timerfd_gettime),
	CALL(getsockopt),
	CALL(getsockname),
	CALL(getpeername),
	CALL(uname),
	CALL(sysinfo),
};

static const int network[] = {
	CALL(accept),
	CALL(accept4),
	CALL(connect),
};

static const int worker[] = {
	CALL(bind),
	CALL(pipe2),
	CALL(splice),
	CALL(tee),
	CALL(vmsplice),
};

static const int monitor[] = {
	CALL(bind),
};

/* Options that change only a connection: none that directs a group of listening
 * sockets or attaches a program.  Options of a listening socket are inherited
 * by connections, and the socket outlives this process and is shared.  So there
 * is none that makes close wait (SO_LINGER), shrinks buffers or ends
 * connections early. */
static const struct {
	int level, name;
} option[] = {
	{SOL_SOCKET, SO_KEEPALIVE},
	{IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT},
	{IPPROTO_TCP, TCP_NODELAY},
	{IPPROTO_TCP, TCP_QUICKACK},
	{IPPROTO_TCP, TCP_KEEPIDLE},
	{IPPROTO_TCP, TCP_KEEPINTVL},
	{IPPROTO_TCP, TCP_KEEPCNT},
};

/* No locks, seals, leases or signal owners; F_SETFL is treated below. */
static const int command[] = {
	F_DUPFD,
	F_DUPFD_CLOEXEC,
	F_GETFD,
	F_SETFD,
	F_GETFL,
	F_GET_SEALS,
	F_SETPIPE_SZ,
	F_GETPIPE_SZ,
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

static int allow_one(
	scmp_filter_ctx f, unsigned family, unsigned type, unsigned protocol)
{
	const unsigned flags = SOCK_CLOEXEC | SOCK_NONBLOCK;

	return seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(socket), 3,
		SCMP_A0(SCMP_CMP_EQ, family),
		SCMP_A1(SCMP_CMP_MASKED_EQ, ~(uint64_t)flags, type),
		SCMP_A2(SCMP_CMP_EQ, protocol));
}

static int allow_inet(scmp_filter_ctx f, unsigned type, unsigned protocol)
{
	static const unsigned family[] = {AF_INET, AF_INET6};
	int r = 0, i;

	for (i = 0; i < 2 && r == 0; i++) {
		r = allow_one(f, family[i], type, 0);
		if (r == 0)
			r = allow_one(f, family[i], type, protocol);
	}
	return r;
}

static int allow_sockets(
	scmp_filter_ctx f, enum privdrop_role role, int unix_too)
{
	int r = allow_inet(f, SOCK_STREAM, IPPROTO_TCP);

	if (r == 0 && role == PRIVDROP_MONITOR)
		r = allow_inet(f, SOCK_DGRAM, IPPROTO_UDP);
	if (r == 0 && unix_too)
		r = allow_one(f, AF_UNIX, SOCK_STREAM, 0);
	return r;
}

static int allow_options(scmp_filter_ctx f)
{
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(option) / sizeof(option[0]) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(setsockopt), 2,
			SCMP_A1(SCMP_CMP_EQ, (unsigned)option[i].level),
			SCMP_A2(SCMP_CMP_EQ, (unsigned)option[i].name));
	return r;
}

/* The monitor's resolver sets O_NONBLOCK; nobody may clear it. */
static int allow_fcntl(scmp_filter_ctx f, enum privdrop_role role)
{
	const uint64_t other =
		~(uint64_t)(O_NONBLOCK | O_ACCMODE | O_LARGEFILE);
	size_t i;
	int r = 0;

	for (i = 0; i < sizeof(command) / sizeof(command[0]) && r == 0; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(fcntl), 1,
			SCMP_A1(SCMP_CMP_EQ, (unsigned)command[i]));
	if (r == 0 && role == PRIVDROP_MONITOR)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(fcntl), 2,
			SCMP_A1(SCMP_CMP_EQ, F_SETFL),
			SCMP_A2(SCMP_CMP_MASKED_EQ, other | O_NONBLOCK,
				O_NONBLOCK));
	return r;
}

/* abort signals the process itself, limits are read, and the sending half of a
 * connection is shut down.  Shutting down the receiving half of a listening
 * socket would stop it for all who share it. */
static int allow_own(scmp_filter_ctx f)
{
	int r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(tgkill), 1,
		SCMP_A0(SCMP_CMP_EQ, (unsigned)getpid()));

	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(prlimit64), 2,
			SCMP_A0(SCMP_CMP_EQ, 0), SCMP_A2(SCMP_CMP_EQ, 0));
	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(shutdown), 1,
			SCMP_A1(SCMP_CMP_EQ, SHUT_WR));
	return r;
}

/* How much waits in a socket or pipe.  Nothing about terminals, and not
 * FIONBIO: a blocking listening socket would hang all who accept from it. */
static int allow_ioctl(scmp_filter_ctx f)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, CALL(ioctl), 1,
		SCMP_A1(SCMP_CMP_EQ, FIONREAD));
}

static int build(scmp_filter_ctx f, enum privdrop_role role, int unix_too)
{
	int r = ALLOW(f, everyone);

	if (r == 0)
		r = allow_memory(f);
	if (r == 0)
		r = allow_own(f);
	if (r == 0)
		r = allow_fcntl(f, role);
	if (r == 0)
		r = allow_ioctl(f);
	if (r == 0 && role != PRIVDROP_KEYS)
		r = ALLOW(f, network);
	if (r == 0 && role != PRIVDROP_KEYS)
		r = allow_sockets(f, role, unix_too);
	if (r == 0 && role != PRIVDROP_KEYS)
		r = allow_options(f);
	if (r == 0 && role == PRIVDROP_WORKER)
		r = ALLOW(f, worker);
	if (r == 0 && role == PRIVDROP_MONITOR)
		r = ALLOW(f, monitor);
	return r;
}

int privdrop_filter(enum privdrop_role role, int unix_too, char *err, size_t n)
{
#ifdef __SANITIZE_ADDRESS__
	(void)build;
	return 0;
#else
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = f ? build(f, role, unix_too) : -ENOMEM;

	if (r == 0)
		r = seccomp_load(f);
	if (r < 0)
		snprintf(err, n, "system call filter: %s", strerror(-r));
	if (f)
		seccomp_release(f);
	return r < 0 ? -1 : 0;
#endif
}
