/*
 * Who is at the other end of the control socket (control_peer.h).  Reads /proc.
 */
#include "control_peer.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master.h"

/* The parent of pid; -1 if it has ended. */
static pid_t parent_of(pid_t pid)
{
	char path[32], line[128];
	int parent = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && parent < 0 && fgets(line, sizeof(line), f))
		if (sscanf(line, "PPid: %d", &parent) != 1)
			parent = -1;
	if (f)
		fclose(f);
	return parent;
}

/* Is it a worker of ours, or of the tlsd before us?  If all have one user and
 * Unix servers are allowed, a compromised worker can connect here.  It may have
 * ended by now; no other client leaves before its answer.  Pid 0 is a process
 * outside our PID namespace, so not one of ours. */
int control_peer_is_child(const struct master *m, const struct ucred *who)
{
	pid_t parent;

	if (geteuid() == 0 || who->uid == 0 || who->pid == 0)
		return 0;
	parent = parent_of(who->pid);
	return parent < 0 || parent == getpid() ||
		(m->predecessor && parent == m->predecessor);
}
