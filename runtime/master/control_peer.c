/*
 * Who gives a command (control.h).  Called by control.c for each client; reads
 * /proc.
 */
#include "control_peer.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "master.h"

/* Who its parent is; -1: it is gone. */
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

/* A worker of ours, or of the tlsd that makes way for us: where all have one
 * user, and unix servers are allowed, one that has been taken over can come
 * here.  Perhaps it has ended since; nobody else leaves before the answer.  0
 * is a process outside our name space, and none of ours. */
int control_peer_is_child(const struct master *m, const struct ucred *who)
{
	pid_t parent;

	if (geteuid() == 0 || who->uid == 0 || who->pid == 0)
		return 0;
	parent = parent_of(who->pid);
	return parent < 0 || parent == getpid() ||
		(m->predecessor && parent == m->predecessor);
}
