/*
 * What a worker does that has been taken over: 07-broken-worker.t compiles this
 * file and has it loaded into every process of a tlsd.  In a worker it waits
 * for real-time signals; each is an attack, made from inside the confined
 * process by system calls of its own, with the signal's value as its argument.
 * What came of it is told by errno on descriptor TELL, which the test opened.
 * In the master it is a neighbour who is quick: a unix socket's path is a link
 * to the file in SWAP as soon as it has been bound.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <unistd.h>

#include "runtime/common/board.h"

#define TELL 200
#define IPC 3
#define LOG 4
#define BOARD 5
#define MOST_FDS 4096
#define ATTACKS 20

#include "runtime/common/board_parts.h"
#include "runtime/common/ipc.h"

static const int steer = SO_ATTACH_REUSEPORT_CBPF;
static int veto;
static uint8_t *board; /* mapped before rights are given up */
static size_t board_size;

static int listening(int fd)
{
	int on = 0;
	socklen_t n = sizeof(on);

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 && on;
}

/* Done to every listening socket that the process holds; the last errno, 0
 * when one call went well. */
static int each_listener(int (*act)(int fd))
{
	int fd, why = ENOENT;

	for (fd = 0; fd < MOST_FDS; fd++) {
		if (!listening(fd))
			continue;
		if (act(fd) == 0)
			return 0;
		why = errno;
	}
	return why;
}

static int steal(int fd)
{
	struct sock_filter always = {BPF_RET | BPF_K, 0, 0, 0};
	struct sock_fprog p = {1, &always};

	return setsockopt(fd, SOL_SOCKET, steer, &p, sizeof(p));
}

static int shut(int fd)
{
	return shutdown(fd, SHUT_RDWR);
}

/* A disconnected listener listens no more; no filter of system calls sees the
 * address family. */
static int disconnect(int fd)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};

	return connect(fd, &none, sizeof(none));
}

static int elsewhere; /* a port */

/* Then it is not even ended: it is a client's. */
static int connect_on(int fd)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)elsewhere),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int r = disconnect(fd);

	if (r == 0)
		r = connect(fd, (struct sockaddr *)&to, sizeof(to));
	return r < 0 && errno == EINPROGRESS ? 0 : r;
}

static int code(long r)
{
	return r < 0 ? errno : 0;
}

static int rewrite_log(int fd)
{
	int why = code(fcntl(fd, F_SETFL, 0));

	if (why == 0 && lseek(fd, 0, SEEK_SET) != 0)
		why = errno;
	if (why == 0)
		why = code(write(fd, "forged", 6));
	return why;
}

static int kill_other(pid_t pid)
{
	int why = code(syscall(SYS_tgkill, pid, pid, SIGKILL));

	if (why)
		why = code(syscall(SYS_kill, pid, SIGKILL));
	if (why)
		why = code(syscall(SYS_tkill, pid, SIGKILL));
	return why;
}

static int starve_other(pid_t pid)
{
	struct rlimit one = {1, 1};

	return code(syscall(SYS_prlimit64, pid, RLIMIT_CPU, &one, NULL));
}

/* The socket in the abstract name "tlsd-test-NUMBER". */
static int abstract(int n)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int length = snprintf(to.sun_path + 1, 64, "tlsd-test-%d", n);

	if (fd < 0)
		return errno;
	return code(connect(fd, (struct sockaddr *)&to,
		(socklen_t)(sizeof(sa_family_t) + 1 + (size_t)length)));
}

/* What a terminal would act upon, in a line like ours. */
static int forge(void)
{
	static const char line[] = "time=x sni=\xff\x1b[31m\xc2\x9b"
				   "1m\xe2\x80\xaezz\xc3\xa9\n";

	return code(write(LOG, line, sizeof(line) - 1));
}

/* An answer that is too short. */
static int cut_short(void)
{
	struct ipc_header head = {IPC_READY, 0, 0};

	return code(syscall(SYS_sendto, IPC, &head, sizeof(head), 0, NULL, 0));
}

/* A command on the control socket: 0 when it was obeyed. */
static int command(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *path = getenv("CONTROL");
	char answer[64] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (!path || fd < 0)
		return EINVAL;
	strncpy(to.sun_path, path, sizeof(to.sun_path) - 1);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
		write(fd, "status\n", 7) != 7 ||
		read(fd, answer, sizeof(answer) - 1) <= 0)
		return errno ? errno : EPIPE;
	return strncmp(answer, "{\"ok\":true", 10) == 0 ? 0 : EPERM;
}

/* A connection to that port whose peer reads nothing, full, with a close that
 * would wait ten minutes, passed to the master and then closed here. */
static int linger(int port)
{
	static char junk[1 << 16];
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct linger wait = {1, 600};
	struct ipc_header head = {IPC_READY, 1, 0};
	struct iovec iov = {&head, sizeof(head)};
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {.buf = ""};
	struct msghdr m = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf)};
	int why, fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return errno;
	while (send(fd, junk, sizeof(junk), MSG_DONTWAIT) > 0)
		;
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &wait, sizeof(wait));
	control.align = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int))};
	memcpy(CMSG_DATA(&control.align), &fd, sizeof(fd));
	why = code(sendmsg(IPC, &m, 0));
	/* Ours stays open when it was refused: closing it would wait here. */
	if (why == 0)
		syscall(SYS_close, fd);
	return why;
}

/* Every octet of the board. */
static int poison(int octet)
{
	if (!board)
		return ENOMEM;
	memset(board, octet, board_size);
	return 0;
}

/* A message without a single octet is the end of file to who reads it; then it
 * goes on accepting, and answers for itself. */
static int secede(void)
{
	struct timespec pause = {0, 5000000};
	int fd, why = code(syscall(SYS_sendto, IPC, "", 0, 0, NULL, 0));
	ssize_t done = dprintf(TELL, "15 %d\n", why);

	for (fd = 0; done > 0; fd = (fd + 1) % 64) {
		int c = listening(fd) ? accept4(fd, NULL, NULL, 0) : -1;

		if (c >= 0)
			done = write(c, "evil", 4);
		if (fd == 0)
			nanosleep(&pause, NULL);
	}
	return EIO;
}

/* As a peak of connections and their pipes would. */
static int take_all(void)
{
	while (dup(TELL) >= 0)
		;
	return errno == EMFILE ? 0 : errno;
}

/* What tlsd calls; READY becomes FAILED when that is asked for. */
static const void *changed(const void *data, size_t n, uint8_t text[8704])
{
	struct ipc_header head;
	struct ipc_ack ack;

	if (!veto || n != sizeof(head) + sizeof(ack) || n > 8704)
		return data;
	memcpy(&head, data, sizeof(head));
	if (head.type != IPC_READY)
		return data;
	head.type = IPC_FAILED;
	memcpy(text, &head, sizeof(head));
	memcpy(text + sizeof(head), (const char *)data + sizeof(head),
		sizeof(ack));
	strcpy((char *)text + sizeof(head) + offsetof(struct ipc_ack, text),
		"no, says the broken one");
	return text;
}

ssize_t send(int fd, const void *data, size_t n, int flags)
{
	uint8_t text[8704];

	return syscall(
		SYS_sendto, fd, changed(data, n, text), n, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	uint8_t in[8704], text[8704];
	size_t n = 0, i;

	if (m->msg_control)
		return syscall(SYS_sendmsg, fd, m, flags);
	for (i = 0; i < m->msg_iovlen; n += m->msg_iov[i++].iov_len)
		memcpy(in + n, m->msg_iov[i].iov_base, m->msg_iov[i].iov_len);
	return syscall(SYS_sendto, fd, changed(in, n, text), n, flags, NULL, 0);
}

int bind(int fd, const struct sockaddr *a, socklen_t n)
{
	const char *target = getenv("SWAP");
	const struct sockaddr_un *u = (const void *)a;
	long r = syscall(SYS_bind, fd, a, n);

	if (r == 0 && target && a->sa_family == AF_UNIX &&
		strstr(u->sun_path, "swapped") && unlink(u->sun_path) == 0 &&
		symlink(target, u->sun_path) < 0)
		abort();
	return (int)r;
}

static int attack(int which, int argument)
{
	switch (which) {
	case 0:
		return kill_other(argument);
	case 1:
		return starve_other(argument);
	case 2:
		return each_listener(steal);
	case 3:
		return each_listener(shut);
	case 4:
		return each_listener(disconnect);
	case 5:
		return rewrite_log(LOG);
	case 6:
		return rewrite_log(STDERR_FILENO);
	case 7:
		return abstract(argument);
	case 8:
		return linger(argument);
	case 9:
		return code(fcntl(BOARD, F_ADD_SEALS, 0x0010));
	case 10:
		return poison(argument);
	case 11:
		veto = 1;
		return 0;
	case 12:
		return code(syscall(SYS_execve, "/bin/true", NULL, NULL));
	case 13:
		return code(open("/", O_RDONLY));
	case 14:
		return take_all();
	case 15:
		return secede();
	case 16:
		elsewhere = argument;
		return each_listener(connect_on);
	case 17:
		return command();
	case 18:
		return forge();
	case 19:
		return cut_short();
	default:
		return EINVAL;
	}
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	char text[32];
	int saved = errno;
	int why = attack(sig - SIGRTMIN, info->si_value.sival_int);
	int n = snprintf(text, sizeof(text), "%d %d\n", sig - SIGRTMIN, why);

	if (write(TELL, text, (size_t)n) < 0)
		_exit(99);
	errno = saved;
	(void)context;
}

__attribute__((constructor)) static void take_over(void)
{
	struct sigaction a = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
	char line[64] = "";
	int i, fd = open("/proc/self/cmdline", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof(line) - 1);

	if (fd >= 0)
		close(fd);
	/* tlsd --child worker */
	if (n < 19 || memcmp(line, "tlsd\0--child\0worker", 19) != 0)
		return;
	board_size = (size_t)lseek(BOARD, 0, SEEK_END);
	board = mmap(
		NULL, board_size, PROT_READ | PROT_WRITE, MAP_SHARED, BOARD, 0);
	if (board == MAP_FAILED)
		board = NULL;
	for (i = 0; i < ATTACKS; i++)
		sigaction(SIGRTMIN + i, &a, NULL);
}
