/*
 * Keepalive on a socket (keepalive.h).
 */
#include "keepalive.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define QUESTIONS 9 /* the kernel's default, if nobody has changed it */

/* The number costs a call per socket only if it has been changed. */
static int is_usual(int fd)
{
	static int usual; /* 0: not known yet */
	socklen_t n = sizeof(usual);

	if (usual == 0 &&
		getsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &usual, &n) < 0)
		usual = -1;
	return usual == QUESTIONS;
}

void keepalive_count(int fd)
{
	int questions = QUESTIONS;

	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &questions, sizeof(questions));
}

void keepalive_set(int fd, uint32_t seconds)
{
	int on = seconds > 0, idle = (int)seconds;
	int between = (idle + QUESTIONS - 1) / QUESTIONS;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (!on)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof(between));
	if (!is_usual(fd))
		keepalive_count(fd);
}
