/*
 * Keepalive on a socket (keepalive.h).  Called for listeners (listener.c), for
 * connections to servers (connect.c) and where a route has another limit than
 * its frontend (decide.c).
 */
#include "keepalive.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define QUESTIONS 9 /* the kernel's default; setting it costs a call more */

void keepalive_set(int fd, uint32_t seconds)
{
	int on = seconds > 0, idle = (int)seconds;
	int between = idle / QUESTIONS > 0 ? idle / QUESTIONS : 1;

	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	if (!on)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &between, sizeof(between));
}
