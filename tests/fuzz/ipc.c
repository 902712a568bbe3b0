/* What a child sends to the master, when the child is not ours any more: a
 * message is taken whole or refused, and no descriptor stays behind. */
/* LINK: runtime/ipc.c */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../runtime/ipc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ipc_message m;
	int pair[2], r;

	if (size == 0 || size > 4 * IPC_BODY_MAX || ipc_pair(pair) < 0)
		return 0;
	if (send(pair[0], data, size, 0) == (ssize_t)size) {
		memset(&m.body, 0xa5, sizeof(m.body));
		r = ipc_recv(pair[1], &m);
		if (r < 0 && errno != EBADMSG)
			abort();
		if (r == 1 && (m.head.len != size - sizeof(m.head) ||
				      m.head.len > IPC_BODY_MAX || m.head.fds))
			abort();
		/* What was not sent reads as zero. */
		if (r == 1 && m.head.len < sizeof(m.body) &&
			m.body.bytes[m.head.len] != 0)
			abort();
		ipc_close(&m);
	}
	close(pair[0]);
	close(pair[1]);
	return 0;
}
