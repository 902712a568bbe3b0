/*
 * Spare descriptors (spare.h).
 */
#include "spare.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int spare[IPC_FDS_MAX];
static unsigned kept;

void spare_keep(void)
{
	int fd;

	while (kept < IPC_FDS_MAX && (fd = eventfd(0, EFD_CLOEXEC)) >= 0)
		spare[kept++] = fd;
}

int spare_recv(int sock, struct ipc_message *m)
{
	int r, saved;

	spare_free();
	r = ipc_recv(sock, m);
	saved = errno;
	spare_keep();
	errno = saved;
	return r;
}

void spare_free(void)
{
	while (kept > 0)
		close(spare[--kept]);
}
